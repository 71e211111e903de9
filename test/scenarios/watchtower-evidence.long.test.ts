import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StopLoggingCommand } from '@aws-sdk/client-cloudtrail';
import {
  DeleteBucketPolicyCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectVersionsCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { answers } from '#cli/json-answers.ts';
import { appendLink } from '#watchtower/evidence-bucket.ts';
import { checkChain, type EvidenceFile, linkKey } from '#watchtower/evidence-chain.ts';
import { testAccount } from '../support/account.ts';
import { outside, secondAccount } from '../support/watchtower.ts';

const Bucket = `trailkeeper-evidence-${outside}-us-east-1`;
const config = { watchtower: { account: outside, evidenceDays: 30 } };

const account = testAccount({ deployment: config });
let second: ReturnType<typeof secondAccount>;
let s3: S3Client;
beforeAll(async () => {
  second = secondAccount(account, config);
  s3 = new S3Client({ ...second.as(outside), forcePathStyle: true });
});
beforeEach(async () => {
  expect(await second.deploy()).toEqual([]);
});

const versions = async () =>
  (await s3.send(new ListObjectVersionsCommand({ Bucket }))).Versions ?? [];

const files = async (): Promise<readonly EvidenceFile[]> => {
  const keys = (await versions()).map(({ Key = '' }) => Key).toSorted();
  return Promise.all(
    keys.map(async (Key) => {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
      return { key: Key, text: (await Body?.transformToString()) ?? '' };
    }),
  );
};

const verify = (args: readonly string[]) =>
  account.trailkeeper(['verify-evidence', ...args], { AWS_ACCESS_KEY_ID: outside });

test('baselines, incidents as they change, decisions and what the watchtower finds are copied as one chain', async () => {
  const before = (await files()).map(({ text }) => text).join('\n');
  expect(before).toContain(`${account.trail} baseline#000001`);
  await account.outsider.send(new StopLoggingCommand({ Name: account.trail }));
  await second.sweep();
  await account.trailkeeper([
    ...['window', 'start', account.trail, '--kinds', 'tags', '--for', '1h'],
    ...['--reason', 'migration', '--yes'],
  ]);
  await second.check(3);
  const after = (await files()).map(({ text }) => text).join('\n');

  expect(after).toContain(`"incident#${account.trail} 2`);
  expect(after).toContain('migration');
  expect(after).toContain('watchtower silence');
  expect(await checkChain(await files())).toMatchObject({ broken: null });
});

test('nothing new is no new link', async () => {
  const { length } = await versions();
  await second.check();

  expect(await versions()).toHaveLength(length);
});

describe('not even the owner of the bucket', () => {
  test('deletes a link', async () => {
    const [version] = await versions();
    const { Key, VersionId } = version ?? {};

    await expect(s3.send(new DeleteObjectCommand({ Bucket, Key, VersionId }))).rejects.toThrow(
      /object lock/,
    );
  });

  test('overwrites a link; without the policy of the bucket, the first version counts', async () => {
    const Key = linkKey(1);
    const forged = new PutObjectCommand({ Bucket, Key, Body: '{}' });
    await expect(s3.send(forged)).rejects.toMatchObject({ name: 'AccessDenied' });
    await s3.send(new DeleteBucketPolicyCommand({ Bucket }));
    await s3.send(forged);
    await s3.send(new DeleteObjectCommand({ Bucket, Key }));
    const { code, stdout } = await verify(['--bucket', Bucket]);

    expect(code).toBe(2);
    expect(stdout).toMatch(/are unchanged/);
    expect(stdout).toMatch(/000000000001.json was overwritten or deleted: its first version/);
  });
});

test('many writers at once make one chain', async () => {
  const before = (await versions()).length;
  await Promise.all(
    Array.from({ length: 6 }, (_, i) =>
      appendLink(s3, Bucket, null, {
        ...{ at: new Date().toISOString(), account: outside },
        records: [{ source: `writer ${i}`, document: '{}' }],
      }),
    ),
  );

  expect(await checkChain(await files())).toMatchObject({ links: before + 6, broken: null });
});

test('a failure to copy is reported, and what was not copied is copied later', async () => {
  const deny = (Statement: readonly object[]) =>
    s3.send(
      new PutBucketPolicyCommand({
        Bucket,
        Policy: JSON.stringify({ Version: '2012-10-17', Statement }),
      }),
    );
  const Resource = [`arn:aws:s3:::${Bucket}/*`];
  await deny([{ Effect: 'Deny', Principal: '*', Action: 's3:PutObject', Resource }]);
  await account.outsider.send(new StopLoggingCommand({ Name: account.trail }));
  await second.sweep();

  expect(await second.check()).toContain('evidence');
  expect((await second.texts()).at(-1)).toMatch(/evidence is not copied: .*AccessDenied/);

  await s3.send(new DeleteBucketPolicyCommand({ Bucket }));
  expect(await second.check()).not.toContain('evidence');
  expect((await files()).at(-1)?.text).toContain(`incident#${account.trail} `);
});

test('verify-evidence proves the chain in the bucket and offline, and names the first broken link', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'trailkeeper-evidence-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await second.check(3);
  const all = await files();
  for (const { key, text } of all) await writeFile(join(folder, key.split('/')[1] ?? ''), text);

  const online = await verify(['--bucket', Bucket, '--json']);
  expect(online.code, online.stderr).toBe(0);
  expect(answers['verify-evidence'].parse(JSON.parse(online.stdout))).toMatchObject({
    ...{ links: all.length, broken: null },
  });
  const offline = await verify(['--folder', folder, '--json']);
  expect(JSON.parse(offline.stdout)).toEqual(JSON.parse(online.stdout));

  await rm(join(folder, '000000000001.json'));
  const broken = await verify(['--folder', folder]);
  expect(broken.code).toBe(2);
  expect(broken.stdout).toContain('The first broken link: evidence/000000000001.json is missing.');
});
