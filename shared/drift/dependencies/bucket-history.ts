import { fieldOf } from '#text/diff.ts';
import type { Members, RecordedCall } from '#trail/recorded-call.ts';
import type { Trail } from '#trail/trail-arn.ts';
import { type CallResult, delayedDelivery, type HistoryModel } from '../history-model.ts';
import { unset } from './bucket-configuration.ts';
import { deliveriesTo } from './bucket-policy.ts';
import { type Bucket, publicAccess } from './bucket-state.ts';
import { accessDenied } from './dependency.ts';
import { onProtected, policyAfter, unclear } from './dependency-history.ts';
import { policyParts } from './policy-parts.ts';
import { without } from './statement-meaning.ts';

/** The calls that can change each part of a bucket, as CloudTrail records them. Source: Amazon S3 user guide, "Amazon S3 CloudTrail events". */
export const bucketCalls: readonly string[] = [
  'CreateBucket',
  'DeleteBucket',
  'PutBucketPolicy',
  'DeleteBucketPolicy',
  'PutBucketPublicAccessBlock',
  'DeleteBucketPublicAccessBlock',
  'PutBucketOwnershipControls',
  'DeleteBucketOwnershipControls',
  'PutBucketAcl',
  'PutBucketVersioning',
  'PutBucketLifecycle',
  'DeleteBucketLifecycle',
  'PutBucketObjectLockConfiguration',
  'PutBucketReplication',
  'DeleteBucketReplication',
  'PutBucketEncryption',
  'DeleteBucketEncryption',
  'PutBucketRequestPayment',
  'PutBucketLogging',
  'PutBucketNotification',
];

/** What recorded calls did to the bucket. */
export const bucketHistory: HistoryModel<Bucket> = {
  // A null Region means that the bucket does not exist, and a call shows where it is created again.
  applyCall: onProtected((call, _before, trail, desired) => {
    const { eventName, cause, parameters } = call;
    if (eventName === 'CreateBucket') return { set: { Region: cause.region } };
    if (eventName === 'DeleteBucket') return { set: { Region: null } };
    if (eventName === 'PutBucketPolicy') return policyIn(call, trail, desired);
    return deletions[eventName] ?? settings[eventName]?.(parameters ?? {}) ?? null;
  }),
  coverageLoss(change, { Denials: captured }, { Denials: found }) {
    const field = fieldOf(change) as keyof Bucket;
    // If a field cannot be read, kind `delivery` reports whether log files arrive.
    if (change.actual === accessDenied && field !== 'Owner') return null;
    const isOnlyAllowed = field === 'Denials' && without(found ?? [], captured ?? []).length === 0;
    return needed.includes(field) && !isOnlyAllowed ? delayedDelivery : null;
  },
  // Kind `delivery` reports that a changed policy may not let CloudTrail write.
  uncertainty: () => null,
};

/** Without these CloudTrail may not be able to deliver. */
const needed: readonly (keyof Bucket)[] = [
  'Region',
  'Owner',
  'CloudTrailStatements',
  'Denials',
  'OwnershipControls',
  'RequestPayment',
];

function policyIn({ parameters }: RecordedCall, trail: Trail, desired: Bucket): Effect {
  const { bucketName, bucketPolicy = null } = parameters ?? {};
  if (typeof bucketName !== 'string') return unclear(policyParts);
  const policy = JSON.stringify(bucketPolicy);
  return policyAfter(policy, desired, deliveriesTo(bucketName, { trail, policy })) as Effect;
}

type Effect = CallResult<Bucket>;

const deletions: Readonly<Record<string, Effect>> = {
  DeleteBucketPolicy: {
    set: { CloudTrailStatements: [], Denials: [], OtherStatements: [] },
  },
  DeleteBucketPublicAccessBlock: { set: { PublicAccessBlock: unset.PublicAccessBlock } },
  DeleteBucketOwnershipControls: { set: { OwnershipControls: unset.OwnershipControls } },
  DeleteBucketLifecycle: { set: { Lifecycle: unset.Lifecycle } },
  DeleteBucketReplication: { set: { Replication: unset.Replication } },
  DeleteBucketEncryption: { set: { Encryption: unset.Encryption } },
};

/** Rules are recorded in the form of their XML, which is not documented: what they say is left open. */
const settings: Readonly<Record<string, (parameters: Members) => Effect>> = {
  PutBucketPublicAccessBlock: ({ PublicAccessBlockConfiguration: put }) => ({
    set: {
      PublicAccessBlock: Object.fromEntries(
        publicAccess.map((name) => [name, Reflect.get(Object(put), name) === true]),
      ) as NonNullable<Bucket['PublicAccessBlock']>,
    },
  }),
  PutBucketVersioning: ({ VersioningConfiguration: put }) => {
    const Status: unknown = Reflect.get(Object(put), 'Status');
    return typeof Status === 'string'
      ? { set: { Versioning: Status }, indeterminate: ['MfaDelete'] }
      : unclear(['Versioning', 'MfaDelete']);
  },
  PutBucketOwnershipControls: () => unclear(['OwnershipControls']),
  PutBucketAcl: () => unclear(['Acl']),
  PutBucketLifecycle: () => unclear(['Lifecycle']),
  PutBucketObjectLockConfiguration: () => unclear(['ObjectLock']),
  PutBucketReplication: () => unclear(['Replication']),
  PutBucketEncryption: () => unclear(['Encryption']),
  PutBucketRequestPayment: () => unclear(['RequestPayment']),
  PutBucketLogging: () => unclear(['Logging']),
  PutBucketNotification: () => unclear(['Notifications']),
};
