import {
  GetBucketAclCommand,
  GetBucketEncryptionCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketLoggingCommand,
  GetBucketNotificationConfigurationCommand,
  GetBucketOwnershipControlsCommand,
  GetBucketPolicyCommand,
  GetBucketReplicationCommand,
  GetBucketRequestPaymentCommand,
  GetBucketVersioningCommand,
  GetObjectLockConfigurationCommand,
  GetPublicAccessBlockCommand,
  type Grant,
  HeadBucketCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { Aws } from '#aws/clients.ts';
import { nameOf } from '#aws/errors.ts';
import { asSet, type Json } from '#text/diff.ts';
import { alignedRules, defaultMinimumSize, type Target, unset } from './bucket-configuration.ts';
import { type Bucket, type Configurations, notified, type Rule } from './bucket-state.ts';
import { accessDenied } from './dependency.ts';

/** What S3 reports of a bucket. A null Region means that it does not exist. */
export type Head = { readonly region: string | null; readonly isAllowedIn: boolean };

/**
 * HeadBucket's result by its status, because it has no body. S3 reports the Region regardless of permissions. Source: Amazon
 * S3 API reference, HeadBucket.
 */
export async function headBucket(
  aws: Aws,
  region: string,
  input: { readonly Bucket: string; readonly ExpectedBucketOwner?: string },
): Promise<Head> {
  const client = await aws.dependenciesIn(input.ExpectedBucketOwner ?? null).s3In(region);
  try {
    const { BucketRegion } = await client.send(new HeadBucketCommand(input));
    return { region: BucketRegion ?? region, isAllowedIn: true };
  } catch (error) {
    const { $metadata, $response } = error as Partial<HttpError>;
    if ($metadata?.httpStatusCode === 404) return { region: null, isAllowedIn: false };
    if ($metadata?.httpStatusCode !== 403) throw withMessage(error, $metadata?.httpStatusCode);
    return { region: $response?.headers?.['x-amz-bucket-region'] ?? region, isAllowedIn: false };
  }
}

/**
 * Whether a bucket is proved to belong to the account of the target, if s3:ListBucket is denied: this read names the account, and S3 answers
 * it for no other owner. Source: Amazon S3 user guide, "Verifying bucket ownership with bucket owner condition".
 */
export async function isOwnerProved(aws: Aws, region: string, target: Target): Promise<boolean> {
  const s3 = await aws.dependenciesIn(target.ExpectedBucketOwner).s3In(region);
  return (await seen(() => s3.send(new GetBucketVersioningCommand(target)))) !== accessDenied;
}

/** The role that replicates a bucket; null without one, or if it may not be read. */
export async function replicationRoleOf(
  aws: Aws,
  region: string,
  target: Target,
): Promise<string | null> {
  const s3 = await aws.dependenciesIn(target.ExpectedBucketOwner).s3In(region);
  const found = await reads.Replication(s3, target, {});
  return found === accessDenied ? null : found.Role;
}

/** The text of the bucket's policy, null if it has none; or that it may not be read. */
export const bucketPolicy = (s3: S3Client, target: Target): Promise<string | null> =>
  seen(async () => (await s3.send(new GetBucketPolicyCommand(target))).Policy ?? null, {
    error: 'NoSuchBucketPolicy',
    value: null,
  });

/** The configurations that are protected, or at a capture all. */
export async function configurationsOf(
  s3: S3Client,
  target: Target,
  desired: Partial<Bucket>,
): Promise<Partial<Configurations>> {
  const fields = Object.keys(reads) as (keyof typeof reads)[];
  const found = fields.map(
    async (field) =>
      [field, desired[field] === null ? null : await reads[field](s3, target, desired)] as const,
  );
  const [versioning, ...states] = await Promise.all([versioningOf(s3, target, desired), ...found]);
  return { ...Object.fromEntries(states), ...versioning };
}

type Read = (s3: S3Client, target: Target, desired: Partial<Bucket>) => Promise<unknown>;

const reads = {
  PublicAccessBlock: (s3, target) =>
    seen(
      async () => {
        const answer = await s3.send(new GetPublicAccessBlockCommand(target));
        return { ...unset.PublicAccessBlock, ...answer.PublicAccessBlockConfiguration };
      },
      { error: 'NoSuchPublicAccessBlockConfiguration', value: unset.PublicAccessBlock },
    ),
  OwnershipControls: (s3, target) =>
    seen(
      async () => {
        const answer = await s3.send(new GetBucketOwnershipControlsCommand(target));
        return answer.OwnershipControls?.Rules?.[0]?.ObjectOwnership ?? unset.OwnershipControls;
      },
      { error: 'OwnershipControlsNotFoundError', value: unset.OwnershipControls },
    ),
  Acl: (s3, target) =>
    seen(async () => {
      const { Owner, Grants = [] } = await s3.send(new GetBucketAclCommand(target));
      return { Owner: Owner?.ID ?? '', Grants: asSet(rulesIn(Grants.map(withoutName))) };
    }),
  Lifecycle: (s3, target, { Lifecycle }) =>
    seen(
      async () => {
        const answer = await s3.send(new GetBucketLifecycleConfigurationCommand(target));
        const { Rules, TransitionDefaultMinimumObjectSize: size } = answer;
        const aligned = alignedRules(rulesIn(Rules), Lifecycle?.Rules);
        return { Rules: aligned, TransitionDefaultMinimumObjectSize: size ?? defaultMinimumSize };
      },
      { error: 'NoSuchLifecycleConfiguration', value: unset.Lifecycle },
    ),
  ObjectLock: (s3, target) =>
    seen(
      async () => {
        const answer = await s3.send(new GetObjectLockConfigurationCommand(target));
        const { ObjectLockEnabled, Rule } = answer.ObjectLockConfiguration ?? {};
        return { IsEnabled: ObjectLockEnabled === 'Enabled', Rules: rulesIn(Rule && [Rule]) };
      },
      { error: 'ObjectLockConfigurationNotFoundError', value: unset.ObjectLock },
    ),
  Replication: (s3, target, { Replication }) =>
    seen(
      async () => {
        const answer = await s3.send(new GetBucketReplicationCommand(target));
        const { Role = null, Rules } = answer.ReplicationConfiguration ?? {};
        return { Role, Rules: alignedRules(rulesIn(Rules), Replication?.Rules) };
      },
      { error: 'ReplicationConfigurationNotFoundError', value: unset.Replication },
    ),
  Encryption: (s3, target) =>
    seen(
      async () => {
        const answer = await s3.send(new GetBucketEncryptionCommand(target));
        return rulesIn(answer.ServerSideEncryptionConfiguration?.Rules).map(withBucketKey);
      },
      { error: 'ServerSideEncryptionConfigurationNotFoundError', value: unset.Encryption },
    ),
  RequestPayment: (s3, target) =>
    seen(
      async () =>
        (await s3.send(new GetBucketRequestPaymentCommand(target))).Payer ?? 'BucketOwner',
    ),
  Logging: (s3, target) =>
    seen(async () => {
      const { LoggingEnabled } = await s3.send(new GetBucketLoggingCommand(target));
      return rulesIn(LoggingEnabled && [LoggingEnabled]);
    }),
  Notifications: (s3, target, { Notifications: desired }) =>
    seen(async () => {
      const answer = await s3.send(new GetBucketNotificationConfigurationCommand(target));
      const lists = notified.map((name) => [
        name,
        alignedRules(rulesIn(answer[name]), desired?.[name]),
      ]);
      const EventBridge = answer.EventBridgeConfiguration !== undefined;
      return { ...Object.fromEntries(lists), EventBridge };
    }),
} satisfies Partial<Record<keyof Configurations, Read>>;

/** Versioning and MFA delete, which S3 reports together. */
async function versioningOf(
  s3: S3Client,
  target: Target,
  { Versioning, MfaDelete }: Partial<Bucket>,
): Promise<Partial<Configurations>> {
  if (Versioning === null && MfaDelete === null) return { Versioning, MfaDelete };
  const found = await seen(async () => {
    const { Status = 'Off', MFADelete = 'Disabled' } = await s3.send(
      new GetBucketVersioningCommand(target),
    );
    return { Versioning: Status, MfaDelete: MFADelete };
  });
  const both = found === accessDenied ? { Versioning: found, MfaDelete: found } : found;
  return {
    ...both,
    ...(Versioning === null && { Versioning }),
    ...(MfaDelete === null && { MfaDelete }),
  };
}

/** What was read; another value for the error that says that nothing is configured. */
async function seen<Value>(
  read: () => Promise<Value>,
  fallback?: { readonly error: string; readonly value: Value },
): Promise<Value | typeof accessDenied> {
  try {
    return await read();
  } catch (thrown) {
    if (fallback?.error === nameOf(thrown)) return fallback.value;
    if (refusals.includes(nameOf(thrown))) return accessDenied;
    throw thrown;
  }
}

/** A caller of another account with permission may not read the policy either. Source: Amazon S3 API reference, GetBucketPolicy. */
const refusals = ['AccessDenied', 'AllAccessDisabled', 'MethodNotAllowed'];

const rulesIn = (rules: readonly object[] = []): Rule[] => rules.map((rule) => plain(rule) as Rule);

/** Some Regions report a name of the grantee beside its canonical ID. Source: Amazon S3 API reference, Grantee. */
const withoutName = ({ Grantee, Permission }: Grant): object => ({
  Grantee: { ...Grantee, DisplayName: undefined },
  Permission,
});

const withBucketKey = (rule: Rule): Rule => ({ BucketKeyEnabled: false, ...rule });

/** A value of the SDK as JSON holds it: without members that are undefined, and with dates as text. */
const plain = (value: unknown): Json => JSON.parse(JSON.stringify(value));

/** The SDK has no message for a response without a body. */
function withMessage(error: unknown, status: number | undefined): unknown {
  if (error instanceof Error && status !== undefined) {
    error.message = `HeadBucket returned status ${status}`;
  }
  return error;
}

type HttpError = {
  readonly $metadata: { readonly httpStatusCode?: number };
  readonly $response: { readonly headers?: Readonly<Record<string, string>> };
};
