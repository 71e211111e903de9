import { PutBucketPolicyCommand, S3Client } from '@aws-sdk/client-s3';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { bucketPolicyForCloudTrail } from '#sandbox/policy.ts';
import { testAccount } from '../support/account.ts';
import { outside, secondAccount } from '../support/watchtower.ts';

// The watchtower lists the bucket, which is in the log-archive account.

const Bucket = 'org-trail-logs';
const archive = '222233334444';
const config = { watchtower: { account: outside, logBuckets: [Bucket] } };
const minutes = 60_000;

const account = testAccount({ deployment: config });
let second: ReturnType<typeof secondAccount>;
beforeAll(async () => {
  second = secondAccount(account, config);
});
beforeEach(async () => {
  await second.deploy();
  await admitWatchtower();
});

const admitWatchtower = () =>
  new S3Client({ ...second.as(archive), forcePathStyle: true }).send(
    new PutBucketPolicyCommand({
      Bucket,
      Policy: bucketPolicyForCloudTrail(Bucket, {
        Effect: 'Allow',
        Principal: { AWS: `arn:aws:iam::${outside}:root` },
        Action: 's3:ListBucket',
        Resource: `arn:aws:s3:::${Bucket}`,
        Condition: {
          ArnEquals: { 'aws:PrincipalArn': `arn:aws:iam::${outside}:role/Trailkeeper-Watchtower` },
        },
      }),
    }),
  );

/** CloudTrail delivers what was recorded, so many minutes from now. */
async function deliver(inMinutes: number): Promise<void> {
  const at = new Date(Date.now() + inMinutes * minutes).toISOString();
  const answer = await fetch(`${account.endpoint}/_sandbox/log-files`, {
    method: 'POST',
    body: JSON.stringify({ at }),
  });
  expect(await answer.json()).not.toEqual([]);
}

/** What the watchtower says of the files, so many minutes from now. Sweeps go on. */
const check = async (inMinutes: number) =>
  (await second.check(inMinutes)).filter((key) => /files|unlisted/.test(key));

test('files that arrive are no alarm, and that they no longer do is one, until they arrive again', async () => {
  await second.sweep();
  await deliver(0);
  expect(await check(5)).toEqual([]);
  expect(await check(29)).toEqual([]);
  expect(await check(40)).toEqual([`no log files ${account.trail}`]);
  expect(await check(200)).toEqual([
    `no log files ${account.trail}`,
    `no digest files ${account.trail}`,
  ]);
  expect((await second.texts()).join('\n')).toMatch(
    /no log file of .*org-trail has arrived in org-trail-logs for 4\d min/,
  );

  await second.sweep();
  await deliver(199);
  // Other accounts and Regions are checked in turn.
  for (const inMinutes of [203, 206, 209, 212, 215, 218]) await check(inMinutes);
  expect(await check(221)).toEqual([]);
});

test('a bucket that may not be listed is reported, and what follows from it', async () => {
  await new S3Client({ ...second.as(archive), forcePathStyle: true }).send(
    new PutBucketPolicyCommand({ Bucket, Policy: bucketPolicyForCloudTrail(Bucket) }),
  );

  expect(await check(5)).toEqual([`unlisted ${Bucket}`]);
  expect((await second.texts()).join('\n')).toMatch(
    /unknown whether log files arrive in org-trail-logs: AccessDenied/,
  );
});
