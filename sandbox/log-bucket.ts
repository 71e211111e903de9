import {
  type BucketVersioningStatus,
  CreateBucketCommand,
  GetBucketPolicyCommand,
  type ObjectOwnership,
  PutBucketEncryptionCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketLoggingCommand,
  PutBucketNotificationConfigurationCommand,
  PutBucketOwnershipControlsCommand,
  PutBucketPolicyCommand,
  PutBucketReplicationCommand,
  PutBucketVersioningCommand,
  PutObjectLockConfigurationCommand,
  PutPublicAccessBlockCommand,
  type S3Client,
  type ServerSideEncryptionRule,
} from '@aws-sdk/client-s3';
import { topicArn } from './seed.ts';

/** Configures a bucket as a careful owner does. Object Lock is left out, because versioning could not be suspended then. */
export async function protectBucket(s3: S3Client, Bucket: string): Promise<void> {
  await s3.send(
    new PutPublicAccessBlockCommand({
      Bucket,
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        IgnorePublicAcls: true,
        BlockPublicPolicy: true,
        RestrictPublicBuckets: true,
      },
    }),
  );
  await s3.send(ownObjects(Bucket, 'BucketOwnerEnforced'));
  await s3.send(setVersioning(Bucket, 'Enabled'));
  await s3.send(expire(Bucket, 3650));
  const key = 'arn:aws:kms:us-east-1:222233334444:key/1f0e5c1a';
  await s3.send(encryptWith(Bucket, key, { BucketKeyEnabled: true }));
  await s3.send(new CreateBucketCommand({ Bucket: `${Bucket}-requests` }));
  await s3.send(logRequests(Bucket, `${Bucket}-requests`));
  await s3.send(
    new PutBucketNotificationConfigurationCommand({
      Bucket,
      NotificationConfiguration: {
        TopicConfigurations: [{ TopicArn: topicArn, Events: ['s3:ObjectCreated:*'] }],
        EventBridgeConfiguration: {},
      },
    }),
  );
}

/** Logs the requests to a bucket in another one. */
export const logRequests = (Bucket: string, TargetBucket: string) =>
  new PutBucketLoggingCommand({
    Bucket,
    BucketLoggingStatus: { LoggingEnabled: { TargetBucket, TargetPrefix: '' } },
  });

export const ownObjects = (Bucket: string, ObjectOwnership: ObjectOwnership) =>
  new PutBucketOwnershipControlsCommand({
    Bucket,
    OwnershipControls: { Rules: [{ ObjectOwnership }] },
  });

export const setVersioning = (Bucket: string, Status: BucketVersioningStatus) =>
  new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status } });

/** Lets objects expire after a number of days. */
export const expire = (Bucket: string, Days: number) =>
  new PutBucketLifecycleConfigurationCommand({
    Bucket,
    LifecycleConfiguration: {
      Rules: [{ ID: 'expire', Status: 'Enabled', Filter: { Prefix: '' }, Expiration: { Days } }],
    },
  });

export const encryptWith = (
  Bucket: string,
  KMSMasterKeyID: string,
  rule: ServerSideEncryptionRule = {},
) =>
  new PutBucketEncryptionCommand({
    Bucket,
    ServerSideEncryptionConfiguration: {
      Rules: [
        {
          ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID },
          ...rule,
        },
      ],
    },
  });

/** Replicates new objects to another bucket with versioning, with a role. */
export const replicateTo = (s3: S3Client, Bucket: string, destination: string, Role: string) =>
  s3.send(
    new PutBucketReplicationCommand({
      Bucket,
      ReplicationConfiguration: {
        Role,
        Rules: [
          {
            Status: 'Enabled',
            Priority: 1,
            Filter: { Prefix: '' },
            DeleteMarkerReplication: { Status: 'Disabled' },
            Destination: { Bucket: `arn:aws:s3:::${destination}` },
          },
        ],
      },
    }),
  );

/** Locks the objects of a bucket with versioning for a number of days. */
export const lockObjects = (s3: S3Client, Bucket: string, Days: number) =>
  s3.send(
    new PutObjectLockConfigurationCommand({
      Bucket,
      ObjectLockConfiguration: {
        ObjectLockEnabled: 'Enabled',
        Rule: { DefaultRetention: { Mode: 'GOVERNANCE', Days } },
      },
    }),
  );

type Statements = readonly Readonly<Record<string, unknown>>[];

/** The statements of the bucket's policy. */
export async function statementsOf(s3: S3Client, Bucket: string): Promise<Statements> {
  const { Policy = '{}' } = await s3.send(new GetBucketPolicyCommand({ Bucket }));
  return JSON.parse(Policy).Statement;
}

/** Replaces the statements of the bucket's policy. */
export async function editPolicy(
  s3: S3Client,
  Bucket: string,
  edit: (statements: Statements) => Statements,
): Promise<void> {
  const Statement = edit(await statementsOf(s3, Bucket));
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement });
  await s3.send(new PutBucketPolicyCommand({ Bucket, Policy }));
}
