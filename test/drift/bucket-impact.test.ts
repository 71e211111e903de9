import { describe, expect, test } from 'vitest';
import { bucket as kind } from '#drift/dependencies/bucket.ts';
import { alignedRules, configurationSteps } from '#drift/dependencies/bucket-configuration.ts';
import type { Bucket } from '#drift/dependencies/bucket-state.ts';
import { diff, type Json } from '#text/diff.ts';
import { settings, states, trail } from '../support/baseline.ts';
import { impactIn } from '../support/kind-calls.ts';

const bucket = states.bucket as unknown as Bucket;
const open = { Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: '*' };
const denial = { ...open, Effect: 'Deny' };
const blocked = {
  ...{ BlockPublicAcls: true, IgnorePublicAcls: true },
  ...{ BlockPublicPolicy: true, RestrictPublicBuckets: true },
};
const grant = { Grantee: { Type: 'CanonicalUser', ID: 'theirs' }, Permission: 'READ' };
const rule = (more: object) => ({ ID: 'x', Status: 'Enabled', ...more });
const lifecycle = (...more: readonly object[]) => ({
  ...{ ...bucket.Lifecycle, Rules: [...(bucket.Lifecycle?.Rules ?? []), ...more] },
});
const withKey = [
  { ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: 'theirs' } },
];
const [archive] = bucket.Lifecycle?.Rules ?? [];
const replication = { ...bucket.Replication, Rules: [rule({})] };
const disabled = bucket.Replication?.Rules.map((one) => ({ ...one, Status: 'Disabled' }));
const notified = { TopicArn: 'arn:aws:sns:us-east-1:444455556666:theirs', Events: [] };

/** The impact of a bucket that drifted in one field. */
const impactOf = (change: object, before: object = {}) =>
  impactIn(kind, { ...bucket, ...before } as Bucket, change);

