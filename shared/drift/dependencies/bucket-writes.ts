import {
  CreateBucketCommand,
  DeleteBucketLifecycleCommand,
  DeleteBucketReplicationCommand,
  type LifecycleRule,
  PutBucketAclCommand,
  PutBucketEncryptionCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketLoggingCommand,
  PutBucketNotificationConfigurationCommand,
  PutBucketOwnershipControlsCommand,
  PutBucketPolicyCommand,
  PutBucketReplicationCommand,
  PutBucketRequestPaymentCommand,
  PutBucketVersioningCommand,
  PutObjectLockConfigurationCommand,
  PutPublicAccessBlockCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { Aws } from '#aws/clients.ts';
import { nameOf } from '#aws/errors.ts';
import type { BucketStep, NewBucket, Target } from './bucket-configuration.ts';
import { bucketPolicy } from './bucket-reads.ts';
import { writePolicy } from './deleted-principals.ts';
import { accessDenied, isClientOf } from './dependency.ts';
import { merge, type PolicyEdit } from './policy-edit.ts';

/**
 * Creates a bucket that is gone, in its Region and with its policy. S3 creates it in the account of the caller, whatever account owned it
 * before, so this is only sent with credentials of that account. A name in the namespace of the account is created only if the call says
 * so. Source: Amazon S3 user guide, "Namespaces for general purpose buckets".
 */
export async function createBucket(
  aws: Aws,
  { Bucket, ExpectedBucketOwner: owner, Region, TrailAccount, put }: NewBucket,
): Promise<void> {
  const s3 = await aws.dependenciesIn(owner).s3In(Region);
  if (!(await isClientOf(s3, owner, { accountId: TrailAccount }))) {
    throw new DeniedError(`the caller is not known to be of account ${owner}`);
  }
  try {
    const isRegional = Bucket.endsWith(`-${owner}-${Region}-an`);
    await s3.send(
      new CreateBucketCommand({
        Bucket,
        ...(isRegional && { BucketNamespace: 'account-regional' }),
      }),
    );
  } catch (error) {
    // Another run has created it since.
    if (nameOf(error) !== 'BucketAlreadyOwnedByYou') throw error;
  }
  await mergeIntoPolicy(s3, { Bucket, ExpectedBucketOwner: owner, put, remove: [] });
}

/** Sends a step on a bucket that exists. */
export async function applyToBucket(s3: S3Client, { action, input }: BucketStep): Promise<void> {
  const send = senders[action];
  if (send === undefined) throw new Error(`there is no step ${action}`);
  await send(s3, input as never);
}

const senders: Readonly<Record<string, (s3: S3Client, input: never) => Promise<unknown>>> = {
  PutBucketPolicy: mergeIntoPolicy,
  PutPublicAccessBlock: (s3, input) => s3.send(new PutPublicAccessBlockCommand(input)),
  PutBucketOwnershipControls: (s3, input) => s3.send(new PutBucketOwnershipControlsCommand(input)),
  PutBucketAcl: (s3, input) => s3.send(new PutBucketAclCommand(input)),
  PutBucketVersioning: (s3, input) => s3.send(new PutBucketVersioningCommand(input)),
  PutBucketLifecycleConfiguration: putLifecycle,
  DeleteBucketLifecycle: (s3, input) => s3.send(new DeleteBucketLifecycleCommand(input)),
  PutObjectLockConfiguration: (s3, input) => s3.send(new PutObjectLockConfigurationCommand(input)),
  PutBucketReplication: (s3, input) => s3.send(new PutBucketReplicationCommand(input)),
  DeleteBucketReplication: (s3, input) => s3.send(new DeleteBucketReplicationCommand(input)),
  PutBucketEncryption: (s3, input) => s3.send(new PutBucketEncryptionCommand(input)),
  PutBucketRequestPayment: (s3, input) => s3.send(new PutBucketRequestPaymentCommand(input)),
  PutBucketLogging: (s3, input) => s3.send(new PutBucketLoggingCommand(input)),
  PutBucketNotificationConfiguration: (s3, input) =>
    s3.send(new PutBucketNotificationConfigurationCommand(input)),
};

/** Source: Amazon S3 user guide, "Bucket policies": 20 KB. */
const mostBytes = 20_480;

/** Reads the policy again, and writes it only if the edit changes it. */
async function mergeIntoPolicy(s3: S3Client, { put, remove, ...target }: Target & PolicyEdit) {
  const live = await bucketPolicy(s3, target);
  if (live === accessDenied)
    throw new DeniedError(`s3:GetBucketPolicy is denied on ${target.Bucket}`);
  const policy = merge(live, { put, remove }, mostBytes);
  if (policy === null) return;
  await writePolicy(policy, (Policy) => s3.send(new PutBucketPolicyCommand({ ...target, Policy })));
}

/** Thrown if the caller may not read the policy that a statement is added to, or is not of the account of the bucket. */
class DeniedError extends Error {
  override readonly name = 'AccessDenied' as const;
}

type PutLifecycle = Target & {
  readonly LifecycleConfiguration: { readonly Rules: readonly object[] };
};

/** Dates are text in a step. */
async function putLifecycle(s3: S3Client, { LifecycleConfiguration, ...input }: PutLifecycle) {
  const Rules = LifecycleConfiguration.Rules.map((rule) => withDates(rule) as LifecycleRule);
  await s3.send(
    new PutBucketLifecycleConfigurationCommand({ ...input, LifecycleConfiguration: { Rules } }),
  );
}

function withDates(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withDates);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name,
      name === 'Date' ? new Date(String(member)) : withDates(member),
    ]),
  );
}
