import type * as z from 'zod';
import type { Aws } from '#aws/clients.ts';
import type { Trail } from '#trail/trail-arn.ts';
import { type DriftKind, type Permission, protectedTrails, type States } from '../kind.ts';
import type { Settings } from '../settings-table.ts';
import {
  type BucketStep,
  configurationSteps,
  type NewBucket,
  type Target,
} from './bucket-configuration.ts';
import { bucketCalls, bucketHistory } from './bucket-history.ts';
import { observeIdentity } from './bucket-identity.ts';
import { bucketImpact, readActions } from './bucket-impact.ts';
import { deliveriesTo } from './bucket-policy.ts';
import { type Bucket, declared, schema } from './bucket-state.ts';
import { accessDenied, isDenial, namingSettings } from './dependency.ts';
import { editFor, isEmpty, type PolicyEdit, smallerEdits } from './policy-edit.ts';
import {
  comparable,
  isAnyWanted,
  isRead,
  partsOf,
  policyParts,
  unreadParts,
} from './policy-parts.ts';
import { addedForEveryone, isPublicPolicyRefused } from './public-statements.ts';
import { without } from './statement-meaning.ts';

export type { Bucket } from './bucket-state.ts';

/**
 * The log bucket exists, still belongs to its owner (anyone can create a bucket with the name of a deleted one), lets CloudTrail
 * deliver, and keeps what is delivered. What could not be read at the capture is null and not protected.
 */
export const bucket: DriftKind<Bucket, BucketStep> = {
  name: 'bucket',
  isOutsideTrail: true,
  defaultTreatment: 'alert',
  state: schema as unknown as z.ZodType<Bucket> & typeof schema,
  fileFormat: {
    schema: declared,
    resolve: async (written) => declared.parse(written) as unknown as Bucket,
  },
  triggers: [{ eventSource: 's3.amazonaws.com', eventNames: bucketCalls }],
  permissions: {
    observe: [
      { actions: ['cloudtrail:GetTrail'], resources: protectedTrails },
      // HeadBucket needs s3:ListBucket; nothing narrower allows it. Source: Amazon S3 API reference, HeadBucket, "Permissions".
      { actions: ['s3:ListBucket', ...readActions], resources: ({ buckets }) => buckets },
    ],
    repair: [
      write('s3:CreateBucket'),
      write('s3:PutBucketPolicy'),
      write('s3:PutBucketPublicAccessBlock'),
      write('s3:PutBucketOwnershipControls'),
      write('s3:PutBucketAcl'),
      write('s3:PutBucketVersioning'),
      write('s3:PutLifecycleConfiguration', 'PutBucketLifecycle', 'DeleteBucketLifecycle'),
      write('s3:PutBucketObjectLockConfiguration'),
      write('s3:PutReplicationConfiguration', 'PutBucketReplication', 'DeleteBucketReplication'),
      // Why only these: docs/decisions/0028-replication-is-restored-with-a-named-role.md.
      {
        actions: ['iam:PassRole'],
        resources: ({ restorable }) => restorable.replicationRoles,
        conditions: { StringEquals: { 'iam:PassedToService': 's3.amazonaws.com' } },
      },
      write('s3:PutEncryptionConfiguration', 'PutBucketEncryption'),
      write('s3:PutBucketRequestPayment'),
      write('s3:PutBucketLogging'),
      write('s3:PutBucketNotification'),
    ],
  },

  async observe(aws, trail, now, desired = {}) {
    const named = await namingSettings(aws, trail, now, desired);
    if (named === null) return null;
    const wanted = (desired.bucket ?? {}) as Partial<Bucket>;
    const identity = await observeIdentity(aws, named.S3BucketName, trail, wanted);
    const { Region, Owner } = identity;
    const ExpectedBucketOwner = wanted.Owner ?? trail.accountId;
    const isThere =
      wanted.Region === null || (Region !== null && Region === (wanted.Region ?? Region));
    // Nothing else is compared, so that a bucket that is lost is reported once.
    if (Owner !== ExpectedBucketOwner || !isThere) return identity as Bucket;
    const target = { Bucket: named.S3BucketName, ExpectedBucketOwner };
    return { Region, Owner, ...(await observeContents(aws, target, { wanted, named, trail })) };
  },

  toBaseline: (observed) =>
    Object.fromEntries(
      Object.keys(schema.shape).map((field) => [field, captured(Reflect.get(observed, field))]),
    ) as unknown as Bucket,

  impact: bucketImpact,

  repair(desired, actual, { accountId }, states = {}) {
    const target = targetIn(states);
    if (actual === null || target === null || actual.Owner !== target.ExpectedBucketOwner)
      return [];
    if (actual.Region === null && desired.Region !== null) {
      const put = policyParts.flatMap((part) => desired[part] ?? []);
      return [creationOf({ ...target, Region: desired.Region, TrailAccount: accountId, put })];
    }
    const edit = isRead(actual) ? editFor(desired, actual) : noEdit;
    return [
      ...(isEmpty(edit) ? [] : [policyStep(target, edit)]),
      ...configurationSteps(desired, actual, target),
    ];
  },

  /** A policy that lets everyone in is refused as a whole: the owner wants none, so what was added to that effect is removed. */
  decompose({ action, input }, { error, message, changes }) {
    if (action !== 'PutBucketPolicy') return [];
    const { put, remove, ...target } = input as unknown as Target & PolicyEdit;
    if (isPublicPolicyRefused(message)) {
      const added = without(addedForEveryone(changes), remove);
      return added.length === 0 ? [] : [policyStep(target, { put, remove: [...remove, ...added] })];
    }
    if (isDenial(error)) return [];
    return smallerEdits({ put, remove }).map((edit) => policyStep(target, edit));
  },

  async apply(aws, step) {
    const { applyToBucket, createBucket } = await import('./bucket-writes.ts');
    if (step.action === 'CreateBucket') return createBucket(aws, step.input as NewBucket);
    await applyToBucket(await clientFor(aws, step.input), step);
  },

  historyModel: bucketHistory,
};