describe('the impact of a bucket', () => {
  test.each<[string, object, string, string, object?]>([
    ['that is gone', { Region: null }, 'critical', 'the log bucket'],
    ['in another Region', { Region: 'eu-west-1' }, 'critical', 'is in eu-west-1 and was in'],
    ['of which no one is known to be the owner', { Owner: 'gone' }, 'critical', 'the log bucket'],
    ['of another account', { Owner: 'another account' }, 'critical', 'the log bucket'],
    [
      'that allows CloudTrail less',
      { CloudTrailStatements: [] },
      'high',
      'the policy of the log bucket no longer allows',
    ],
    ['that denies more', { Denials: [denial] }, 'high', 'log files may not be delivered'],
    [
      'that allows more',
      { OtherStatements: [...(bucket.OtherStatements ?? []), open] },
      'high',
      'someone may read, change or delete',
    ],
    ['that allows less', { OtherStatements: [] }, 'medium', 'no longer allows others what it did'],
    [
      'that no longer denies others',
      { OtherStatements: [] },
      'medium',
      'someone may read, change or delete',
      { OtherStatements: [denial] },
    ],
    [
      'that denies others more',
      { OtherStatements: [...(bucket.OtherStatements ?? []), denial] },
      'medium',
      'allows or denies others',
    ],
    [
      'that hides its policy',
      { Denials: 'not readable' },
      'medium',
      'Denials of the log bucket cannot be read: grant the role of trailkeeper s3:GetBucketPolicy',
    ],
    [
      'with Object Ownership',
      { OwnershipControls: 'ObjectWriter' },
      'medium',
      'access control lists apply',
    ],
    [
      'with other ownership',
      { OwnershipControls: 'ObjectWriter' },
      'medium',
      'set it to BucketOwnerPreferred again',
      { OwnershipControls: 'BucketOwnerPreferred' },
    ],
    [
      'that grants more',
      { Acl: { ...bucket.Acl, Grants: [...(bucket.Acl?.Grants ?? []), grant] } },
      'high',
      'gives others what it did not',
    ],
    ['that grants less', { Acl: { ...bucket.Acl, Grants: [] } }, 'medium', 'lacks a grant'],
    [
      'that grants one of two less',
      { Acl: bucket.Acl },
      'medium',
      'lacks a grant',
      { Acl: { ...bucket.Acl, Grants: [...(bucket.Acl?.Grants ?? []), grant] } },
    ],
    [
      'that grants to others instead',
      { Acl: { ...bucket.Acl, Grants: [grant] } },
      'high',
      'gives others what it did not',
    ],
    ['without versioning', { Versioning: 'Suspended' }, 'high', 'enable versioning again'],
    [
      'with versioning',
      { Versioning: 'Enabled' },
      'low',
      'versioning of the log bucket changed and protects the log better',
      { Versioning: 'Off' },
    ],
    [
      'without MFA delete',
      { MfaDelete: 'Disabled' },
      'medium',
      'without MFA',
      { MfaDelete: 'Enabled' },
    ],
    [
      'with MFA delete',
      { MfaDelete: 'Enabled' },
      'low',
      'MFA delete of the log bucket changed and protects',
    ],
    [
      'that does not replicate',
      { Replication: { ...bucket.Replication, Rules: [] } },
      'high',
      'second copy',
    ],
    ['that replicates elsewhere', { Replication: replication }, 'high', 'not captured'],
    [
      'that replicates elsewhere instead',
      { Replication: replication },
      'high',
      'then replicate the missing objects with S3 Batch Replication',
    ],
    [
      'whose replication is disabled',
      { Replication: { ...bucket.Replication, Rules: disabled } },
      'high',
      'the second copy of the log is not kept up to date',
    ],
    [
      'that replicates with another role',
      { Replication: { ...bucket.Replication, Role: 'arn:aws:iam::222233334444:role/other' } },
      'high',
      'the second copy of the log is not kept up to date',
    ],
    [
      'that replicates',
      { Replication: { Role: null, Rules: replication.Rules } },
      'high',
      'delete the replication',
      { Replication: { Role: null, Rules: [] } },
    ],
    [
      'that may replicate later',
      { Replication: { Role: null, Rules: disabled } },
      'high',
      'is not enabled yet',
      { Replication: { Role: null, Rules: [] } },
    ],
    ['with a key of others', { Encryption: withKey }, 'high', 'its owner decides who reads them'],
    [
      'without its key',
      { Encryption: bucket.Encryption },
      'medium',
      'not encrypted as they were',
      { Encryption: withKey },
    ],
    ['whose requesters pay', { RequestPayment: 'Requester' }, 'high', 'let BucketOwner pay again'],
    [
      'whose requests are not logged',
      { Logging: [] },
      'medium',
      'restore its server access logging',
    ],
    [
      'whose requests are logged',
      { Logging: bucket.Logging },
      'medium',
      'disable its server access logging',
      { Logging: [] },
    ],
  ])('%s', (_which, change, severity, says, before) => {
    const { description, ...impact } = impactOf(change, before);

    expect(impact.severity).toBe(severity);
    expect(description).toContain(says);
  });

  test.each<[string, object, string, string, object?]>([
    [
      'public access to objects',
      { BlockPublicAcls: false },
      'high',
      'no longer blocks public access',
    ],
    [
      'public access by policy',
      { BlockPublicPolicy: false },
      'high',
      'no longer blocks public access',
    ],
  ])('that allows %s', (_what, flag, severity, says) => {
    expect(impactOf({ PublicAccessBlock: { ...blocked, ...flag } })).toMatchObject({
      severity,
      description: expect.stringContaining(says),
    });
  });

  test('that blocks public access now is protected better', () => {
    const { severity, description } = impactOf(
      { PublicAccessBlock: blocked },
      { PublicAccessBlock: { ...blocked, BlockPublicAcls: false } },
    );

    expect([severity, description]).toEqual([
      'low',
      expect.stringContaining('Block Public Access of the log bucket changed and protects'),
    ]);
  });

  test.each<[string, object, boolean]>([
    ['after some days', rule({ Expiration: { Days: 1 } }), true],
    ['at a date', rule({ Expiration: { Date: '2026-01-01T00:00:00.000Z' } }), true],
    ['in older versions', rule({ NoncurrentVersionExpiration: { NoncurrentDays: 1 } }), true],
    ['if it were enabled', rule({ Status: 'Disabled', Expiration: { Days: 1 } }), false],
    ['as delete markers', rule({ Expiration: { ExpiredObjectDeleteMarker: true } }), false],
    ['never', rule({ Transitions: [] }), false],
  ])('loses events if a new lifecycle rule deletes objects %s', (_when, added, losesCoverage) => {
    const { severity, ...impact } = impactOf({ Lifecycle: lifecycle(added) });

    expect([severity, impact.losesCoverage]).toEqual([
      losesCoverage ? 'critical' : 'medium',
      losesCoverage,
    ]);
    expect(impact.description).toContain('Restore the rules that were captured');
  });

  test('loses no events by a lifecycle rule that was captured', () => {
    const expiring = rule({ Expiration: { Days: 3650 } });
    const before = { Lifecycle: lifecycle(expiring) };

    const { losesCoverage } = impactOf(
      { Lifecycle: { ...before.Lifecycle, Rules: [expiring] } },
      before,
    );

    expect(losesCoverage).toBe(false);
    expect(archive).toBeDefined();
  });

  test.each<[string, object, string, string]>([
    ['is off', { IsEnabled: false, Rules: [] }, 'high', 'new log files are not locked'],
    ['locks for less', { IsEnabled: true, Rules: [] }, 'high', 'new log files are not locked'],
  ])('whose Object Lock %s', (_how, ObjectLock, severity, says) => {
    const desired = { ...bucket };
    const actual = { ...bucket, ObjectLock } as Bucket;
    for (const found of diff(desired as unknown as Json, actual as unknown as Json)) {
      const impact = kind.impact(found, desired, actual);

      expect([impact.severity, impact.description]).toEqual([
        severity,
        expect.stringContaining(says),
      ]);
    }
  });

  test('that has Object Lock now is protected better', () => {
    const before = { ...bucket, ObjectLock: { IsEnabled: false, Rules: [] } };
    const change = { path: 'ObjectLock.IsEnabled', desired: false, actual: true };

    expect(kind.impact(change, before, bucket)).toMatchObject({
      severity: 'low',
      description: expect.stringContaining('Object Lock of the log bucket changed and protects'),
    });
  });

  test.each<[string, object, string, object?]>([
    ['fewer topics', { TopicConfigurations: [] }, 'high'],
    ['other topics', { TopicConfigurations: [notified] }, 'high'],
    ['more queues', { QueueConfigurations: [notified] }, 'medium'],
    ['no more EventBridge', { EventBridge: false }, 'high'],
    ['EventBridge', { EventBridge: true }, 'medium', { EventBridge: false }],
  ])('that notifies %s', (_whom, change, severity, before = {}) => {
    const Notifications = { ...bucket.Notifications, ...before };
    const { severity: found, description } = impactOf(
      { Notifications: { ...Notifications, ...change } },
      { Notifications },
    );

    expect(found).toBe(severity);
    expect(description).toContain(severity === 'high' ? 'no longer are' : 'others are notified');
  });
});

