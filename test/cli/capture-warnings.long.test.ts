import {
  CreateTrailCommand,
  StartLoggingCommand,
  UpdateTrailCommand,
} from '@aws-sdk/client-cloudtrail';
import { CreateLogGroupCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteBucketPolicyCommand,
  PutBucketPolicyCommand,
} from '@aws-sdk/client-s3';
import { beforeEach, describe, expect, test } from 'vitest';
import { bucketPolicyForCloudTrail } from '#sandbox/policy.ts';
import { testAccount } from '../support/account.ts';
import { jsonFile } from '../support/temp-files.ts';

const Bucket = 'org-trail-logs';
const archive = '222233334444';
const outsider = '444455556666';
const closed = bucketPolicyForCloudTrail(Bucket);
const listing = {
  Effect: 'Allow',
  Principal: { AWS: '111122223333' },
  Action: 's3:ListBucket',
  Resource: `arn:aws:s3:::${Bucket}`,
};
const open = bucketPolicyForCloudTrail(Bucket, listing);

const account = testAccount();

beforeEach(async () => {
  await account.reset();
  account.deliver({ drop: true });
});

describe('the owner of a bucket in another account', () => {
  test('is found if the bucket policy grants access to the caller', async () => {
    const trail = await account.addTrail('found-trail');

    const { stdout } = await capture([trail, '--json']);

    const { baseline, warnings } = JSON.parse(stdout);
    expect(baseline.states.bucket).toMatchObject({ Owner: archive });
    expect(warnings).toEqual([
      expect.stringContaining(
        `bucket ${Bucket}, of account ${archive}. To protect it, add the account`,
      ),
    ]);
  });

  test('is warned about with the remedy if it cannot be found', async () => {
    await put(closed);
    const trail = await account.addTrail('unknown-trail');

    const { code, stdout } = await capture([trail]);

    expect(code).toBe(0);
    expect(stdout).toContain(`warning the owner of bucket ${Bucket} is unknown`);
    expect(stdout).toContain('--bucket-owner ACCOUNT');
    expect(stdout).toContain('arn:aws:iam::111122223333:role/Trailkeeper-Reconcile');
  });

  test('is found with the statement that the warning names', async () => {
    await put(closed);
    const trail = await account.addTrail('let-in-trail');
    const { stdout } = await capture([trail]);
    const [statement] = /\{"Effect.*\}\}\}/.exec(stdout) ?? [];
    const policy = JSON.parse(closed);
    policy.Statement.push(JSON.parse(statement ?? ''));

    await put(JSON.stringify(policy));
    await capture([trail, '--bucket-owner', archive, '--reason', 'owner']);

    expect(await sweptBucket(trail)).toEqual({ kind: 'bucket', status: 'in-sync' });
  });

  test('is what --bucket-owner states, and is reported as critical until it can be verified', async () => {
    await put(closed);
    const trail = await account.addTrail('stated-trail');

    const { stdout } = await capture([trail, '--bucket-owner', archive]);

    expect(stdout).toContain(`cannot verify that bucket ${Bucket} belongs to ${archive}`);
    expect(await sweptBucket(trail)).toMatchObject({
      changes: [{ path: 'Owner', actual: 'not readable', impact: { severity: 'critical' } }],
    });
    await put(open);
    expect(await sweptBucket(trail)).toEqual({ kind: 'bucket', status: 'in-sync' });
  });

  test('must be an account id', async () => {
    const { code, stderr } = await capture(['x', '--bucket-owner', 'log-archive']);

    expect(code).toBe(1);
    expect(stderr).toContain('12 digits');
  });
});

describe('a bucket of unknown owner that an attacker creates again', () => {
  test('stays critical from the sweep that misses it until its owner is known', async () => {
    await put(closed);
    const trail = await account.addTrail('replaced-trail');
    await capture([trail]);
    await account.swept();
    await s3(archive).send(new DeleteBucketCommand({ Bucket }));
    expect(await sweptBucket(trail)).toMatchObject({ changes: [{ actual: null }] });

    await s3(outsider).send(new CreateBucketCommand({ Bucket }));
    await s3(outsider).send(new PutBucketPolicyCommand({ Bucket, Policy: closed }));

    const mayBeStolen = {
      severity: 'critical',
      description: expect.stringContaining('may belong to someone else'),
    };
    expect(await sweptBucket(trail)).toMatchObject({ changes: [{ impact: mayBeStolen }] });
    await account.restartFunctions();
    expect(await sweptBucket(trail)).toMatchObject({ changes: [{ impact: mayBeStolen }] });
    const { code, stdout } = await account.trailkeeper(['plan', trail]);
    expect(code).toBe(2);
    expect(stdout).toContain('may belong to someone else');

    await s3(outsider).send(new DeleteBucketPolicyCommand({ Bucket }));
    await s3(outsider).send(new DeleteBucketCommand({ Bucket }));
    await s3(archive).send(new CreateBucketCommand({ Bucket }));
    await put(open);
    await capture([trail, '--reason', 'created again by the archive account']);
    expect(await sweptBucket(trail)).toEqual({ kind: 'bucket', status: 'in-sync' });
  });
});

test('a log group of a delegated administrator that the management account cannot restore is warned about', async () => {
  await account
    .clientsOf(archive)
    .logs.send(new CreateLogGroupCommand({ logGroupName: 'security' }));
  await account.clientOf(archive).send(
    new UpdateTrailCommand({
      Name: account.trail,
      CloudWatchLogsLogGroupArn: `arn:aws:logs:us-east-1:${archive}:log-group:security:*`,
      CloudWatchLogsRoleArn: `arn:aws:iam::${archive}:role/to-cloudwatch-logs`,
    }),
  );

  const { code, stdout } = await capture([account.trail, '--reason', 'logs in security']);

  expect(code).toBe(0);
  expect(stdout).toContain(`only the delegated administrator ${archive} can`);
});

describe('a trail of a landing zone', () => {
  test.each([
    ['aws-controltower-BaselineCloudTrail', 'mallory'],
    ['org-wide-trail', 'controltower-AWSCloudFormation'],
  ])('%s, created by %s, is only reported on, but for logging', async (Name, creator) => {
    const client = account.clientOf(creator);
    const { TrailARN: trail = '' } = await client.send(
      new CreateTrailCommand({ Name, S3BucketName: Bucket }),
    );
    await client.send(new StartLoggingCommand({ Name: trail }));

    const { stdout } = await capture([trail, '--json']);

    const { baseline, warnings } = JSON.parse(stdout);
    expect(warnings).toContainEqual(
      expect.stringContaining('AWS Control Tower manages this trail'),
    );
    expect(baseline.policy).toMatchObject({ settings: 'alert', 'event-selectors': 'alert' });
    expect(baseline.policy).not.toHaveProperty('logging');
    await account.outsider.send(new UpdateTrailCommand({ Name: trail, S3KeyPrefix: 'x' }));
    await account.swept();
    expect(await account.auditTrail(trail)).toMatchObject({ S3KeyPrefix: 'x' });
  });

  test('is treated as a policy says', async () => {
    const Name = 'aws-controltower-BaselineCloudTrail';
    const { TrailARN: trail = '' } = await account.outsider.send(
      new CreateTrailCommand({ Name, S3BucketName: Bucket }),
    );
    await account.outsider.send(new StartLoggingCommand({ Name: trail }));
    const policy = await jsonFile({ settings: 'restore' });

    const first = JSON.parse((await capture([trail, '--policy', policy, '--json'])).stdout);

    expect(first.baseline.policy).toEqual({ settings: 'restore' });
  });
});

const capture = (args: readonly string[]) => account.trailkeeper(['capture', ...args, '--yes']);

const s3 = (owner: string) => account.clientsOf(owner).s3;

const put = (Policy: string) => s3(archive).send(new PutBucketPolicyCommand({ Bucket, Policy }));

/** The finding of a sweep about the bucket. */
async function sweptBucket(trail: string): Promise<unknown> {
  const reports = await account.swept();
  const report = reports.find((one) => one.trail === trail);
  const findings = report && 'outcome' in report ? report.outcome.verified.findings : [];
  return findings.find(({ kind }) => kind === 'bucket');
}
