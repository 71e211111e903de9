import {
  CreateBucketCommand,
  DeleteBucketReplicationCommand,
  GetBucketReplicationCommand,
  PutBucketReplicationCommand,
  type ReplicationRule,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { BucketAttack } from './bucket-attacks.ts';
import { replicateTo, setVersioning } from './log-bucket.ts';

/** A role of an account that replicates its buckets. */
export const replicationRole = (account: string): string =>
  `arn:aws:iam::${account}:role/replication`;

/** Replicates a log bucket with versioning to another one, as a careful owner does. */
export async function replicateLog(s3: S3Client, Bucket: string, account: string): Promise<void> {
  await replicateTo(s3, Bucket, await copyOf(s3, Bucket), replicationRole(account));
}

/** An attack on a log bucket that is not replicated. */
export const addedReplication = (account: string): BucketAttack => ({
  id: 'B7d',
  title: 'replicates the log to her own bucket',
  fields: ['Replication'],
  call: async ({ s3 }, Bucket) =>
    replicateTo(s3, Bucket, await copyOf(s3, `her-${Bucket}`), replicationRole(account)),
});

/** The attacks on a log bucket that `replicateLog` replicates. */
export const replicationAttacks: readonly BucketAttack[] = [
  {
    id: 'B7a',
    title: 'stops the replication',
    fields: ['Replication'],
    call: ({ s3 }, Bucket) => s3.send(new DeleteBucketReplicationCommand({ Bucket })),
  },
  {
    id: 'B7b',
    title: 'stops the replication, and suspends versioning',
    fields: ['Replication', 'Versioning'],
    async call({ s3 }, Bucket) {
      await s3.send(new DeleteBucketReplicationCommand({ Bucket }));
      await s3.send(setVersioning(Bucket, 'Suspended'));
    },
  },
  {
    id: 'B7c',
    title: 'replicates the log to her own bucket instead',
    fields: ['Replication'],
    async call({ s3 }, Bucket) {
      const hers = `arn:aws:s3:::${await copyOf(s3, `her-${Bucket}`)}`;
      await editRules(s3, Bucket, (rule) => ({
        ...rule,
        Destination: { ...rule.Destination, Bucket: hers },
      }));
    },
  },
  {
    id: 'B7e',
    title: 'disables the rule of the replication',
    fields: ['Replication'],
    call: ({ s3 }, Bucket) => editRules(s3, Bucket, (rule) => ({ ...rule, Status: 'Disabled' })),
  },
];

/** Another bucket, with versioning. */
export async function copyOf(s3: S3Client, bucket: string): Promise<string> {
  const Bucket = `${bucket}-copy`;
  await s3.send(new CreateBucketCommand({ Bucket }));
  await s3.send(setVersioning(Bucket, 'Enabled'));
  return Bucket;
}

async function editRules(
  s3: S3Client,
  Bucket: string,
  edit: (rule: ReplicationRule) => ReplicationRule,
): Promise<void> {
  const { ReplicationConfiguration } = await s3.send(new GetBucketReplicationCommand({ Bucket }));
  const { Role, Rules = [] } = ReplicationConfiguration ?? {};
  await s3.send(
    new PutBucketReplicationCommand({
      Bucket,
      ReplicationConfiguration: { Role, Rules: Rules.map(edit) },
    }),
  );
}
