import { describe, expect, test } from 'vitest';
import { context, newName, ownBucket, s3 } from './fixtures.ts';
import { refusal } from './refusal.ts';

// [M] Amazon S3 API reference; [D] Amazon S3 user guide.

const expired = { ID: 'soon', Status: 'Enabled', Filter: { Prefix: '' }, Expiration: { Days: 1 } };

describe('a new bucket', () => {
  test('blocks public access, has no ACLs and is encrypted [D: create-bucket-faq, default-encryption-faq]', async () => {
    const Bucket = await ownBucket({ bare: true });

    const { PublicAccessBlockConfiguration } = await s3.getPublicAccessBlock({ Bucket });
    const { OwnershipControls } = await s3.getBucketOwnershipControls({ Bucket });
    const { ServerSideEncryptionConfiguration } = await s3.getBucketEncryption({ Bucket });

    expect(PublicAccessBlockConfiguration).toEqual(settings(true));
    expect(OwnershipControls?.Rules).toEqual([{ ObjectOwnership: 'BucketOwnerEnforced' }]);
    expect(ServerSideEncryptionConfiguration?.Rules).toMatchObject([
      { ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } },
    ]);
  });

  test('has no versioning, and nothing else is configured [M: the errors]', async () => {
    const Bucket = await ownBucket({ bare: true });

    expect((await s3.getBucketVersioning({ Bucket })).Status).toBeUndefined();
    expect((await s3.getBucketRequestPayment({ Bucket })).Payer).toBe('BucketOwner');
    await refusal(s3.getBucketPolicy({ Bucket }), 'NoSuchBucketPolicy');
    await refusal(s3.getBucketLifecycleConfiguration({ Bucket }), 'NoSuchLifecycleConfiguration');
    await refusal(
      s3.getObjectLockConfiguration({ Bucket }),
      'ObjectLockConfigurationNotFoundError',
    );
    await refusal(s3.getBucketReplication({ Bucket }), 'ReplicationConfigurationNotFoundError');
  });

  test('gives its owner full control and no one else anything [D: acl-overview]', async () => {
    const Bucket = await ownBucket({ bare: true });

    const { Owner, Grants = [] } = await s3.getBucketAcl({ Bucket });

    expect(Grants).toMatchObject([
      { Grantee: { Type: 'CanonicalUser', ID: Owner?.ID }, Permission: 'FULL_CONTROL' },
    ]);
  });
});