describe('the configuration of a bucket is restored', () => {
  const target = { Bucket: 'the-logs', ExpectedBucketOwner: '222233334444' };
  const stepsFor = (change: object, before: object = {}) => {
    const desired = { ...bucket, ...before } as Bucket;
    return configurationSteps(desired, { ...desired, ...change } as Bucket, target);
  };

  test.each<[string, object, readonly object[], object?]>([
    [
      'in Block Public Access',
      { PublicAccessBlock: null },
      [
        {
          action: 'PutPublicAccessBlock',
          input: { ...target, PublicAccessBlockConfiguration: blocked },
        },
      ],
    ],
    [
      'in its ownership',
      { OwnershipControls: 'ObjectWriter' },
      [
        {
          action: 'PutBucketOwnershipControls',
          input: {
            ...target,
            OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
          },
        },
      ],
    ],
    [
      'in its versioning',
      { Versioning: 'Suspended' },
      [
        {
          action: 'PutBucketVersioning',
          input: { ...target, VersioningConfiguration: { Status: 'Enabled' } },
        },
      ],
    ],
    ['but not to less versioning', { Versioning: 'Enabled' }, [], { Versioning: 'Suspended' }],
    [
      'in its lifecycle rules',
      { Lifecycle: lifecycle(rule({})) },
      [
        {
          action: 'PutBucketLifecycleConfiguration',
          input: {
            ...target,
            TransitionDefaultMinimumObjectSize: 'all_storage_classes_128K',
            LifecycleConfiguration: { Rules: bucket.Lifecycle?.Rules },
          },
        },
      ],
    ],
    [
      'to no lifecycle rules',
      { Lifecycle: lifecycle(rule({})) },
      [{ action: 'DeleteBucketLifecycle', input: target }],
      { Lifecycle: { ...bucket.Lifecycle, Rules: [] } },
    ],
    [
      'in its Object Lock',
      { ObjectLock: { IsEnabled: true, Rules: [] } },
      [
        {
          action: 'PutObjectLockConfiguration',
          input: {
            ...target,
            ObjectLockConfiguration: {
              ObjectLockEnabled: 'Enabled',
              Rule: bucket.ObjectLock?.Rules[0],
            },
          },
        },
      ],
    ],
    [
      'in an Object Lock without a default',
      { ObjectLock: { IsEnabled: false, Rules: [] } },
      [
        {
          action: 'PutObjectLockConfiguration',
          input: { ...target, ObjectLockConfiguration: { ObjectLockEnabled: 'Enabled' } },
        },
      ],
      { ObjectLock: { IsEnabled: true, Rules: [] } },
    ],
    [
      'but not to no Object Lock',
      { ObjectLock: { IsEnabled: true, Rules: [] } },
      [],
      { ObjectLock: { IsEnabled: false, Rules: [] } },
    ],
    [
      'in its replication',
      { Replication: replication },
      [
        {
          action: 'PutBucketReplication',
          input: { ...target, ReplicationConfiguration: bucket.Replication },
        },
      ],
    ],
    [
      'to no replication',
      { Replication: replication },
      [{ action: 'DeleteBucketReplication', input: target }],
      { Replication: { Role: null, Rules: [] } },
    ],
    [
      'in versioning before its replication',
      { Replication: { Role: null, Rules: [] }, Versioning: 'Suspended' },
      [
        expect.objectContaining({ action: 'PutBucketVersioning' }),
        expect.objectContaining({ action: 'PutBucketReplication' }),
      ],
    ],
    [
      'in its logging',
      { Logging: [] },
      [
        {
          action: 'PutBucketLogging',
          input: { ...target, BucketLoggingStatus: { LoggingEnabled: bucket.Logging?.[0] } },
        },
      ],
    ],
    [
      'to no logging',
      { Logging: bucket.Logging },
      [{ action: 'PutBucketLogging', input: { ...target, BucketLoggingStatus: {} } }],
      { Logging: [] },
    ],
    [
      'in whom it notifies',
      { Notifications: null },
      [
        {
          action: 'PutBucketNotificationConfiguration',
          input: {
            ...target,
            SkipDestinationValidation: true,
            NotificationConfiguration: {
              TopicConfigurations: bucket.Notifications?.TopicConfigurations,
              QueueConfigurations: [],
              LambdaFunctionConfigurations: [],
              EventBridgeConfiguration: {},
            },
          },
        },
      ],
    ],
    [
      'without EventBridge if it did not notify that',
      { Notifications: bucket.Notifications },
      [
        {
          action: 'PutBucketNotificationConfiguration',
          input: {
            ...target,
            SkipDestinationValidation: true,
            NotificationConfiguration: {
              TopicConfigurations: bucket.Notifications?.TopicConfigurations,
              QueueConfigurations: [],
              LambdaFunctionConfigurations: [],
            },
          },
        },
      ],
      { Notifications: { ...bucket.Notifications, EventBridge: false } },
    ],
    ['but not if it was not reported', { Versioning: undefined }, []],
    ['but not if it is not readable', { Versioning: 'not readable' }, []],
    ['but not if it is not protected', { Versioning: 'Suspended' }, [], { Versioning: null }],
  ])('%s', (_what, change, steps, before) => {
    expect(stepsFor(change, before)).toEqual(steps);
  });

  test('with the access control list before it is disabled, and after it is enabled', () => {
    const change = { Acl: { ...bucket.Acl, Grants: [] }, OwnershipControls: 'ObjectWriter' };
    const order = (before: object) => stepsFor(change, before).map(({ action }) => action);

    expect(order({})).toEqual(['PutBucketAcl', 'PutBucketOwnershipControls']);
    expect(order({ OwnershipControls: 'BucketOwnerPreferred' })).toEqual([
      'PutBucketOwnershipControls',
      'PutBucketAcl',
    ]);
  });
});

