import stringify from 'safe-stable-stringify';
import { isSame, type Json } from '#text/diff.ts';
import type { Bucket, Configurations, Rule } from './bucket-state.ts';
import { accessDenied } from './dependency.ts';
import type { PolicyStatement } from './policy-document.ts';

/** The bucket that a step is about. A step is refused if the bucket belongs to another account. */
export type Target = { readonly Bucket: string; readonly ExpectedBucketOwner: string };

/**
 * A bucket to create, with the statements of its policy. The caller is of the account of the trail, unless it has a role in that of the
 * bucket.
 */
export type NewBucket = Target & {
  readonly Region: string;
  readonly TrailAccount: string;
  readonly put: readonly PolicyStatement[];
};

/** A step of a repair: one call on the bucket. */
export type BucketStep = {
  readonly action: string;
  readonly input: Target & Readonly<Record<string, unknown>>;
};

type Field = keyof Configurations;

/** The default since 2024, and of all rules before. Source: Amazon S3 API reference, PutBucketLifecycleConfiguration. */
export const defaultMinimumSize: string = 'all_storage_classes_128K';

/** What a bucket has whose configuration was deleted. */
export const unset = {
  PublicAccessBlock: {
    BlockPublicAcls: false,
    IgnorePublicAcls: false,
    BlockPublicPolicy: false,
    RestrictPublicBuckets: false,
  },
  // Source: Amazon S3 user guide, "Controlling ownership of objects and disabling ACLs for your bucket".
  OwnershipControls: 'ObjectWriter',
  Lifecycle: { Rules: [], TransitionDefaultMinimumObjectSize: defaultMinimumSize },
  ObjectLock: { IsEnabled: false, Rules: [] },
  Replication: { Role: null, Rules: [] },
  // Source: Amazon S3 API reference, DeleteBucketEncryption: the bucket uses SSE-S3.
  Encryption: [
    {
      ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' },
      BucketKeyEnabled: false,
    },
  ],
} satisfies Partial<Configurations>;

/**
 * The steps that restore the configuration. Versioning and Object Lock are only enabled: disabling them would weaken the bucket, or is
 * impossible. MFA delete can only be set with the device of the root user.
 */
export const configurationSteps = (
  desired: Bucket,
  actual: Partial<Bucket>,
  target: Target,
): readonly BucketStep[] =>
  fieldsInOrder(desired).flatMap((field) => {
    const [wanted, found] = [desired[field], actual[field]];
    const isSeen = found !== undefined && (found as Json) !== accessDenied;
    if (wanted === null || !isSeen || isSame(wanted as Json, found as Json)) return [];
    return writes[field](wanted as never).map(({ action, ...input }) => ({
      action,
      input: { ...target, ...input },
    }));
  });

/**
 * Object Ownership cannot disable the access control list while it grants others something, and a list for others cannot be put while
 * it is disabled. Source: Amazon S3 user guide, "Troubleshooting" of Object Ownership.
 */
function fieldsInOrder({ OwnershipControls }: Bucket): readonly (keyof typeof writes)[] {
  const others = (Object.keys(writes) as (keyof typeof writes)[]).filter((one) => one !== 'Acl');
  return OwnershipControls === 'BucketOwnerEnforced' ? ['Acl', ...others] : [...others, 'Acl'];
}

type Write = { readonly action: string } & Readonly<Record<string, unknown>>;

/** The call that restores each field, with the input of the SDK, in the order in which S3 needs them. Dates are text until they are sent. */
const writes = {
  PublicAccessBlock: (PublicAccessBlockConfiguration: Wanted<'PublicAccessBlock'>): Write[] => [
    { action: 'PutPublicAccessBlock', PublicAccessBlockConfiguration },
  ],
  OwnershipControls: (ObjectOwnership: string): Write[] => [
    { action: 'PutBucketOwnershipControls', OwnershipControls: { Rules: [{ ObjectOwnership }] } },
  ],
  Acl: ({ Owner: ID, Grants }: Wanted<'Acl'>): Write[] => [
    { action: 'PutBucketAcl', AccessControlPolicy: { Owner: { ID }, Grants } },
  ],
  Versioning: (Status: string): Write[] =>
    Status === 'Enabled'
      ? [{ action: 'PutBucketVersioning', VersioningConfiguration: { Status } }]
      : [],
  Lifecycle: ({ Rules, ...sizes }: Wanted<'Lifecycle'>): Write[] =>
    Rules.length === 0
      ? [{ action: 'DeleteBucketLifecycle' }]
      : [
          {
            action: 'PutBucketLifecycleConfiguration',
            ...sizes,
            LifecycleConfiguration: { Rules },
          },
        ],
  ObjectLock: ({ IsEnabled, Rules: [Rule] }: Wanted<'ObjectLock'>): Write[] =>
    IsEnabled
      ? [
          {
            action: 'PutObjectLockConfiguration',
            ObjectLockConfiguration: { ObjectLockEnabled: 'Enabled', ...(Rule && { Rule }) },
          },
        ]
      : [],
  // Needs versioning. Source: Amazon S3 user guide, "Requirements and considerations for replication".
  Replication: (ReplicationConfiguration: Wanted<'Replication'>): Write[] => [
    ReplicationConfiguration.Rules.length === 0
      ? { action: 'DeleteBucketReplication' }
      : { action: 'PutBucketReplication', ReplicationConfiguration },
  ],
  Encryption: (Rules: Wanted<'Encryption'>): Write[] => [
    { action: 'PutBucketEncryption', ServerSideEncryptionConfiguration: { Rules } },
  ],
  RequestPayment: (Payer: string): Write[] => [
    { action: 'PutBucketRequestPayment', RequestPaymentConfiguration: { Payer } },
  ],
  Logging: ([LoggingEnabled]: Wanted<'Logging'>): Write[] => [
    { action: 'PutBucketLogging', BucketLoggingStatus: LoggingEnabled ? { LoggingEnabled } : {} },
  ],
  // Destinations are not validated, so that one that no longer exists does not keep the others from being notified.
  Notifications: ({ EventBridge, ...lists }: Wanted<'Notifications'>): Write[] => [
    {
      action: 'PutBucketNotificationConfiguration',
      SkipDestinationValidation: true,
      NotificationConfiguration: { ...lists, ...(EventBridge && { EventBridgeConfiguration: {} }) },
    },
  ],
} as const;

type Wanted<Name extends Field> = NonNullable<Configurations[Name]>;

/** The rules that S3 reports: those that mean the same as a rule of the baseline as the baseline spells them, and the rest sorted. */
export function alignedRules(found: readonly Rule[], desired: readonly Rule[] = []): Rule[] {
  const keys = new Set(found.map(keyOf));
  const known = new Set(desired.map(keyOf));
  const added = found.filter((rule) => !known.has(keyOf(rule)));
  return [
    ...desired.filter((rule) => keys.has(keyOf(rule))),
    ...added.toSorted((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1)),
  ];
}

/**
 * The meaning of a rule as text: its ID and the order of its events do not matter, and an older rule has its prefix outside the filter.
 * Source: Amazon S3 API reference, LifecycleRule, ReplicationRule and NotificationConfiguration.
 */
function keyOf({ ID: _, Id: __, Prefix, Filter, Events, ...rule }: Rule): string {
  const filter = { Prefix: Prefix ?? '', ...(Filter as object | undefined) };
  const events = Array.isArray(Events) ? Events.toSorted() : [];
  return stringify({ ...rule, Filter: filter, Events: events }) as string;
}
