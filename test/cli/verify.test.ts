import { gunzipSync, gzipSync } from 'node:zlib';
import { DescribeTrailsCommand, UpdateTrailCommand } from '@aws-sdk/client-cloudtrail';
import {
  DeleteObjectCommand,
  GetBucketPolicyCommand,
  GetObjectCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { bucketPolicyForCloudTrail } from '#sandbox/policy.ts';
import { answers } from '../../cli/json-answers.ts';
import { testAccount } from '../support/account.ts';

const account = testAccount();
let archive: S3Client;

const Bucket = 'org-trail-logs';
const hoursAgo = (hours: number) => new Date(Date.now() - hours * 3_600_000);

beforeAll(async () => {
  archive = new S3Client({
    endpoint: account.endpoint,
    forcePathStyle: true,
    region: 'us-east-1',
    credentials: { accessKeyId: '222233334444', secretAccessKey: 'sandbox' },
  });
});
beforeEach(async () => {
  await account.reset();
  await letIn();
});

/** Lets the management account read the bucket, which belongs to the log archive. */
async function letIn(): Promise<void> {
  const { Policy = '' } = await archive.send(new GetBucketPolicyCommand({ Bucket }));
  const { Statement, ...policy } = JSON.parse(Policy);
  await put({
    ...policy,
    Statement: [...Statement, ...statements(['s3:GetObject', 's3:ListBucket'])],
  });
}

const put = (policy: object) =>
  archive.send(new PutBucketPolicyCommand({ Bucket, Policy: JSON.stringify(policy) }));

/** What allows the management account to do something with the bucket and its objects. */
const statements = (Action: readonly string[]): readonly object[] =>
  Action.length === 0
    ? []
    : [
        {
          Effect: 'Allow',
          Principal: { AWS: account.account },
          Action,
          Resource: [`arn:aws:s3:::${Bucket}`, `arn:aws:s3:::${Bucket}/*`],
        },
      ];

/** Lets CloudTrail deliver what it has recorded, a call at least, as of a time. */
async function deliver(at: Date): Promise<{ readonly logFile: string; readonly digest: string }> {
  await account.outsider.send(new DescribeTrailsCommand());
  const keys = (await (await account.admin('log-files', { at })).json()) as readonly string[];
  const of = (kind: string) => keys.find((key) => key.includes(`/${kind}/us-east-1/`)) ?? '';
  return { logFile: of('CloudTrail'), digest: of('CloudTrail-Digest') };
}

const deliveries = async () => {
  const made = [];
  for (const hours of [6, 5, 4, 3]) made.push(await deliver(hoursAgo(hours)));
  return made;
};

/** From before the first delivery, which a slow machine makes late, to before the last one. */
const verify = (...args: string[]) => {
  const [from, to] = [6.1, 3.1].map((hours) => hoursAgo(hours).toISOString());
  return account.trailkeeper(['verify', '--from', from ?? '', '--to', to ?? '', ...args]);
};

async function rewrite(Key: string, change: (content: string) => string): Promise<void> {
  const { Body, Metadata } = await archive.send(new GetObjectCommand({ Bucket, Key }));
  const content = gunzipSync((await Body?.transformToByteArray()) ?? '').toString();
  const changed = gzipSync(change(content));
  await archive.send(new PutObjectCommand({ Bucket, Key, Body: changed, Metadata }));
}

describe('verify', () => {
  test('says that a log is as CloudTrail delivered it', async () => {
    await deliveries();

    const { code, stdout } = await verify('--account', '111122223333');

    expect(stdout).toMatch(/^111122223333 +us-east-1 +4 +4 +valid$/m);
    expect(code).toBe(0);
  });

  test('names a log file that was changed, and one that was deleted', async () => {
    const [, second, third] = await deliveries();
    await rewrite(second?.logFile ?? '', (content) => content.replace('mallory', 'nobody1'));
    await archive.send(new DeleteObjectCommand({ Bucket, Key: third?.logFile }));

    const { code, stdout } = await verify();

    expect(code).toBe(2);
    expect(stdout).toMatch(/us-east-1 +4 +2 +2 files invalid/);
    expect(stdout).toContain(`invalid s3://${Bucket}/${second?.logFile} was changed`);
    expect(stdout).toContain(`invalid s3://${Bucket}/${third?.logFile} is missing`);
  });

  test('does not believe a digest file that CloudTrail did not sign', async () => {
    const [, second] = await deliveries();
    await rewrite(second?.digest ?? '', (content) =>
      content.replace(/"hashValue":"./, '"hashValue":"0'),
    );
    await rewrite(second?.digest ?? '', (content) => `${content} `);

    const { code, stdout } = await verify();

    expect(code).toBe(2);
    expect(stdout).toContain(`${second?.digest} has a signature that is not of CloudTrail`);
    expect(stdout).toContain(`the digest file ${second?.digest} is missing`);
  });

  test('says for which time a deleted digest file is missing', async () => {
    const [first, second] = await deliveries();
    await archive.send(new DeleteObjectCommand({ Bucket, Key: second?.digest }));

    const { code, stdout } = await verify('--json');

    expect(code).toBe(2);
    const [, endOfFirst = ''] = /_(\d{8}T\d{6}Z)\.json/.exec(first?.digest ?? '') ?? [];
    const verified = answers.verify.parse(JSON.parse(stdout));
    const { logs } = 'logs' in verified ? verified : { logs: [] };
    const { uncovered = [] } = logs.find(({ region }) => region === 'us-east-1') ?? {};
    expect(uncovered).toMatchObject([{ reason: 'digest-missing', missing: second?.digest }]);
    expect(uncovered[0]?.from.replaceAll(/[-:]/g, '')).toBe(endOfFirst);
  });

  test('explains the end of a chain by the incident that caused it', async () => {
    account.deliver({ drop: false });
    await deliver(new Date());
    const validation = (EnableLogFileValidation: boolean) =>
      account.outsider.send(
        new UpdateTrailCommand({ Name: account.trail, EnableLogFileValidation }),
      );
    account.deliver({ paused: true });
    await validation(false);
    // A second later at least: digest files name whole seconds.
    await deliver(new Date(Date.now() + 1000));
    account.deliver({ paused: false });
    await account.settled();
    await deliver(new Date(Date.now() + 5000));

    const to = new Date(Date.now() + 5000).toISOString();
    const { stdout } = await account.trailkeeper(['verify', '--from', '1h', '--to', to]);

    const [incident] = await account.incidents();
    expect(stdout).toContain('CloudTrail began a new chain of digest files');
    expect(stdout).toContain(`incident ${incident?.id.slice(0, 8)}`);
  });

  test.each([
    ['list the bucket', []],
    ['read its objects', ['s3:ListBucket']],
  ])('names the bucket and the remedy if the caller may not %s', async (_what, allowed) => {
    await deliveries();
    const policy = JSON.parse(bucketPolicyForCloudTrail(Bucket));
    await put({ ...policy, Statement: [...policy.Statement, ...statements(allowed)] });

    const { code, stdout, stderr } = await verify();

    expect(code).toBe(1);
    const message = `${stdout}${stderr}`;
    expect(message).toContain(`bucket ${Bucket} of account 222233334444`);
    expect(message).toContain('s3:GetObject');
    expect(message).toContain('--dependency-profile');
    expect(stdout).not.toContain('LOG FILES');
  });

  test('refuses a window that is none, and a bucket without the log', async () => {
    const backwards = await account.trailkeeper(['verify', '--from', '1h', '--to', '2h']);
    const empty = await verify('--account', '333344445555');

    expect(backwards).toMatchObject({ code: 1 });
    expect(backwards.stderr).toContain('error: --from: must be earlier than --to, which is ');
    expect(empty).toMatchObject({ code: 1 });
    expect(empty.stderr).toContain('has no log of account 333344445555');
  });
});