describe('the rules of a bucket', () => {
  const [captured] = bucket.Lifecycle?.Rules ?? [];
  const other = rule({ ID: 'other', Prefix: 'a/' });

  test.each<[string, object, object]>([
    ['another ID', { ID: 'a' }, { ID: 'b' }],
    ['another Id', { Id: 'a' }, { Id: 'b' }],
    ['an older form of the prefix', { Filter: { Prefix: 'a/' } }, { Prefix: 'a/' }],
    ['no prefix', { Filter: { Prefix: '' } }, {}],
    ['events in another order', { Events: ['a', 'b'] }, { Events: ['b', 'a'] }],
  ])('are those of the baseline with %s', (_what, one, found) => {
    expect(alignedRules([rule(found)], [rule(one)])).toEqual([rule(one)]);
  });

  test.each<[string, object, object]>([
    ['another prefix', { Prefix: 'a/' }, { Prefix: 'b/' }],
    ['another filter', { Filter: { Prefix: 'a/' } }, { Filter: { Prefix: 'a/', Tag: 'x' } }],
    ['other events', { Events: ['a'] }, { Events: ['a', 'b'] }],
    ['another status', {}, { Status: 'Disabled' }],
  ])('are others with %s', (_what, one, found) => {
    expect(alignedRules([rule(found)], [rule(one)])).toEqual([rule(found)]);
  });

  test('have the order of the baseline, and then one that does not depend on that of S3', () => {
    const rules = ['z/', 'a/', 'm/'].map((Prefix) => rule({ Prefix }));
    const aligned = alignedRules([other, ...rules], captured && [captured, other]);

    expect(aligned[0]).toEqual(other);
    expect(aligned).toHaveLength(4 - 1);
    expect(alignedRules([...rules.toReversed(), other], captured && [captured, other])).toEqual(
      aligned,
    );
    expect(alignedRules(rules.slice(0, 1))).toEqual(rules.slice(0, 1));
  });
});

