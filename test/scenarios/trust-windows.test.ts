import {
  AddTagsCommand,
  RemoveTagsCommand,
  StopLoggingCommand,
  UpdateTrailCommand,
} from '@aws-sdk/client-cloudtrail';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  BatchWriteCommand,
  DeleteCommand,
  DynamoDBDocumentClient,
  PutCommand,
} from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Baseline } from '#baseline/baseline.ts';
import type { Signer } from '#baseline/signing/signer.ts';
import { kinds } from '#drift/index.ts';
import type { MaintenanceWindow } from '#reconcile/maintenance-window.ts';
import { windowStore } from '#reconcile/maintenance-window-store.ts';
import { parseTrailArn, type TrailArn } from '#trail/trail-arn.ts';
import { type Account, startAccount } from '../support/account.ts';
import { newSigner } from '../support/signers.ts';

// Each attack on the state table in docs/threat-model.md, by an administrator of the management account who can write
// to the table with plain SDK clients. Two versions are signed; the second is in force.

type Row = Record<string, unknown> & { readonly document: string };

let account: Account;

let trail: TrailArn;

let asSigned: unknown;

beforeAll(async () => {
  account = await startAccount();
  trail = parseTrailArn(account.trail).arn;
});

beforeEach(async () => {
  await account.reset();
  account.deliver({ drop: true, dropStreams: true, lambdaRetryMs: 10 });
  await tag('audit');
  await sign({ states: { tags: { TagsList: [{ Key: 'owner', Value: 'audit' }] } } });
  await account.swept();
  asSigned = await account.auditTrail();
  account.deliver({ dropStreams: false });
});

afterAll(() => account.stop());

const now = () => new Date().toISOString();

describe('a maintenance window', () => {
  const until = new Date(Date.now() + 3_600_000).toISOString();
  const windowWith = (edits: Partial<MaintenanceWindow> = {}): MaintenanceWindow => ({
    schema: 1,
    id: 'forged',
    trail,
    kinds: ['settings', 'tags'],
    from: '2026-01-01T00:00:00Z',
    until,
    by: 'alice',
    reason: 'planned work',
    ...edits,
  });
  const windowRow = async (content: MaintenanceWindow, signer?: Signer) => {
    const document = JSON.stringify(content);
    const signature = (await signer?.sign('window', document)) ?? null;
    return { pk: 'window', sk: `${content.trail}#${content.id}`, document, signature };
  };

  test('suspends nothing without a signature', async () => {
    await put(await windowRow(windowWith({ from: now() })));

    await expectRestored();
    expect(await tamperReports()).toContainEqual(
      expect.stringContaining('it is not signed by an approver: it has no signature'),
    );
  });

  test('suspends nothing if a key that is not pinned signed it', async () => {
    await put(await windowRow(windowWith({ from: now() }), newSigner()));

    await expectRestored();
    expect(await tamperReports()).toContainEqual(expect.stringContaining('is not in signing.keys'));
  });

  test('suspends nothing on another trail, or if it is edited', async () => {
    const decoy = parseTrailArn(trail.replace('org-trail', 'decoy')).arn;
    await windows().add(windowWith({ trail: decoy, from: now() }));
    const row = await account.row({ pk: 'window', sk: `${decoy}#forged` });
    const { document, signature } = row as Row;
    await put({ pk: 'window', sk: `${trail}#forged`, document, signature });
    await put({
      pk: 'window',
      sk: `${trail}#longer`,
      document: document.replace('decoy', 'org-trail').replace('forged', 'longer'),
      signature,
    });

    await expectRestored();
    expect(await tamperReports()).toEqual(
      expect.arrayContaining([
        expect.stringContaining('differ from its row key'),
        expect.stringContaining('is invalid'),
      ]),
    );
  });

  test('is listed with one request, however many forged ends there are', async () => {
    const reason = 'x'.repeat(390_000);
    const ends = Array.from({ length: 40 }, (_, i) =>
      put({ pk: 'window-end', sk: `${trail}#${i}`, reason }),
    );
    await Promise.all(ends);
    const { client, requests } = counting();

    await windowStore(client, account.tableName, kinds, account.signing).list(new Date(), trail);

    expect(requests()).toBe(1);
  });

  test('stays ended if the row of its end is deleted', async () => {
    const planned = windowWith({ id: 'planned', from: now() });
    await windows().add(planned);
    await windows().end(planned, { at: now(), by: 'alice', reason: 'done' });
    await account.swept();
    await remove('window-end', `${trail}#planned`);

    await expectRestored();
    expect(await tamperReports()).toContainEqual(expect.stringContaining('was deleted or changed'));
  });

  test('is reported in few alerts if many are forged at once', async () => {
    const before = (await account.tamperings()).length;
    await writeRows(60, (i) => ({ pk: 'window', sk: `${trail}#forged-${i}`, document: '{}' }));
    await account.settled();

    const reported = (await account.tamperings()).slice(before);
    expect(reported.length).toBeLessThan(20);
    expect(reported.flatMap((one) => one.faults)).toContainEqual(
      expect.stringContaining('forged-59: it is not signed'),
    );
  });

  test('is ignored and reported if it is too large', async () => {
    const document = JSON.stringify({
      ...windowWith(),
      kinds: Array.from({ length: 150_000 }, () => 0),
    });
    for (let i = 0; i < 12; i += 1) {
      await put({ pk: 'window', sk: `${trail}#large-${i}`, document });
    }

    await expectRestored();
    expect(await tamperReports()).toContainEqual(
      expect.stringMatching(/maintenance window .*large-.* too long/),
    );
  });

  test('suspends nothing after its end', async () => {
    await windows().add(windowWith({ until: '2026-01-01T02:00:00Z' }));

    await expectRestored();
  });
});

