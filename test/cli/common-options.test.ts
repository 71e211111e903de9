import { generateKeyPairSync } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  AddTagsCommand,
  CreateTrailCommand,
  StartLoggingCommand,
} from '@aws-sdk/client-cloudtrail';
import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import { afterEach, describe, expect, test } from 'vitest';
import { publicPem } from '#sandbox/kms-signing.ts';
import { delegate, ownKeyArn } from '#sandbox/seed.ts';
import { testAccount } from '../support/account.ts';
import { checkoutWith } from '../support/checkout.ts';
import { commandsOf } from '../support/commands.ts';
import { tempFile, tempFolder } from '../support/temp-files.ts';

const account = testAccount();

afterEach(async () => {
  await account.reset();
  account.deliver({ drop: true });
});

const { run, json } = commandsOf(account);

const tag = (Key: string) =>
  account.outsider.send(
    new AddTagsCommand({ ResourceId: account.trail, TagsList: [{ Key, Value: 'x' }] }),
  );

describe('keys', () => {
  test('prints the key that signs, as a line for cdk.json that is the public key of KMS', async () => {
    const { code, stdout } = await run('keys');

    expect(code).toBe(0);
    expect(JSON.parse(stdout.split('\n')[1] ?? '')).toBe(publicPem(ownKeyArn));
  });

  test('of a file needs no deployment and no network', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', {
      namedCurve: 'P-256',
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
      publicKeyEncoding: { type: 'spki', format: 'pem' },
    });
    const file = await tempFile('approver.pem', privateKey);

    const { code, stdout, stderr } = await account.trailkeeper(['keys', '--signing-key', file], {
      AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
      AWS_REGION: '',
    });

    expect([code, stderr]).toEqual([0, '']);
    expect(JSON.parse(stdout.split('\n')[1] ?? '')).toBe(publicKey);
  });

  test('of a file that holds no key exits with 1 and says what it takes', async () => {
    const { code, stdout, stderr } = await run('keys', '--signing-key', 'README.md');

    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toBe('error: README.md must be a private key in PEM, without a passphrase\n');
  });
});

describe('which trail is meant', () => {
  async function twoOfOneName(): Promise<string> {
    const there = account.clientOf('mallory', 'eu-central-1');
    const { TrailARN = '' } = await there.send(
      new CreateTrailCommand({ Name: 'local-trail', S3BucketName: 'org-trail-logs' }),
    );
    await there.send(new StartLoggingCommand({ Name: TrailARN }));
    for (const trail of [TrailARN, await otherTrail('local-trail')]) {
      expect((await run('capture', trail, '--yes')).stderr).toBe('');
    }
    return TrailARN;
  }

  test('has to be said where there are several, and by ARN where they share a name', async () => {
    const trail = await twoOfOneName();

    expect(await run('show')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /^error: several trails are protected, name one: arn:.*, arn:.*, arn:/,
      ),
    });
    expect(await run('show', 'local-trail')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('several trails have the name local-trail, so give the ARN'),
    });
    expect((await run('show', trail)).code).toBe(0);
    expect((await json('plan')).value.trails).toHaveLength(3);
  });
});

test('--profile takes the credentials and the Region of that profile, whatever the environment has', async () => {
  const folder = await tempFolder();
  const keys = 'aws_access_key_id = bob\naws_secret_access_key = any';
  await writeFile(join(folder, 'config'), '[profile auditors]\nregion = us-east-1\n');
  await writeFile(join(folder, 'credentials'), `[auditors]\n${keys}\n`);
  const start = account.calls.length;

  const { code, stdout } = await account.trailkeeper(['list', '--json', '--profile', 'auditors'], {
    AWS_CONFIG_FILE: join(folder, 'config'),
    AWS_SHARED_CREDENTIALS_FILE: join(folder, 'credentials'),
    AWS_REGION: '',
  });

  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ trails: [{ trail: account.trail }] });
  const principals = new Set(account.calls.slice(start).map(({ principal }) => principal));
  expect([...principals]).toEqual([expect.stringMatching(/user\/bob$/)]);
});

describe('--dependency-profile', () => {
  const capture = async (profile: string, accessKeyId: string) => {
    await tag('new');
    const start = account.calls.length;
    const keys = `aws_access_key_id = ${accessKeyId}\naws_secret_access_key = any`;
    const { code, stderr } = await account.trailkeeper(
      ['capture', account.trail, '--reason', 'test', '--yes', '--dependency-profile', profile],
      { AWS_SHARED_CREDENTIALS_FILE: await tempFile('credentials', `[archive]\n${keys}\n`) },
    );
    const written = account.calls
      .slice(start)
      .filter(({ operation }) => /^(Put|Tran)/.test(operation));
    return { code, stderr, written };
  };

  test('that does not exist is an error, and nothing is captured', async () => {
    const { stderr, ...rest } = await capture('wrong', delegate);

    expect(rest).toEqual({ code: 1, written: [] });
    expect(stderr).toMatch(/^error: --dependency-profile wrong: .*: check the name of the profile/);
  });

  test('of an account that dependencyAccounts does not list is an error, and nothing is captured', async () => {
    const { stderr, ...rest } = await capture('archive', delegate);

    expect(rest).toEqual({ code: 1, written: [] });
    expect(stderr).toMatch(
      /^error: --dependency-profile archive: this profile is of account 222233334444, which dependencyAccounts does not list \(it is empty\)/,
    );
  });
});