describe('the repair of a bucket', () => {
  const target = { Bucket: settings.S3BucketName, ExpectedBucketOwner: bucket.Owner };
  const steps = (change: object, before: object = {}) =>
    kind.repair({ ...bucket, ...before }, { ...bucket, ...before, ...change }, trail, states);

  test('writes nothing to a bucket of someone else', () => {
    expect(steps({ Owner: '999988887777', Versioning: 'Suspended' })).toEqual([]);
    expect(steps({ Versioning: 'Suspended' }, { Owner: null })).toEqual([]);
    expect(steps({ Versioning: 'Suspended' })).toHaveLength(1);
  });

  test('restores its policy in one step, unless it cannot be read', () => {
    const remove = [denial];
    expect(steps({ Denials: [...(bucket.Denials ?? []), denial] })).toEqual([
      { action: 'PutBucketPolicy', input: { ...target, put: [], remove } },
    ]);
    expect(steps({ Denials: 'not readable' })).toEqual([]);
  });

  test('creates it again only where it was', () => {
    expect(steps({ Region: null }).map(({ action }) => action)).toEqual(['CreateBucket']);
    expect(steps({}, { Region: null })).toEqual([]);
  });

  test('creates it again with the statements of its policy that are protected', () => {
    const { CloudTrailStatements, Denials, OtherStatements } = states.bucket;
    const putIn = (before: object) => steps({ Region: null }, before).map(({ input }) => input.put);

    expect(putIn({})).toEqual([[...CloudTrailStatements, ...Denials, ...OtherStatements]]);
    expect(putIn({ Denials: null })).toEqual([[...CloudTrailStatements, ...OtherStatements]]);
  });

  test('has no part without what lets everyone in if that was not added', () => {
    const input = { ...target, put: [open], remove: [] };
    const message = 'the BlockPublicPolicy setting';
    const refusal = { error: 'AccessDenied', message, changes: [] };

    expect(kind.decompose?.({ action: 'PutBucketPolicy', input } as never, refusal, trail)).toEqual(
      [],
    );
  });

  test.each<[string, object, string, readonly object[]]>([
    ['has no parts if it was denied', {}, 'AccessDenied', []],
    [
      'has a part for each statement',
      {},
      'MalformedPolicy',
      [open, denial].map((one) => ({ put: [one], remove: [] })),
    ],
    [
      'is sent without what lets everyone in',
      { message: 'the BlockPublicPolicy setting' },
      'AccessDenied',
      [{ put: [open, denial], remove: [open] }],
    ],
  ])('by a policy that S3 refused %s', (_how, more, error, parts) => {
    const step = {
      action: 'PutBucketPolicy',
      input: { ...target, put: [open, denial], remove: [] },
    };
    const changes = [{ path: 'OtherStatements', desired: [], actual: [open] }];

    expect(kind.decompose?.(step as never, { error, changes, ...more }, trail)).toEqual(
      parts.map((edit) => ({ action: 'PutBucketPolicy', input: { ...target, ...edit } })),
    );
    const versioning = { ...step, action: 'PutBucketVersioning' };
    expect(kind.decompose?.(versioning as never, { error, changes, ...more }, trail)).toEqual([]);
  });
});