test('a signed version is not accepted as a maintenance window', async () => {
  const { document, signature } = await versionRow(2);
  await put({ pk: 'window', sk: `${trail}#forged`, document, signature });
  await put({ pk: trail, sk: 'baseline#000003', document: '{}', signature });

  await expectRestored();
});

/** Signs and stores the next version of a trail as Alice, an approver: the version in force with some states replaced. */
async function sign({
  states = {},
  trail: of = trail,
  ...edits
}: Partial<Baseline> & { states?: Record<string, object> }): Promise<void> {
  const store = account.baselines();
  const known = await store.find(of);
  const before = (await store.newestValid(of)) ?? (await store.newestValid(trail));
  if (before === null) throw new Error('there is no first version');
  const { version: _, previous: __, ...content } = before;
  const merged = Object.fromEntries(
    Object.entries(content.states).map(([kind, state]) => [kind, { ...state, ...states[kind] }]),
  );
  await store.add({ ...content, capturedAt: now(), ...edits, trail: of, states: merged }, known);
}

/** Changes the trail and expects that it is restored as signed. */
async function expectRestored(): Promise<void> {
  await account.settled();
  await account.outsider.send(new StopLoggingCommand({ Name: trail }));
  await account.outsider.send(
    new UpdateTrailCommand({ Name: trail, S3BucketName: 'attacker-bucket' }),
  );
  await tag('mallory');

  await account.swept();

  expect(await account.auditTrail()).toEqual(asSigned);
}

async function tag(owner: string): Promise<void> {
  const change = { ResourceId: trail, TagsList: [{ Key: 'owner', Value: owner }] };
  await account.outsider.send(new RemoveTagsCommand(change));
  await account.outsider.send(new AddTagsCommand(change));
}

/** All reports of tampering with the table, by the audit function and a sweep. */
async function tamperReports(): Promise<readonly string[]> {
  await account.swept();
  await account.settled();
  return (await account.tamperings()).flatMap((one) => one.faults);
}

async function versionRow(number: number, of: string = trail): Promise<Row> {
  const row = await account.row({ pk: of, sk: `baseline#${String(number).padStart(6, '0')}` });
  if (row === undefined) throw new Error(`${of} has no version ${number}`);
  return row as Row;
}

const put = (Item: Record<string, unknown>) =>
  account.table.send(new PutCommand({ TableName: account.tableName, Item }));

/** A client of the state table that counts its requests. */
function counting() {
  let requests = 0;
  const client = DynamoDBDocumentClient.from(
    new DynamoDBClient({
      endpoint: account.endpoint,
      region: account.region,
      credentials: { accessKeyId: 'alice', secretAccessKey: 'any' },
    }),
  );
  client.middlewareStack.add((next) => (args) => {
    requests += 1;
    return next(args);
  });
  return { client, requests: () => requests };
}

/** Writes many rows as Mallory. */
async function writeRows(count: number, rowOf: (i: number) => object): Promise<void> {
  const Items = Array.from({ length: count }, (_, i) => ({
    PutRequest: { Item: { ...rowOf(i) } },
  }));
  for (let i = 0; i < count; i += 25) {
    const RequestItems = { [account.tableName]: Items.slice(i, i + 25) };
    await account.table.send(new BatchWriteCommand({ RequestItems }));
  }
}

const remove = (pk: string, sk: string) =>
  account.table.send(new DeleteCommand({ TableName: account.tableName, Key: { pk, sk } }));

const windows = () => windowStore(account.table, account.tableName, kinds, account.signing);