test('takes the Region and the table from cdk.json if the stack may not be read', async () => {
  const folder = await checkoutWith({});
  const error = 'AccessDenied';
  await account.fault({ service: 'cloudformation', operation: 'DescribeStacks', error, times: 1 });

  const { code, stdout, stderr } = await account.trailkeeper(
    ['list', '--json'],
    { AWS_REGION: '' },
    folder,
  );

  expect(code, stderr).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ trails: [{ trail: account.trail }] });
});

describe('without --yes and without a terminal', () => {
  test.each([
    ['restore', []],
    ['retire', ['--reason', 'x']],
    ['capture', ['--reason', 'x']],
    ['window', ['start', '--kinds', 'tags', '--for', '1h', '--reason', 'x']],
  ])('%s says what it would do, and changes nothing', async (command, args) => {
    await tag('team');
    const [before, versions] = [await account.auditTrail(), await rows(account.trail)];

    const { code, stdout, stderr } = await run(command, ...args);

    expect(code).toBe(1);
    expect(stdout).not.toBe('');
    expect(stderr).toBe(
      'error: nothing was changed: there is no terminal to ask for confirmation: add --yes\n',
    );
    expect(await account.auditTrail()).toEqual(before);
    expect(await rows(account.trail)).toEqual(versions);
    expect(await rows('window')).toEqual([]);
  });
});

describe('what goes wrong is reported with what to do about it, and no stack trace', () => {
  test.each([
    ['an unknown command', ['frob'], {}, "unknown command 'frob'"],
    ['an unknown option', ['plan', '--frob'], {}, "unknown option '--frob'"],
    ['a missing argument', ['diff', '1'], {}, "missing required argument 'to'"],
    ['a version that is none', ['rollback', 'one', '--reason', 'x'], {}, 'a whole number'],
    ['an empty reason', ['capture', '--reason', ' '], {}, 'It must not be empty'],
    ['a name that no trail has', ['show', 'moon'], {}, 'no protected trail has the name "moon"'],
    ['what is no ARN', ['show', 'arn:moon'], {}, '"arn:moon" is not a trail ARN'],
    [
      'a URL that is none',
      ['list'],
      { AWS_ENDPOINT_URL: 'nonsense' },
      'AWS_ENDPOINT_URL must be a URL',
    ],
    ['a file that is not there', ['import', 'moon.json'], {}, 'moon.json does not exist'],
    [
      'another Region',
      ['plan', '--region', 'eu-central-1'],
      {},
      'Name the main Region of trailkeeper with --region',
    ],
    ['another stack', ['plan', '--stack', 'Moon'], {}, 'Stack with id Moon does not exist'],
    ['another table', ['plan', '--table', 'moon'], {}, 'the state table does not exist'],
    ['no Region', ['plan'], { AWS_REGION: '' }, '--region or AWS_REGION'],
    ['a profile that does not exist', ['plan', '--profile', 'moon'], {}, 'the profile moon'],
    ['no network', ['plan'], { AWS_ENDPOINT_URL: 'http://127.0.0.1:1' }, 'AWS cannot be reached'],
  ])('%s', async (_, args, variables, message) => {
    const { code, stdout, stderr } = await account.trailkeeper(args, variables);

    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(message);
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  test('a right that is missing', async () => {
    const error = 'AccessDeniedException';
    await account.fault({ service: 'dynamodb', operation: 'Query', error, times: 9 });

    const { code, stdout, stderr } = await run('list', '--json');

    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    expect(JSON.parse(stdout).error).toEqual({
      name: error,
      message: expect.stringContaining('your credentials lack this permission: docs/cli.md'),
    });
  });
});

/** One more trail, logging; the reset after the test takes it away. */
async function otherTrail(Name: string): Promise<string> {
  const { TrailARN = '' } = await account.outsider.send(
    new CreateTrailCommand({ Name, S3BucketName: 'org-trail-logs' }),
  );
  await account.outsider.send(new StartLoggingCommand({ Name }));
  return TrailARN;
}

async function rows(pk: string): Promise<Record<string, string>[]> {
  const { Items = [] } = await account.table.send(
    new QueryCommand({
      TableName: account.tableName,
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': pk },
    }),
  );
  return Items;
}
