import {
  DeleteBucketEncryptionCommand,
  DeleteBucketLifecycleCommand,
  DeleteBucketOwnershipControlsCommand,
  DeleteBucketPolicyCommand,
  DeletePublicAccessBlockCommand,
  GetBucketEncryptionCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketOwnershipControlsCommand,
  GetBucketPolicyCommand,
  GetBucketReplicationCommand,
  GetBucketRequestPaymentCommand,
  GetBucketVersioningCommand,
  GetObjectLockConfigurationCommand,
  GetPublicAccessBlockCommand,
  PutBucketEncryptionCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketOwnershipControlsCommand,
  PutBucketPolicyCommand,
  PutBucketRequestPaymentCommand,
  PutBucketVersioningCommand,
  PutObjectLockConfigurationCommand,
  PutPublicAccessBlockCommand,
  type S3Client,
} from '@aws-sdk/client-s3';

/** A change that weakens a log bucket, and the fields of the drift kind that show it. */
export type BucketAttack = {
  /** The threat's number, with a letter if the threat has several forms. */
  readonly id: string;
  readonly title: string;
  readonly fields: readonly string[];
  readonly call: (s3: S3Client, Bucket: string) => Promise<unknown>;
};

/** The attacks that are undone completely. The bucket is one that `protect` configured. */
export const bucketAttacks: readonly BucketAttack[] = [
  {
    id: 'B1a',
    title: 'removes a statement of CloudTrail',
    fields: ['CloudTrailStatements'],
    call: (s3, Bucket) => editPolicy(s3, Bucket, (all) => all.slice(1)),
  },
  {
    id: 'B1b',
    title: 'denies CloudTrail to write',
    fields: ['Denials'],
    call: (s3, Bucket) =>
      editPolicy(s3, Bucket, (all) => [
        ...all,
        {
          Effect: 'Deny',
          Principal: '*',
          Action: 's3:PutObject',
          Resource: `arn:aws:s3:::${Bucket}/*`,
        },
      ]),
  },
  {
    id: 'B1c',
    title: 'restricts CloudTrail to another trail',
    fields: ['CloudTrailStatements', 'OtherStatements'],
    call: (s3, Bucket) =>
      editPolicy(s3, Bucket, (all) =>
        all.map((one) => ({
          ...one,
          Condition: {
            StringEquals: { 'aws:SourceArn': 'arn:aws:cloudtrail:us-east-1:1:trail/x' },
          },
        })),
      ),
  },
  {
    id: 'B1d',
    title: 'deletes the policy',
    fields: ['CloudTrailStatements', 'OtherStatements'],
    call: (s3, Bucket) => s3.send(new DeleteBucketPolicyCommand({ Bucket })),
  },
  {
    id: 'B8a',
    title: 'no longer blocks public access',
    fields: ['PublicAccessBlock'],
    call: (s3, Bucket) => s3.send(new DeletePublicAccessBlockCommand({ Bucket })),
  },
  {
    id: 'B8b',
    title: 'allows public policies',
    fields: ['PublicAccessBlock'],
    call: (s3, Bucket) =>
      s3.send(
        new PutPublicAccessBlockCommand({
          Bucket,
          PublicAccessBlockConfiguration: { BlockPublicAcls: true, IgnorePublicAcls: true },
        }),
      ),
  },
  {
    id: 'B9a',
    title: 'lets access control lists apply',
    fields: ['OwnershipControls'],
    call: (s3, Bucket) => s3.send(new DeleteBucketOwnershipControlsCommand({ Bucket })),
  },
  {
    id: 'B9b',
    title: 'gives objects to their writer',
    fields: ['OwnershipControls'],
    call: (s3, Bucket) =>
      s3.send(
        new PutBucketOwnershipControlsCommand({
          Bucket,
          OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerPreferred' }] },
        }),
      ),
  },
  {
    id: 'B5',
    title: 'suspends versioning',
    fields: ['Versioning'],
    call: (s3, Bucket) =>
      s3.send(
        new PutBucketVersioningCommand({
          Bucket,
          VersioningConfiguration: { Status: 'Suspended' },
        }),
      ),
  },
  {
    id: 'B2a',
    title: 'expires log files after a day',
    fields: ['Lifecycle'],
    call: (s3, Bucket) => s3.send(expire(Bucket, 1)),
  },
  {
    id: 'B2b',
    title: 'deletes the lifecycle rules',
    fields: ['Lifecycle'],
    call: (s3, Bucket) => s3.send(new DeleteBucketLifecycleCommand({ Bucket })),
  },
  {
    id: 'B6a',
    title: 'encrypts log files with her key',
    fields: ['Encryption'],
    call: (s3, Bucket) =>
      s3.send(
        new PutBucketEncryptionCommand({
          Bucket,
          ServerSideEncryptionConfiguration: {
            Rules: [
              {
                ApplyServerSideEncryptionByDefault: {
                  SSEAlgorithm: 'aws:kms',
                  KMSMasterKeyID: 'arn:aws:kms:us-east-1:444455556666:key/9b3d7e52',
                },
              },
            ],
          },
        }),
      ),
  },
  {
    id: 'B6b',
    title: 'deletes the default encryption',
    fields: ['Encryption'],
    call: (s3, Bucket) => s3.send(new DeleteBucketEncryptionCommand({ Bucket })),
  },
  {
    id: 'B9c',
    title: 'lets requesters pay',
    fields: ['RequestPayment'],
    call: (s3, Bucket) =>
      s3.send(
        new PutBucketRequestPaymentCommand({
          Bucket,
          RequestPaymentConfiguration: { Payer: 'Requester' },
        }),
      ),
  },
];

