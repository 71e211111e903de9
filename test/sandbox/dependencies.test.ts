import { describe, expect, test } from 'vitest';
import { policyForCloudTrail } from '#sandbox/policy.ts';
import type { World } from '#sandbox/world.ts';
import { foreignKeyArn, home, keyArn, sandbox, sandboxWithTrail } from './world.ts';

// [M] The errors of CreateTrail, UpdateTrail and PutInsightSelectors; [I] aws-solutions ASR CloudTrail.5: a broken
// bucket policy fails unrelated updates too; [U] that this applies to the other destinations.

const topicArn = 'arn:aws:sns:eu-central-1:111122223333:deliveries';
const logGroupArn = 'arn:aws:logs:eu-central-1:111122223333:log-group:trail';
const whole = {
  SnsTopicName: 'deliveries',
  KmsKeyId: keyArn,
  CloudWatchLogsLogGroupArn: `${logGroupArn}:*`,
  CloudWatchLogsRoleArn: 'arn:aws:iam::111122223333:role/logs',
  EnableLogFileValidation: true,
};
const closed = policyForCloudTrail('s3:PutObject', '*').replace('cloudtrail.', 'config.');

type Break = (world: World) => void;
const breaks: Record<string, readonly [breaking: Break, code: string]> = {
  'a deleted bucket': [
    ({ buckets }) => buckets.delete('the-logs'),
    'S3BucketDoesNotExistException',
  ],
  'a bucket without a policy': [withBucket(null), 'InsufficientS3BucketPolicyException'],
  'a bucket policy for another service': [
    withBucket(closed),
    'InsufficientS3BucketPolicyException',
  ],
  'a bucket that denies CloudTrail': [
    withBucket(policyForCloudTrail('s3:*', '*').replace('Allow', 'Deny')),
    'InsufficientS3BucketPolicyException',
  ],
  'a deleted key': [({ keys }) => keys.delete(keyArn), 'KmsKeyNotFoundException'],
  'a disabled key': [withKey({ state: 'Disabled' }), 'KmsException'],
  'a key pending deletion': [withKey({ state: 'PendingDeletion' }), 'KmsKeyNotFoundException'],
  'a key policy that only allows DescribeKey': [
    withKey({ policy: policyForCloudTrail('kms:DescribeKey', '*') }),
    'InsufficientEncryptionPolicyException',
  ],
  'a deleted topic': [
    ({ topics }) => topics.delete(topicArn),
    'InsufficientSnsTopicPolicyException',
  ],
  'a topic policy for another service': [
    ({ topics }) => topics.set(topicArn, { policy: closed }),
    'InsufficientSnsTopicPolicyException',
  ],
  'a deleted log group': [
    ({ logGroups }) => logGroups.delete(logGroupArn),
    'InvalidCloudWatchLogsLogGroupArnException',
  ],
};

describe.each(Object.entries(breaks))('%s', (_case, [breaking, code]) => {
  test('prevents CreateTrail', () => {
    const { world, refusal } = sandbox();
    breaking(world);

    const input = { Name: 'main', S3BucketName: 'the-logs', ...whole };
    expect(refusal('CreateTrail', input).code).toBe(code);
    expect(world.trails.size).toBe(0);
  });

  test('prevents an update of another field, and nothing changes', () => {
    const { ask, world, refusal } = sandboxWithTrail(whole);
    const before = ask('GetTrail', { Name: 'main' });
    breaking(world);

    expect(refusal('UpdateTrail', { Name: 'main', S3KeyPrefix: 'new' }).code).toBe(code);
    expect(ask('GetTrail', { Name: 'main' })).toStrictEqual(before);
  });

  test('does not prevent starting, stopping and deleting the trail', () => {
    const { ask, world } = sandboxWithTrail(whole);
    breaking(world);

    ask('StartLogging', { Name: 'main' });
    ask('StopLogging', { Name: 'main' });
    ask('DeleteTrail', { Name: 'main' });

    expect(world.trails.size).toBe(0);
  });
});

test.each([
  ['the bucket', 'a bucket without a policy', { S3BucketName: 'other-logs' }],
  ['the key', 'a disabled key', { KmsKeyId: foreignKeyArn }],
  ['the key, cleared', 'a deleted key', { KmsKeyId: '' }],
  ['the topic, cleared', 'a deleted topic', { SnsTopicName: '' }],
  [
    'the log group, cleared',
    'a deleted log group',
    { CloudWatchLogsLogGroupArn: '', CloudWatchLogsRoleArn: '' },
  ],
])('an update that replaces the broken destination is accepted: %s', (_case, broken, patch) => {
  const { ask, world } = sandboxWithTrail(whole);
  const good = { owner: home.accountId, region: home.region };
  world.buckets.set('other-logs', { ...good, policy: policyForCloudTrail('s3:*', '*') });
  breaks[broken]?.[0](world);

  expect(() => ask('UpdateTrail', { Name: 'main', ...patch })).not.toThrow();
});

test('Insights selectors are refused while the bucket or the key is broken', () => {
  const InsightSelectors = [{ InsightType: 'ApiCallRateInsight' }];
  const refusalOf = (broken: string) => {
    const { world, refusal } = sandboxWithTrail(whole);
    breaks[broken]?.[0](world);
    return refusal('PutInsightSelectors', { TrailName: 'main', InsightSelectors }).code;
  };

  expect(refusalOf('a bucket without a policy')).toBe('InsufficientS3BucketPolicyException');
  expect(refusalOf('a disabled key')).toBe('KmsException');
  expect(refusalOf('a deleted key')).toBe('KmsException');
});

function withBucket(policy: string | null): Break {
  return ({ buckets }) =>
    buckets.set('the-logs', { owner: home.accountId, region: home.region, policy });
}

function withKey(change: object): Break {
  return ({ keys }) => {
    const key = keys.get(keyArn);
    if (key) keys.set(keyArn, { ...key, ...change });
  };
}
