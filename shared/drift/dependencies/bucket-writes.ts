import {
  DeleteBucketLifecycleCommand,
  type LifecycleRule,
  PutBucketAclCommand,
  PutBucketEncryptionCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketLoggingCommand,
  PutBucketNotificationConfigurationCommand,
  PutBucketOwnershipControlsCommand,
  PutBucketPolicyCommand,
  PutBucketRequestPaymentCommand,
  PutBucketVersioningCommand,
  PutObjectLockConfigurationCommand,
  PutPublicAccessBlockCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { BucketStep, Target } from './bucket-configuration.ts';
import { bucketPolicy } from './bucket-reads.ts';
import { writePolicy } from './deleted-principals.ts';
import { accessDenied } from './dependency.ts';
import { merge, type PolicyEdit } from './policy-edit.ts';

/** Sends a step. */
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
  if (live === accessDenied) throw new PolicyNotReadableError(target.Bucket);
  const policy = merge(live, { put, remove }, mostBytes);
  if (policy === null) return;
  await writePolicy(policy, (Policy) => s3.send(new PutBucketPolicyCommand({ ...target, Policy })));
}

/** Thrown if the policy that a statement is added to cannot be read. */
class PolicyNotReadableError extends Error {
  override readonly name = 'AccessDenied' as const;

  constructor(bucket: string) {
    super(`s3:GetBucketPolicy is denied on ${bucket}`);
  }
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
