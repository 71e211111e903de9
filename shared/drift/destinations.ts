import * as z from 'zod';
import type { Aws } from '#aws/clients.ts';
import { regionPattern } from '#aws/partitions.ts';
import { must } from '#text/schema-messages.ts';
import type { Trail } from '#trail/trail-arn.ts';
import { accessDenied, gone, impacts } from './destination-impacts.ts';
import { delayedDelivery } from './history-model.ts';
import { type DriftKind, protectedTrails, type States } from './kind.ts';
import { NotReportedError } from './reported.ts';
import { settings } from './settings.ts';
import type { Settings } from './settings-table.ts';

const state = z.strictObject({
  BucketRegion: text(new RegExp(`^${regionPattern}$`), 'be the Region of the bucket, or null'),
  BucketOwner: text(/^\d{12}$/, 'be the id of the account that owns the bucket, or null'),
  KeyState: z.literal('Enabled', must('be Enabled, or null')).nullable(),
  Topic: z.literal('there', must('be there, or null')).nullable(),
  LogGroup: z.literal('there', must('be there, or null')).nullable(),
});
const declared = state.partial();

type Field = keyof z.infer<typeof state>;
/** The trail's destinations, as far as they are protected; null means not protected. */
type Destinations = { readonly [field in Field]: string | null };

/**
 * The baseline's destinations exist, can be used, and still belong to their owners: anyone can create a bucket with the name of a
 * deleted one. What could not be read at the capture is null and not protected. Destinations are not part of the trail, so only
 * people restore them.
 */
export const destinations: DriftKind<Destinations, never> = {
  name: 'destinations',
  isOutsideTrail: true,
  state: state as z.ZodType<Destinations> & typeof state,
  fileFormat: {
    schema: declared,
    resolve: async (written) => declared.parse(written) as Destinations,
  },
  // Calls that change this state; other changes of a bucket, key, topic or log group do not matter here.
  triggers: [
    {
      eventSource: 's3.amazonaws.com',
      eventNames: ['CreateBucket', 'DeleteBucket', 'PutBucketPolicy', 'DeleteBucketPolicy'],
    },
    {
      eventSource: 'kms.amazonaws.com',
      eventNames: [
        'EnableKey',
        'DisableKey',
        'ScheduleKeyDeletion',
        'CancelKeyDeletion',
        'DeleteImportedKeyMaterial',
      ],
    },
    { eventSource: 'sns.amazonaws.com', eventNames: ['DeleteTopic'] },
    { eventSource: 'logs.amazonaws.com', eventNames: ['CreateLogGroup', 'DeleteLogGroup'] },
  ],
  permissions: {
    observe: [
      { actions: ['cloudtrail:GetTrail'], resources: protectedTrails },
      // HeadBucket needs it; nothing narrower allows it. Source: Amazon S3 API reference, HeadBucket, "Permissions".
      { actions: ['s3:ListBucket'], resources: ({ buckets }) => buckets },
      { actions: ['kms:DescribeKey'], resources: ({ keys }) => keys },
      { actions: ['sns:GetTopicAttributes'], resources: ({ topics }) => topics },
      // This action cannot be granted on anything narrower either. Source: Service Authorization Reference, Amazon CloudWatch Logs.
      { actions: ['logs:DescribeLogGroups'], resources: () => ['*'] },
    ],
    repair: [],
  },

  async observe(aws, trail, now, { settings: named, destinations: desired = {} }: States = {}) {
    const to = (named as Settings | undefined) ?? (await settings.observe(aws, trail, now));
    if (to === null) return null;
    if (!to.S3BucketName) throw new NotReportedError('GetTrail returned no S3BucketName');
    const wanted = desired as Partial<Destinations>;
    const probes = await import('./destination-probes.ts');
    const observe = async (
      field: Field,
      arn: string | null,
      probe: 'keyState' | 'topicState' | 'logGroupState',
    ) =>
      arn === null || wanted[field] === null ? (wanted[field] ?? null) : probes[probe](aws, arn);
    const [bucket, KeyState, Topic, LogGroup] = await Promise.all([
      observeBucket(aws, to.S3BucketName, trail, wanted),
      observe('KeyState', to.KmsKeyId, 'keyState'),
      observe('Topic', to.SnsTopicARN, 'topicState'),
      observe('LogGroup', to.CloudWatchLogsLogGroupArn, 'logGroupState'),
    ]);
    const others = Object.entries({ KeyState, Topic, LogGroup });
    const reported = Object.fromEntries(others.filter(([, value]) => value !== undefined));
    return { ...bucket, ...reported } as Destinations;
  },

  toBaseline: ({ BucketRegion, BucketOwner, KeyState, Topic, LogGroup }) => ({
    BucketRegion,
    BucketOwner,
    KeyState: isSeen(KeyState) ? 'Enabled' : null,
    Topic: isSeen(Topic) ? 'there' : null,
    LogGroup: isSeen(LogGroup) ? 'there' : null,
  }),

  impact: (change) => impacts[change.path as Field](change),

  repair: () => [],

  async apply() {},

  historyModel: {
    // Null means not protected, except for a bucket: it does not exist, and a call shows where it is created again.
    applyCall({ eventName, cause }, before) {
      if (eventName === 'CreateBucket') return { set: { BucketRegion: cause.region } };
      const set = effects[eventName];
      if (set === undefined) return null;
      const known = Object.entries(set).filter(([field]) => before[field as Field] !== null);
      return { set: Object.fromEntries(known) };
    },
    coverageLoss: ({ path }) =>
      path === 'BucketRegion' || path === 'BucketOwner' || path === 'KeyState'
        ? delayedDelivery
        : null,
  },
};