/** Configures a bucket as a careful owner does. Object Lock is left out, because versioning could not be suspended then. */
export async function protect(s3: S3Client, Bucket: string): Promise<void> {
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
  await s3.send(
    new PutBucketOwnershipControlsCommand({
      Bucket,
      OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
    }),
  );
  await s3.send(
    new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }),
  );
  await s3.send(expire(Bucket, 3650));
  await s3.send(
    new PutBucketEncryptionCommand({
      Bucket,
      ServerSideEncryptionConfiguration: {
        Rules: [
          {
            ApplyServerSideEncryptionByDefault: {
              SSEAlgorithm: 'aws:kms',
              KMSMasterKeyID: 'arn:aws:kms:us-east-1:222233334444:key/1f0e5c1a',
            },
            BucketKeyEnabled: true,
          },
        ],
      },
    }),
  );
}

const expire = (Bucket: string, Days: number) =>
  new PutBucketLifecycleConfigurationCommand({
    Bucket,
    LifecycleConfiguration: {
      Rules: [{ ID: 'expire', Status: 'Enabled', Filter: { Prefix: '' }, Expiration: { Days } }],
    },
  });

/** Locks the objects of a bucket with versioning for a number of days. */
export const lock = (s3: S3Client, Bucket: string, Days: number) =>
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

/** Everything that S3 says of a bucket's configuration; for what is not configured, the name of the error. */
export async function auditBucket(s3: S3Client, Bucket: string): Promise<object> {
  const named = { Bucket };
  const reads = {
    publicAccess: s3.send(new GetPublicAccessBlockCommand(named)),
    ownership: s3.send(new GetBucketOwnershipControlsCommand(named)),
    versioning: s3.send(new GetBucketVersioningCommand(named)),
    lifecycle: s3.send(new GetBucketLifecycleConfigurationCommand(named)),
    objectLock: s3.send(new GetObjectLockConfigurationCommand(named)),
    replication: s3.send(new GetBucketReplicationCommand(named)),
    encryption: s3.send(new GetBucketEncryptionCommand(named)),
    payer: s3.send(new GetBucketRequestPaymentCommand(named)),
  };
  const found = Object.entries(reads).map(async ([what, read]) => [
    what,
    await Promise.resolve(read).then(
      ({ $metadata: _, ...answer }) => answer,
      (error: Error) => error.name,
    ),
  ]);
  return Object.fromEntries(await Promise.all(found));
}
