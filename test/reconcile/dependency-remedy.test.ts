import { describe, expect, test } from 'vitest';
import { remedyFor } from '#reconcile/refusal-remedy.ts';
import { settings, trail } from '../support/baseline.ts';

const key = (KeyId: string) =>
  ({ kind: 'key', action: 'EnableKey', input: { KeyId }, trail }) as const;
const topic = (TopicArn: string) =>
  ({ kind: 'topic', action: 'SetTopicAttributes', input: { TopicArn }, trail }) as const;
const bucket = (ExpectedBucketOwner: string, action = 'PutBucketVersioning') => {
  const input = { Bucket: settings.S3BucketName, ExpectedBucketOwner };
  return { kind: 'bucket', action, input, trail } as const;
};
const of = (kind: string, input: object) => ({ kind, action: 'Put', input, trail });
const alarmArn = 'arn:aws:cloudwatch:eu-central-1:111122223333:alarm:root';
const elsewhere = (arn: string) => arn.replace(trail.accountId, '222233334444');

describe('the remedy of a refused repair', () => {
  test.each([
    ['a bucket', 'AccessDenied', bucket(elsewhere(trail.accountId))],
    ['a key', 'AccessDeniedException', key(elsewhere(settings.KmsKeyId))],
    ['a topic', 'AuthorizationErrorException', topic(elsewhere(settings.SnsTopicARN))],
    [
      'a log group',
      'AccessDeniedException',
      of('log-group', { logGroupArn: elsewhere(settings.CloudWatchLogsLogGroupArn) }),
    ],
    ['an alarm', 'AccessDenied', of('alarms', { alarmArn: elsewhere(alarmArn) })],
  ])('of %s of another account is a role there', (what, error, call) => {
    const remedy = remedyFor(error, call);

    expect(remedy).toContain(`the ${what.replace(/^an? /, '')} belongs to account 222233334444`);
    expect(remedy).toContain('dependencyAccounts');
    expect(remedy).toContain('"restore": true');
    expect(remedy).toContain('deploy --dependencies 222233334444');
  });

  test.each([
    ['AccessDeniedException', key(settings.KmsKeyId)],
    ['AuthorizationErrorException', topic(settings.SnsTopicARN)],
  ])('in the account of the trail is a permission: %s', (error, call) => {
    expect(remedyFor(error, call)).toContain('"restore": true');
  });

  test.each([
    ['KMSInvalidStateException', 'next sweep'],
    ['NotFoundException', 'another key'],
    ['MalformedPolicyDocumentException', 'by hand'],
    ['UnsupportedOperationException', 'primary key'],
    ['DisabledException', 'enable the key'],
  ])('of a key says what to do about %s', (error, words) => {
    expect(remedyFor(error, key(settings.KmsKeyId))).toContain(words);
  });

  test.each([
    ['InvalidParameterException', 'capture the trail again'],
    ['TopicLimitExceededException', 'delete topics'],
    ['NotFoundException', 'creates it again'],
  ])('of a topic says what to do about %s', (error, words) => {
    expect(remedyFor(error, topic(settings.SnsTopicARN))).toContain(words);
  });

  test('of a bucket policy says that a public policy may be the reason', () => {
    const [policy, versioning] = ['PutBucketPolicy', 'PutBucketVersioning'].map((action) =>
      remedyFor('AccessDenied', bucket(trail.accountId, action)),
    );

    expect(policy).toContain('"restore": true');
    expect(policy).toContain('Block Public Access');
    expect(versioning).not.toContain('Block Public Access');
    const message = 'public policies are prevented by the BlockPublicPolicy setting';
    expect(remedyFor('AccessDenied', { ...bucket(trail.accountId), message })).toMatch(
      /^the policy of the bucket lets everyone in/,
    );
    expect(remedyFor('MalformedPolicy', bucket(trail.accountId))).toContain('by hand');
  });

  const replication = (owner: string) => {
    const { input, ...call } = bucket(owner, 'PutBucketReplication');
    const Role = `arn:aws:iam::${owner}:role/replication`;
    return { ...call, input: { ...input, ReplicationConfiguration: { Role, Rules: [] } } };
  };

  test.each(['111122223333', '222233334444'])(
    'of the replication of a bucket of account %s names the role to configure',
    (owner) => {
      const remedy = remedyFor('AccessDenied', replication(owner));

      expect(remedy).toMatch(/^only a person can restore the replication/);
      expect(remedy).toContain(`"replicationRole": "arn:aws:iam::${owner}:role/replication"`);
      const isForeign = owner !== trail.accountId;
      expect(remedy?.includes(`add account ${owner} to dependencyAccounts`)).toBe(isForeign);
      expect(remedy?.includes(`deploy --dependencies ${owner}`)).toBe(isForeign);
    },
  );

  test('of a replication that S3 does not accept is about its destination, and the versioning of both buckets', () => {
    const remedy = remedyFor('InvalidRequest', replication(trail.accountId));

    expect(remedy).toContain('a destination does not exist');
    expect(remedy).toContain('versioning of the log bucket or of a destination is not enabled');
    expect(remedyFor('InvalidRequest', bucket(trail.accountId))).toBeNull();
  });

  test.each([
    ['bucket', 'BucketAlreadyExists', 'another bucket'],
    ['bucket', 'TooManyBuckets', 'delete buckets'],
    ['bucket', 'InvalidBucketAclWithObjectOwnership', 'access control list'],
    ['bucket', 'InvalidTargetBucketForLogging', 'requests are logged to'],
    ['log-group', 'LimitExceededException', 'delete filters'],
    ['log-role', 'EntityAlreadyExistsException', 'another path'],
    ['log-role', 'LimitExceededException', 'remove policies'],
    ['log-role', 'MalformedPolicyDocumentException', 'does not accept a policy'],
    ['alarms', 'LimitExceeded', 'delete alarms'],
  ])('of kind %s says what to do about %s', (kind, error, words) => {
    expect(remedyFor(error, of(kind, {}))).toContain(words);
  });

  test.each(['PolicyTooLargeError', 'UnreadablePolicyError', 'EmptyPolicyError'])(
    'says what to do about a policy: %s',
    (error) => {
      expect(remedyFor(error, key(settings.KmsKeyId))).toMatch(/policy/);
    },
  );

  test('is unknown for other errors', () => {
    expect(remedyFor('toString', key(settings.KmsKeyId))).toBeNull();
  });
});
