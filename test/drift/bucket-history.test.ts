import { describe, expect, test } from 'vitest';
import { bucket as kind } from '#drift/dependencies/bucket.ts';
import type { Bucket } from '#drift/dependencies/bucket-state.ts';
import { states, trail } from '../support/baseline.ts';
import { call } from '../support/recorded-calls.ts';

const bucket = states.bucket as unknown as Bucket;
const denial = { Effect: 'Deny', Principal: '*', Action: 's3:*', Resource: '*' };
const blocked = {
  ...{ BlockPublicAcls: true, IgnorePublicAcls: true },
  ...{ BlockPublicPolicy: true, RestrictPublicBuckets: true },
};

describe('a bucket in event history', () => {
  const effect = (eventName: string, parameters: object | null = {}) =>
    kind.historyModel.applyCall(
      call({ seconds: 1, eventName, parameters, eventSource: 's3.amazonaws.com' }),
      bucket,
      trail,
    );
  const bucketName = 'the-logs';

  test.each<[string, object, object]>([
    ['CreateBucket', { bucketName }, { Region: 'eu-central-1' }],
    ['DeleteBucket', { bucketName }, { Region: null }],
    [
      'DeleteBucketPolicy',
      { bucketName },
      { CloudTrailStatements: [], Denials: [], OtherStatements: [] },
    ],
    [
      'PutBucketPublicAccessBlock',
      { PublicAccessBlockConfiguration: { ...blocked, BlockPublicAcls: false, xmlns: 'x' } },
      { PublicAccessBlock: { ...blocked, BlockPublicAcls: false } },
    ],
    [
      'PutBucketPublicAccessBlock',
      {},
      {
        PublicAccessBlock: {
          ...{ BlockPublicAcls: false, IgnorePublicAcls: false },
          ...{ BlockPublicPolicy: false, RestrictPublicBuckets: false },
        },
      },
    ],
    [
      'DeleteBucketPublicAccessBlock',
      {},
      {
        PublicAccessBlock: {
          ...{ BlockPublicAcls: false, IgnorePublicAcls: false },
          ...{ BlockPublicPolicy: false, RestrictPublicBuckets: false },
        },
      },
    ],
    [
      'PutBucketPolicy',
      { bucketName, bucketPolicy: { Statement: [denial] } },
      { CloudTrailStatements: [], Denials: [denial], OtherStatements: [] },
    ],
    ['DeleteBucketOwnershipControls', {}, { OwnershipControls: 'ObjectWriter' }],
    [
      'DeleteBucketLifecycle',
      {},
      { Lifecycle: { Rules: [], TransitionDefaultMinimumObjectSize: 'all_storage_classes_128K' } },
    ],
    ['DeleteBucketReplication', {}, { Replication: { Role: null, Rules: [] } }],
    ['DeleteBucketEncryption', {}, { Encryption: bucket.Encryption }],
  ])('%s with %j sets what it says', (eventName, parameters, set) => {
    expect(effect(eventName, parameters)).toEqual({ set });
  });

  test('PutBucketVersioning does not show MFA delete', () => {
    expect(
      effect('PutBucketVersioning', { VersioningConfiguration: { Status: 'Suspended' } }),
    ).toEqual({
      set: { Versioning: 'Suspended' },
      indeterminate: ['MfaDelete'],
    });
  });

  test.each([
    ['PutBucketVersioning', ['Versioning', 'MfaDelete']],
    ['PutBucketOwnershipControls', ['OwnershipControls']],
    ['PutBucketAcl', ['Acl']],
    ['PutBucketLifecycle', ['Lifecycle']],
    ['PutBucketObjectLockConfiguration', ['ObjectLock']],
    ['PutBucketReplication', ['Replication']],
    ['PutBucketEncryption', ['Encryption']],
    ['PutBucketRequestPayment', ['RequestPayment']],
    ['PutBucketLogging', ['Logging']],
    ['PutBucketNotification', ['Notifications']],
    ['PutBucketPolicy', ['CloudTrailStatements', 'Denials', 'OtherStatements']],
  ])('%s leaves open what its record does not show', (eventName, indeterminate) => {
    expect(effect(eventName)).toEqual({ set: {}, indeterminate });
    expect(effect(eventName, null)).toEqual({ set: {}, indeterminate });
  });

  test('a policy leaves open what it changes if its record does not name the bucket', () => {
    expect(effect('PutBucketPolicy', { bucketPolicy: { Statement: [denial] } })).toEqual({
      set: {},
      indeterminate: ['CloudTrailStatements', 'Denials', 'OtherStatements'],
    });
  });

  test('every write of trailkeeper is recorded as a call that is checked', () => {
    const recorded = kind.permissions.repair.flatMap(({ actions, recordedAs = [] }) =>
      recordedAs.length > 0
        ? recordedAs
        : actions.flatMap((action) => (action.startsWith('s3:') ? [action.slice(3)] : [])),
    );

    expect(kind.triggers.flatMap(({ eventNames }) => eventNames)).toEqual(
      expect.arrayContaining(recorded),
    );
  });

  test('other calls change nothing', () => {
    expect(effect('PutObject')).toBeNull();
  });

  test.each<[string, string, object, boolean]>([
    ['the bucket is gone', 'Region', { Region: null }, true],
    ['it has another owner', 'Owner', { Owner: 'another account' }, true],
    ['it allows CloudTrail less', 'CloudTrailStatements', { CloudTrailStatements: [] }, true],
    ['it denies more', 'Denials', { Denials: [...(bucket.Denials ?? []), denial] }, true],
    ['it denies less', 'Denials', { Denials: [] }, false],
    ['its requesters pay', 'RequestPayment', { RequestPayment: 'Requester' }, true],
    ['its ownership changed', 'OwnershipControls', { OwnershipControls: 'ObjectWriter' }, true],
    ['its versioning changed', 'Versioning', { Versioning: 'Suspended' }, false],
  ])('events may arrive late if %s', (_why, path, change, isLate) => {
    const found = { path, desired: null, actual: null };
    const loss = kind.historyModel.coverageLoss?.(found, bucket, { ...bucket, ...change });

    expect(loss !== null && loss !== undefined).toBe(isLate);
  });

  // S3 reports the Region to anyone.
  test.each(Object.keys(bucket).filter((field) => field !== 'Region'))(
    'events may arrive late if %s cannot be read only if its impact says that events are lost',
    (path) => {
      const found = { path, desired: null, actual: 'not readable' };
      const seen = { ...bucket, [path]: found.actual };

      const isLate = (kind.historyModel.coverageLoss?.(found, bucket, seen) ?? null) !== null;

      expect(isLate).toBe(kind.impact(found, bucket, seen).losesCoverage);
    },
  );

  test('events do not arrive late if one of two denials is left', () => {
    const both = { ...bucket, Denials: [...(bucket.Denials ?? []), denial] };
    const found = { path: 'Denials', desired: null, actual: null };

    expect(kind.historyModel.coverageLoss?.(found, both, bucket)).toBeNull();
  });
});
