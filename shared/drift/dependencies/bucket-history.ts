import { fieldOf } from '#text/diff.ts';
import type { Members, RecordedCall } from '#trail/recorded-call.ts';
import type { Trail } from '#trail/trail-arn.ts';
import { delayedDelivery, type HistoryModel } from '../history-model.ts';
import { unset } from './bucket-configuration.ts';
import { deliveriesTo } from './bucket-policy.ts';
import { type Bucket, publicAccess } from './bucket-state.ts';
import { isRecord, statementsIn } from './policy-document.ts';
import { comparable, partsOf } from './policy-parts.ts';
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
  'PutBucketVersioning',
  'PutBucketLifecycle',
  'DeleteBucketLifecycle',
  'PutBucketObjectLockConfiguration',
  'PutBucketReplication',
  'DeleteBucketReplication',
  'PutBucketEncryption',
  'DeleteBucketEncryption',
  'PutBucketRequestPayment',
];

type Effect = { readonly set: Partial<Bucket>; readonly indeterminate?: readonly (keyof Bucket)[] };

/** What recorded calls did to the bucket. */
export const bucketHistory: HistoryModel<Bucket> = {
  // A null Region means that the bucket does not exist, and a call shows where it is created again.
  applyCall(call, before, trail, desired = before) {
    const { eventName, cause, parameters } = call;
    if (eventName === 'CreateBucket') {
      return { set: desired.Region === null ? {} : { Region: cause.region } };
    }
    if (eventName === 'DeleteBucket') return { set: { Region: null } };
    if (eventName === 'PutBucketPolicy') return protectedIn(before, policyIn(call, trail, desired));
    const effect = deletions[eventName] ?? settings[eventName]?.(parameters ?? {});
    return effect === undefined ? null : protectedIn(before, effect);
  },
  coverageLoss(change, { Denials: captured }, { Denials: found }) {
    const field = fieldOf(change) as keyof Bucket;
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

/** An effect without the fields that are not protected. */
function protectedIn(before: Bucket, { set, indeterminate = [] }: Effect): Effect {
  const isProtected = (field: string) => (Reflect.get(before, field) ?? null) !== null;
  return {
    set: Object.fromEntries(Object.entries(set).filter(([field]) => isProtected(field))),
    indeterminate: indeterminate.filter(isProtected),
  };
}

const parts = ['CloudTrailStatements', 'Denials', 'OtherStatements'] as const;

function policyIn({ parameters }: RecordedCall, trail: Trail, desired: Bucket): Effect {
  const { bucketName, bucketPolicy } = parameters ?? {};
  const isRecorded = isRecord(bucketPolicy) && statementsIn(bucketPolicy).every(isRecord);
  if (typeof bucketName !== 'string' || !isRecorded) return { set: {}, indeterminate: parts };
  const policy = JSON.stringify(bucketPolicy);
  return { set: partsOf(policy, deliveriesTo(bucketName, { trail, policy }), comparable(desired)) };
}

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
      : { set: {}, indeterminate: ['Versioning', 'MfaDelete'] };
  },
  PutBucketOwnershipControls: open('OwnershipControls'),
  PutBucketLifecycle: open('Lifecycle'),
  PutBucketObjectLockConfiguration: open('ObjectLock'),
  PutBucketReplication: open('Replication'),
  PutBucketEncryption: open('Encryption'),
  PutBucketRequestPayment: open('RequestPayment'),
};

function open(field: keyof Bucket): () => Effect {
  return () => ({ set: {}, indeterminate: [field] });
}