describe('the configuration of a bucket [M]', () => {
  test('its lifecycle is returned as it was put, until it is deleted', async () => {
    const Bucket = await ownBucket({ bare: true });
    const kept = { ...expired, ID: 'later', Status: 'Disabled', Expiration: { Days: 3650 } };

    await s3.putBucketLifecycleConfiguration(lifecycle(Bucket, expired, kept));
    const { Rules } = await s3.getBucketLifecycleConfiguration({ Bucket });
    await s3.deleteBucketLifecycle({ Bucket });

    expect(Rules).toEqual([expired, kept]);
    await refusal(s3.getBucketLifecycleConfiguration({ Bucket }), 'NoSuchLifecycleConfiguration');
  });

  test('a lifecycle rule without an ID is given one [M: LifecycleRule, ID]', async () => {
    const Bucket = await ownBucket({ bare: true });
    const { ID: _, ...rule } = expired;

    await s3.putBucketLifecycleConfiguration(lifecycle(Bucket, rule));

    const { Rules } = await s3.getBucketLifecycleConfiguration({ Bucket });
    expect(Rules).toEqual([{ ...rule, ID: expect.stringMatching(/./) }]);
  });

  test('a lifecycle with two rules of one ID is refused [M: LifecycleRule, ID "unique"; U: the error]', async () => {
    const Bucket = await ownBucket({ bare: true });

    await refusal(
      s3.putBucketLifecycleConfiguration(lifecycle(Bucket, expired, expired)),
      'InvalidArgument',
    );
  });

  test('its Block Public Access settings are off if they are left out', async () => {
    const Bucket = await ownBucket({ bare: true });
    const PublicAccessBlockConfiguration = { BlockPublicAcls: true };

    await s3.putPublicAccessBlock({ Bucket, PublicAccessBlockConfiguration });
    const put = await s3.getPublicAccessBlock({ Bucket });
    await s3.deletePublicAccessBlock({ Bucket });

    expect(put.PublicAccessBlockConfiguration).toEqual({
      ...settings(false),
      BlockPublicAcls: true,
    });
    await refusal(s3.getPublicAccessBlock({ Bucket }), 'NoSuchPublicAccessBlockConfiguration');
  });

  test('its Object Ownership can be changed and deleted', async () => {
    const Bucket = await ownBucket({ bare: true });
    const Rules = [{ ObjectOwnership: 'ObjectWriter' as const }];

    await s3.putBucketOwnershipControls({ Bucket, OwnershipControls: { Rules } });
    const put = await s3.getBucketOwnershipControls({ Bucket });
    await s3.deleteBucketOwnershipControls({ Bucket });

    expect(put.OwnershipControls?.Rules).toEqual(Rules);
    await refusal(s3.getBucketOwnershipControls({ Bucket }), 'OwnershipControlsNotFoundError');
  });

  test('its versioning is enabled and suspended', async () => {
    const Bucket = await ownBucket({ bare: true });

    await version(Bucket);
    const enabled = await s3.getBucketVersioning({ Bucket });
    await version(Bucket, 'Suspended');

    expect(enabled.Status).toBe('Enabled');
    expect((await s3.getBucketVersioning({ Bucket })).Status).toBe('Suspended');
  });

  test('its encryption is SSE-S3 again after it was deleted [M: DeleteBucketEncryption]', async () => {
    const Bucket = await ownBucket({ bare: true });
    const Rules = [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms' as const } }];

    await s3.putBucketEncryption({ Bucket, ServerSideEncryptionConfiguration: { Rules } });
    const put = await s3.getBucketEncryption({ Bucket });
    await s3.deleteBucketEncryption({ Bucket });
    const deleted = await s3.getBucketEncryption({ Bucket });

    const algorithm = ({ ServerSideEncryptionConfiguration: found }: typeof put) =>
      found?.Rules?.[0]?.ApplyServerSideEncryptionByDefault?.SSEAlgorithm;
    expect([put, deleted].map(algorithm)).toEqual(['aws:kms', 'AES256']);
  });

  test('an ACL for others is refused while ACLs are disabled [D: about-object-ownership]', async () => {
    const Bucket = await ownBucket({ bare: true });

    await refusal(s3.putBucketAcl({ Bucket, ACL: 'public-read' }), 'AccessControlListNotSupported');
  });
});

describe('the access control list of a bucket', () => {
  const enforced = { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' as const }] };
  const everyone = {
    Type: 'Group' as const,
    URI: 'http://acs.amazonaws.com/groups/global/AllUsers',
  };

  /** A bucket whose list lets everyone read it, and the list. */
  async function publicBucket() {
    const Bucket = await ownBucket({ bare: true });
    await s3.deletePublicAccessBlock({ Bucket });
    await s3.deleteBucketOwnershipControls({ Bucket });
    const { Owner, Grants = [] } = await s3.getBucketAcl({ Bucket });
    const AccessControlPolicy = {
      Owner: { ID: Owner?.ID },
      Grants: [...Grants, { Grantee: everyone, Permission: 'READ' as const }],
    };
    await s3.putBucketAcl({ Bucket, AccessControlPolicy });
    return { Bucket, AccessControlPolicy, before: { Owner: { ID: Owner?.ID }, Grants } };
  }

  test('is returned as it was put [M]', async () => {
    const { Bucket } = await publicBucket();

    const { Grants } = await s3.getBucketAcl({ Bucket });

    expect(Grants).toContainEqual({ Grantee: everyone, Permission: 'READ' });
  });

  test('cannot be public while public lists are blocked [D: access-control-block-public-access]', async () => {
    const { Bucket, AccessControlPolicy } = await publicBucket();
    const PublicAccessBlockConfiguration = { BlockPublicAcls: true };
    await s3.putPublicAccessBlock({ Bucket, PublicAccessBlockConfiguration });

    await refusal(s3.putBucketAcl({ Bucket, AccessControlPolicy }), 'AccessDenied');
  });

  test('must grant nothing to others before it is disabled [D: object-ownership-error-responses]', async () => {
    const { Bucket, before } = await publicBucket();
    const disable = () => s3.putBucketOwnershipControls({ Bucket, OwnershipControls: enforced });

    await refusal(disable(), 'InvalidBucketAclWithObjectOwnership');
    await s3.putBucketAcl({ Bucket, AccessControlPolicy: before });
    await disable();

    expect((await s3.getBucketAcl({ Bucket })).Grants).toEqual(before.Grants);
  });
});

describe('the requests to a bucket [M: PutBucketLogging]', () => {
  test('are logged to a bucket of the account until logging is disabled', async () => {
    const Bucket = await ownBucket({ bare: true });
    const LoggingEnabled = { TargetBucket: await ownBucket({ bare: true }), TargetPrefix: 'a/' };

    await s3.putBucketLogging({ Bucket, BucketLoggingStatus: { LoggingEnabled } });
    const enabled = await s3.getBucketLogging({ Bucket });
    await s3.putBucketLogging({ Bucket, BucketLoggingStatus: {} });
    const disabled = await s3.getBucketLogging({ Bucket });

    expect(enabled.LoggingEnabled).toMatchObject(LoggingEnabled);
    expect(disabled.LoggingEnabled).toBeUndefined();
  });

  test('are not logged to a bucket that does not exist', async () => {
    const Bucket = await ownBucket({ bare: true });
    const LoggingEnabled = { TargetBucket: newName(), TargetPrefix: '' };

    await refusal(
      s3.putBucketLogging({ Bucket, BucketLoggingStatus: { LoggingEnabled } }),
      'InvalidTargetBucketForLogging',
    );
  });
});

describe('the notifications of a bucket [M: PutBucketNotificationConfiguration]', () => {
  test('go to EventBridge until they are replaced by none', async () => {
    const Bucket = await ownBucket({ bare: true });
    const put = (NotificationConfiguration: object) =>
      s3.putBucketNotificationConfiguration({ Bucket, NotificationConfiguration });

    await put({ EventBridgeConfiguration: {} });
    const on = await s3.getBucketNotificationConfiguration({ Bucket });
    await put({});
    const off = await s3.getBucketNotificationConfiguration({ Bucket });

    expect(on.EventBridgeConfiguration).toBeDefined();
    expect(off.EventBridgeConfiguration).toBeUndefined();
  });

  test('are sent to a destination that does not exist only if that is not checked', async () => {
    const Bucket = await ownBucket({ bare: true });
    const { region, accountId } = context;
    const gone = {
      TopicArn: `arn:aws:sns:${region}:${accountId}:${newName()}`,
      Events: ['s3:ObjectCreated:*' as const],
    };
    const put = { Bucket, NotificationConfiguration: { TopicConfigurations: [gone] } };

    await refusal(s3.putBucketNotificationConfiguration(put), 'InvalidArgument');
    await s3.putBucketNotificationConfiguration({ ...put, SkipDestinationValidation: true });

    const { TopicConfigurations } = await s3.getBucketNotificationConfiguration({ Bucket });
    expect(TopicConfigurations).toEqual([{ ...gone, Id: expect.stringMatching(/./) }]);
  });
});

describe('versioning is needed [D]', () => {
  test('for Object Lock, and cannot be suspended afterwards [D: object-lock-managing]', async () => {
    const Bucket = await ownBucket({ bare: true });
    const lock = () =>
      s3.putObjectLockConfiguration({
        Bucket,
        ObjectLockConfiguration: {
          ObjectLockEnabled: 'Enabled',
          Rule: { DefaultRetention: { Mode: 'GOVERNANCE', Days: 1 } },
        },
      });

    await refusal(lock(), 'InvalidBucketState');
    await version(Bucket);
    await lock();

    const { ObjectLockConfiguration } = await s3.getObjectLockConfiguration({ Bucket });
    expect(ObjectLockConfiguration?.Rule?.DefaultRetention).toEqual({
      Mode: 'GOVERNANCE',
      Days: 1,
    });
    await refusal(version(Bucket, 'Suspended'), 'InvalidBucketState');
  });

  test('for replication, in both buckets [D: replication-requirements; I: nozaq/terraform-aws-remote-state-s3-backend#107]', async () => {
    const Bucket = await ownBucket({ bare: true });
    const copy = await ownBucket({ bare: true });
    const replicate = () => s3.putBucketReplication(replication(Bucket, copy));

    await refusal(replicate(), 'InvalidRequest');
    await version(Bucket);
    const { message } = await refusal(replicate(), 'InvalidRequest');

    expect(message).toContain('Destination bucket must have versioning enabled');
  });

  test('as long as there is replication, which is put and deleted as a whole [D: replication-requirements; I: localstack/localstack#11768; U: the role need not exist]', async () => {
    const [Bucket, copy] = [await ownBucket({ bare: true }), await ownBucket({ bare: true })];
    await Promise.all([version(Bucket), version(copy)]);
    const put = replication(Bucket, copy);
    await s3.putBucketReplication(put);

    const { ReplicationConfiguration } = await s3.getBucketReplication({ Bucket });
    await refusal(version(Bucket, 'Suspended'), 'InvalidBucketState');
    await s3.deleteBucketReplication({ Bucket });
    await version(Bucket, 'Suspended');

    expect(ReplicationConfiguration).toMatchObject(put.ReplicationConfiguration);
    await refusal(s3.getBucketReplication({ Bucket }), 'ReplicationConfigurationNotFoundError');
  });
});

describe('a rule of replication', () => {
  test('has what its version of the schema has [D: PutBucketReplication; I: rust-lang/simpleinfra#468, alphagov/govuk-infrastructure#4834; U: the role need not exist]', async () => {
    const [Bucket, copy] = [await ownBucket({ bare: true }), await ownBucket({ bare: true })];
    await Promise.all([version(Bucket), version(copy)]);
    const { ReplicationConfiguration } = replication(Bucket, copy);
    const put = (change: object) =>
      s3.putBucketReplication({
        Bucket,
        ReplicationConfiguration: {
          ...ReplicationConfiguration,
          Rules: ReplicationConfiguration.Rules.map((rule) => ({ ...rule, ...change })),
        },
      });
    const ofFirstVersion = { Prefix: '', Filter: undefined, Priority: undefined };

    await refusal(put({ DeleteMarkerReplication: undefined }), 'InvalidRequest');
    await refusal(put({ Priority: undefined }), 'InvalidRequest');
    await refusal(put(ofFirstVersion), 'InvalidRequest');
    await put({ ...ofFirstVersion, DeleteMarkerReplication: undefined });
    await put({});
  });
});

describe('a call with the account that owns the bucket [D: bucket-owner-condition]', () => {
  test('is answered if it is right and denied if it is wrong, whatever it does', async () => {
    const Bucket = await ownBucket();
    const calls = (ExpectedBucketOwner: string) => [
      s3.getBucketPolicy({ Bucket, ExpectedBucketOwner }),
      s3.putBucketLifecycleConfiguration({ ...lifecycle(Bucket, expired), ExpectedBucketOwner }),
      s3.deleteBucketLifecycle({ Bucket, ExpectedBucketOwner }),
      s3.getPublicAccessBlock({ Bucket, ExpectedBucketOwner }),
      s3.getBucketAcl({ Bucket, ExpectedBucketOwner }),
    ];

    await Promise.all(calls('000000000000').map((call) => refusal(call, 'AccessDenied')));

    await Promise.all(calls(context.accountId));
  });
});

describe('a bucket policy', () => {
  const allow = (Bucket: string, member: object) => ({
    Effect: 'Allow',
    Principal: { Service: 'cloudtrail.amazonaws.com' },
    Action: 's3:PutObject',
    Resource: `arn:aws:s3:::${Bucket}/*`,
    ...member,
  });
  const put = (Bucket: string, ...Statement: readonly object[]) =>
    s3.putBucketPolicy({ Bucket, Policy: JSON.stringify({ Version: '2012-10-17', Statement }) });

  test('is refused if a statement is for another bucket, or has no principal [D: bucket-policies; U: the error]', async () => {
    const Bucket = await ownBucket({ bare: true });

    await refusal(put(Bucket, allow(newName(), {})), 'MalformedPolicy');
    await refusal(put(Bucket, allow(Bucket, { Principal: undefined })), 'MalformedPolicy');
  });

  test('is refused if a condition has an operator that does not exist, and may limit addresses [D: reference_policies_elements_condition_operators; U: the error]', async () => {
    const Bucket = await ownBucket({ bare: true });
    const limited = (Condition: object) =>
      put(Bucket, allow(Bucket, { Effect: 'Deny', Action: 's3:DeleteObject', Condition }));

    await refusal(limited({ IpNotAddress: { 'aws:SourceIp': '192.0.2.0/24' } }), 'MalformedPolicy');
    await limited({
      NotIpAddress: { 'aws:SourceIp': '192.0.2.0/24' },
      DateGreaterThan: { 'aws:CurrentTime': '2026-01-01T00:00:00Z' },
      NumericLessThan: { 's3:TlsVersion': '1.2' },
    });
  });

  test('for everyone is refused while public policies are blocked [D: troubleshoot-403-errors]', async () => {
    const Bucket = await ownBucket({ bare: true });
    const everyone = allow(Bucket, { Principal: '*', Action: 's3:GetObject' });
    const limited = { StringEquals: { 'aws:SourceAccount': context.accountId } };

    const { message } = await refusal(put(Bucket, everyone), 'AccessDenied');
    await put(Bucket, { ...everyone, Condition: limited });
    await s3.deletePublicAccessBlock({ Bucket });
    await put(Bucket, everyone);

    expect(message).toContain('BlockPublicPolicy');
  });

  test('can have 20 KB without blanks [I: MIT-LCP/physionet-build#2094; U: the error]', async () => {
    const Bucket = await ownBucket({ bare: true });
    const filled = (letters: number) => allow(Bucket, { Sid: 'x'.repeat(letters) });

    await put(Bucket, filled(20_000));

    await refusal(put(Bucket, filled(20_480)), 'MalformedPolicy');
  });
});

const settings = (on: boolean) => ({
  BlockPublicAcls: on,
  IgnorePublicAcls: on,
  BlockPublicPolicy: on,
  RestrictPublicBuckets: on,
});

const lifecycle = (Bucket: string, ...rules: readonly object[]) => ({
  Bucket,
  LifecycleConfiguration: { Rules: rules as (typeof expired & { Status: 'Enabled' })[] },
});

const version = (Bucket: string, Status: 'Enabled' | 'Suspended' = 'Enabled') =>
  s3.putBucketVersioning({ Bucket, VersioningConfiguration: { Status } });

const replication = (Bucket: string, copy: string) => ({
  Bucket,
  ReplicationConfiguration: {
    Role: `arn:aws:iam::${context.accountId}:role/${newName()}`,
    Rules: [
      {
        Status: 'Enabled' as const,
        Priority: 1,
        Filter: { Prefix: '' },
        DeleteMarkerReplication: { Status: 'Disabled' as const },
        Destination: { Bucket: `arn:aws:s3:::${copy}` },
      },
    ],
  },
});
