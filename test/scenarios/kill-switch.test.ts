import { generateKeyPairSync } from 'node:crypto';
import {
  GetTrailCommand,
  GetTrailStatusCommand,
  StopLoggingCommand,
  UpdateTrailCommand,
} from '@aws-sdk/client-cloudtrail';
import { PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { publicPem } from '#sandbox/kms-signing.ts';
import { ownKeyArn } from '#sandbox/seed.ts';
import { testAccount } from '../support/account.ts';
import { checkoutWith } from '../support/checkout.ts';

// One command stops trailkeeper even if no trail can be read, no alert can be sent and a baseline is corrupt.

const account = testAccount();
let broken: string;

beforeEach(async () => {
  await account.reset();
  account.deliver({ drop: true, dropStreams: true, lambdaRetryMs: 10 });
  broken = await account.addTrail('broken-trail');
  await account.trailkeeper(['capture', broken, '--yes']);
  await account.corruptBaseline(broken);
  await account.swept();
  account.deliver({ dropStreams: false });
  for (const service of [
    'cloudtrail',
    'organizations',
    's3',
    'sns',
    'slack',
    'secretsmanager',
    'sts',
  ]) {
    await account.fault({ service, operation: '*', error: 'AccessDeniedException', times: 999 });
  }
});
afterEach(() => account.clearFaults());

describe('window start --all', () => {
  test('suspends every kind that can be suspended, on every protected trail, for the maximum time', async () => {
    const { code, value } = await run('window', 'start', '--all', '--reason', 'it is in the way');

    expect(code).toBe(0);
    const rows = await rowsOf('window');
    expect(rows.map(({ document }) => JSON.parse(document).trail).toSorted()).toEqual(
      [account.trail, broken].toSorted(),
    );
    for (const { document, signature } of rows) {
      const { kinds, from, until } = JSON.parse(document);
      expect(kinds).toEqual(expect.arrayContaining(['settings', 'event-selectors', 'tags']));
      expect(Date.parse(until) - Date.parse(from)).toBe(4 * 60 * 60 * 1000);
      expect(signature).toBeDefined();
    }
    expect(value.trails.map(({ status }: { status: string }) => status)).toEqual([
      'started',
      'started',
    ]);
    await account.clearFaults();
    await changeTrail();
    await account.swept();
    expect(await prefix()).toBe('pipeline');
    expect(await isLogging()).toBe(true);
  });

  test('stores nothing if the approver keys are unknown and no key is given', async () => {
    const table = ['--table', account.tableName];
    const { code, stdout } = await account.trailkeeper([
      ...['window', 'start', '--all', '--reason', 'it is in the way', '--yes'],
      ...table,
    ]);

    expect(code).toBe(1);
    expect(stdout).toContain('--signing-key');
    expect(await rowsOf('window')).toEqual([]);
  });

  test('suspends fewer kinds for a shorter time if requested', async () => {
    await run(
      'window',
      'start',
      '--all',
      '--kinds',
      'tags',
      '--for',
      '30m',
      '--reason',
      'retagging',
    );

    for (const { document } of await rowsOf('window')) {
      const { kinds, from, until } = JSON.parse(document);
      expect(kinds).toEqual(['tags']);
      expect(Date.parse(until) - Date.parse(from)).toBe(30 * 60 * 1000);
    }
  });

  test('is ended for every trail by window end --all', async () => {
    await run('window', 'start', '--all', '--reason', 'it is in the way');
    await account.clearFaults();
    await changeTrail();
    const before = await prefix();
    await account.sweep();
    expect(await prefix()).toBe('pipeline');

    const { code, value } = await run('window', 'end', '--all');
    await account.sweep();

    expect(code).toBe(0);
    expect(value.ended).toHaveLength(2);
    expect(await prefix()).not.toBe(before);
  });

  test('suspends the other trails if one fails, names it, and exits with 1', async () => {
    await put({ pk: 'incident#in-force', sk: 'no trail at all' });

    const { code, value } = await run('window', 'start', '--all', '--reason', 'it is in the way');

    expect(code).toBe(1);
    expect(await rowsOf('window')).toHaveLength(2);
    expect(value.trails).toContainEqual(
      expect.objectContaining({ trail: 'no trail at all', status: 'failed' }),
    );
  });

  test('asks once, and stores nothing without an answer', async () => {
    const { code, stderr } = await account.trailkeeper([
      'window',
      'start',
      '--all',
      '--reason',
      'why',
    ]);

    expect(code).toBe(1);
    expect(stderr).toContain('add --yes');
    expect(await rowsOf('window')).toEqual([]);
  });

  test('refuses the name of a trail', async () => {
    const { code, stderr } = await account.trailkeeper([
      ...['window', 'start', 'org-trail', '--all', '--reason', 'why', '--yes'],
    ]);

    expect(code).toBe(1);
    expect(stderr).toContain('use either org-trail or --all');
  });
});

describe('retire --all', () => {
  test('retires every trail and does not change it', async () => {
    const { code, value } = await run('retire', '--all', '--reason', 'trailkeeper goes');

    expect(code).toBe(0);
    expect(value.trails.map(({ status }: { status: string }) => status)).toEqual([
      'retired',
      'retired',
    ]);
    await account.clearFaults();
    await changeTrail();
    expect(await account.swept()).toEqual([]);
    expect(await prefix()).toBe('pipeline');
    expect(await isLogging()).toBe(false);
  });
});

describe('if the stack cannot be read', () => {
  const table = () => ['--table', account.tableName, '--yes'];
  const named = { TRAILKEEPER_SIGNING_KEY: ownKeyArn };
  beforeEach(() =>
    account.fault({ service: 'cloudformation', operation: '*', error: 'AccessDenied', times: 999 }),
  );

  test('retire signs with the given key, and the functions trust it', async () => {
    const reason = ['--reason', 'it is in the way'];
    const { code } = await account.trailkeeper(['retire', '--all', ...reason, ...table()], named);

    expect(code).toBe(0);
    await account.clearFaults();
    await changeTrail();
    expect(await account.swept()).toEqual([]);
    expect(await isLogging()).toBe(false);
  });

  test('retire stores nothing without a key', async () => {
    const reason = ['--reason', 'it is in the way'];
    const { code, stdout } = await account.trailkeeper(['retire', '--all', ...reason, ...table()]);

    expect(code).toBe(1);
    expect(stdout).toContain('--signing-key');
    expect(await account.row({ pk: account.trail, sk: 'baseline#000002' })).toBeUndefined();
  });

  test('restore refuses baselines that cannot be verified', async () => {
    await account.clearFaults();
    await changeTrail();

    const { code, stderr } = await account.trailkeeper(['restore', account.trail, ...table()]);

    expect(code).toBe(1);
    expect(stderr).toContain('cdk.json has signing.keys');
    expect(await isLogging()).toBe(false);
  });

  test('restore uses only baselines that a key in cdk.json signed', async () => {
    await account.clearFaults();
    await changeTrail();
    const restoreBy = async (key: string) =>
      account.trailkeeper(
        ['restore', account.trail, ...table()],
        {},
        await checkoutWith({ keys: [key] }),
      );

    const other = generateKeyPairSync('ed25519').publicKey.export({ format: 'pem', type: 'spki' });
    expect((await restoreBy(String(other))).stderr).toContain('is not in signing.keys');
    expect(await isLogging()).toBe(false);
    expect(await restoreBy(publicPem(ownKeyArn))).toMatchObject({ code: 0 });
    expect(await isLogging()).toBe(true);
  });
});

test('reports each window and each retirement with its signer', async () => {
  await run('window', 'start', '--all', '--reason', 'it is in the way');
  await run('retire', '--all', '--reason', 'trailkeeper goes');
  await account.settled();

  const news = (await account.tamperings()).flatMap(({ changes = [] }) => changes);
  const signed = /signed by [0-9a-f]{16}/;
  const signedNews = news.filter((line) => signed.test(line));
  expect(signedNews.filter((line) => line.startsWith('a maintenance window for'))).toHaveLength(2);
  expect(signedNews.filter((line) => line.includes('is retired'))).toHaveLength(2);
  expect(news).toContainEqual(expect.stringContaining('it is in the way'));
  expect(news).toContainEqual(expect.stringContaining('trailkeeper goes'));
});

async function run(...args: readonly string[]) {
  const { code, stdout, stderr } = await account.trailkeeper([...args, '--yes', '--json']);
  if (stdout === '') throw new Error(stderr);
  return { code, value: JSON.parse(stdout) };
}

/** Makes a change that trailkeeper would revert. */
async function changeTrail(): Promise<void> {
  const Name = account.trail;
  await account.outsider.send(new UpdateTrailCommand({ Name, S3KeyPrefix: 'pipeline' }));
  await account.outsider.send(new StopLoggingCommand({ Name }));
}

const prefix = async () =>
  (await account.outsider.send(new GetTrailCommand({ Name: account.trail }))).Trail?.S3KeyPrefix;

const isLogging = async () =>
  (await account.outsider.send(new GetTrailStatusCommand({ Name: account.trail }))).IsLogging;

const put = (Item: Record<string, unknown>) =>
  account.table.send(new PutCommand({ TableName: account.tableName, Item }));

async function rowsOf(pk: string) {
  const { Items = [] } = await account.table.send(
    new QueryCommand({
      TableName: account.tableName,
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': pk },
    }),
  );
  return Items as { readonly document: string; readonly signature?: unknown }[];
}