/** How calls change a trail's destinations. Source: AWS KMS developer guide, "Key states of AWS KMS keys". */
const effects: Readonly<Record<string, Partial<Destinations>>> = {
  DeleteBucket: { BucketRegion: null },
  EnableKey: { KeyState: 'Enabled' },
  DisableKey: { KeyState: 'Disabled' },
  ScheduleKeyDeletion: { KeyState: 'PendingDeletion' },
  CancelKeyDeletion: { KeyState: 'Disabled' },
  DeleteImportedKeyMaterial: { KeyState: 'PendingImport' },
  DeleteTopic: { Topic: gone },
  CreateLogGroup: { LogGroup: 'there' },
  DeleteLogGroup: { LogGroup: gone },
};

function text(pattern: RegExp, rule: string) {
  return z.string(must(rule)).regex(pattern, must(rule)).nullable();
}

const isSeen = (seen: string | null | undefined): boolean => Boolean(seen) && seen !== accessDenied;

const anotherAccount = 'another account';

/**
 * The bucket's Region, which S3 reports to anyone, and its owner. S3 does not name the owner: it says whether the owner is a given
 * account, and only to callers that the bucket's policy allows. For other callers access is denied. A capture asks for the trail's
 * account unless a person names another one. Source: Amazon S3 user guide, "Verifying bucket ownership
 * with bucket owner condition".
 */
async function observeBucket(
  aws: Aws,
  Bucket: string,
  { region: home, accountId }: Trail,
  { BucketRegion: region, BucketOwner: owner }: Partial<Destinations>,
): Promise<Pick<Destinations, 'BucketRegion' | 'BucketOwner'>> {
  const { headBucket } = await import('./destination-probes.ts');
  const head = (ExpectedBucketOwner: string | null) =>
    headBucket(aws, region ?? home, {
      Bucket,
      ...(ExpectedBucketOwner !== null && { ExpectedBucketOwner }),
    });
  const asked = owner === undefined ? accountId : owner;
  const seen = await head(asked);
  return { BucketRegion: region === null ? null : seen.region, BucketOwner: await seenOwner() };

  async function seenOwner(): Promise<string | null> {
    if (asked === null || seen.isAllowedIn) return asked;
    if (owner === undefined) return null;
    // A missing bucket is reported once.
    if (seen.region === null) return region === null ? gone : asked;
    return (await head(null)).isAllowedIn ? anotherAccount : accessDenied;
  }
}
