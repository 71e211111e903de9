import { describe, expect, test } from 'vitest';
import { policyForCloudTrail } from '#sandbox/policy.ts';
import type { World } from '#sandbox/world.ts';
import { foreignKeyArn, home, keyArn, sandbox, sandboxWithTrail } from './world.ts';

// [M] the errors of CreateTrail, UpdateTrail and PutInsightSelectors; [I] aws-solutions ASR
// CloudTrail.5: a broken bucket policy fails unrelated updates, too; [U] that the others do so.

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
  'a bucket that is gone': [
    ({ buckets }) => buckets.delete('the-logs'),
    'S3BucketDoesNotExistException',
  ],
  'a bucket without a policy': [withBucket(null), 'InsufficientS3BucketPolicyException'],
  'a bucket for another service': [withBucket(closed), 'InsufficientS3BucketPolicyException'],
  'a bucket that denies CloudTrail': [
    withBucket(policyForCloudTrail('s3:*', '*').replace('Allow', 'Deny')),
    'InsufficientS3BucketPolicyException',
  ],
  'a key that is gone': [({ keys }) => keys.delete(keyArn), 'KmsKeyNotFoundException'],
  'a key that is disabled': [withKey({ state: 'Disabled' }), 'KmsException'],
  'a key that awaits its end': [withKey({ state: 'PendingDeletion' }), 'KmsKeyNotFoundException'],
  'a key that lets CloudTrail describe it alone': [
    withKey({ policy: policyForCloudTrail('kms:DescribeKey', '*') }),
    'InsufficientEncryptionPolicyException',
  ],
  'a topic that is gone': [
    ({ topics }) => topics.delete(topicArn),
    'InsufficientSnsTopicPolicyException',
  ],
  'a topic for another service': [
    ({ topics }) => topics.set(topicArn, { policy: closed }),
    'InsufficientSnsTopicPolicyException',
  ],
  'a log group that is gone': [
    ({ logGroups }) => logGroups.delete(logGroupArn),
    'InvalidCloudWatchLogsLogGroupArnException',
  ],
};

describe.each(Object.entries(breaks))('%s', (_case, [breaking, code]) => {
  test('refuses a new trail', () => {
    const { world, refusal } = sandbox();
    breaking(world);

    const input = { Name: 'main', S3BucketName: 'the-logs', ...whole };
    expect(refusal('CreateTrail', input).code).toBe(code);
    expect(world.trails.size).toBe(0);
  });

  test('refuses an update of something else, and nothing is changed', () => {
    const { ask, world, refusal } = sandboxWithTrail(whole);
    const before = ask('GetTrail', { Name: 'main' });
    breaking(world);

    expect(refusal('UpdateTrail', { Name: 'main', S3KeyPrefix: 'new' }).code).toBe(code);
    expect(ask('GetTrail', { Name: 'main' })).toStrictEqual(before);
  });

  test('does not keep the trail from being started, stopped and deleted', () => {
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
  ['the key', 'a key that is disabled', { KmsKeyId: foreignKeyArn }],
  ['the key, cleared', 'a key that is gone', { KmsKeyId: '' }],
  ['the topic, cleared', 'a topic that is gone', { SnsTopicName: '' }],
  [
    'the log group, cleared',
    'a log group that is gone',
    { CloudWatchLogsLogGroupArn: '', CloudWatchLogsRoleArn: '' },
  ],
])('an update that replaces what is broken goes through: %s', (_case, broken, patch) => {
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
  expect(refusalOf('a key that is disabled')).toBe('KmsException');
  expect(refusalOf('a key that is gone')).toBe('KmsException');
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