/** A write on the buckets that may be restored, and the names under which CloudTrail records it if they differ. */
function write(action: string, ...recordedAs: readonly string[]): Permission {
  return { actions: [action], recordedAs, resources: ({ restorable }) => restorable.buckets };
}

const noEdit: PolicyEdit = { put: [], remove: [] };

/** A new bucket is private. What else it is to have is seen to be missing, and restored, once it exists. */
const creationOf = (input: NewBucket): BucketStep => ({ action: 'CreateBucket', input });

const policyStep = (target: Target, { put, remove }: PolicyEdit): BucketStep => ({
  action: 'PutBucketPolicy',
  input: { ...target, put, remove },
});

/** The bucket that the baseline names, if its owner is known. */
function targetIn({ settings, bucket }: States): Target | null {
  const { S3BucketName: Bucket } = (settings ?? {}) as Partial<Settings>;
  const { Owner } = (bucket ?? {}) as Partial<Bucket>;
  return Bucket && Owner ? { Bucket, ExpectedBucketOwner: Owner } : null;
}

/** S3 redirects to the Region of the bucket. */
const clientFor = async (aws: Aws, { ExpectedBucketOwner }: Target) =>
  aws.dependenciesIn(ExpectedBucketOwner).s3In(await aws.cloudtrail.config.region());

type Wanted = {
  readonly wanted: Partial<Bucket>;
  readonly named: Settings;
  readonly trail: Trail;
};

/** The policy and the configuration, as far as they are protected. */
async function observeContents(
  aws: Aws,
  target: Target,
  { wanted, named, trail }: Wanted,
): Promise<Omit<Bucket, 'Region' | 'Owner'>> {
  const { bucketPolicy, configurationsOf } = await import('./bucket-reads.ts');
  const s3 = await clientFor(aws, target);
  const [policy, configurations] = await Promise.all([
    isAnyWanted(wanted) ? bucketPolicy(s3, target) : null,
    configurationsOf(s3, target, wanted),
  ]);
  const { CloudTrailStatements: known = policy } = wanted;
  const requests = deliveriesTo(target.Bucket, {
    trail,
    settings: named,
    policy: JSON.stringify(known),
  });
  const parts =
    policy === accessDenied ? unreadParts(wanted) : partsOf(policy, requests, comparable(wanted));
  return saidOnce({ ...parts, ...configurations }) as unknown as Omit<Bucket, 'Region' | 'Owner'>;
}

/** If nothing can be read, as by a caller of another account, only the first field says so. The others are not reported. */
function saidOnce(contents: object): object {
  const fields = Object.entries(contents).filter(([, value]) => value !== null);
  if (!fields.every(([, value]) => value === accessDenied)) return contents;
  const ignored = Object.entries(contents).filter(([, value]) => value === null);
  return Object.fromEntries([...ignored, ...fields.slice(0, 1)]);
}

/** What was read at a capture; null if it may not be read. */
const captured = (value: unknown): unknown => (value === accessDenied ? null : (value ?? null));
