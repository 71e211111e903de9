import {
  GetTrailStatusCommand,
  type GetTrailStatusCommandOutput,
} from '@aws-sdk/client-cloudtrail';
import * as z from 'zod';
import { nullIfTrailNotFound } from '#aws/errors.ts';
import type { Change } from '#text/diff.ts';
import { must } from '#text/schema-messages.ts';
import type { RecordedCall } from '#trail/recorded-call.ts';
import { keepsDelivery } from './bucket-policy.ts';
import { eventSelectors } from './event-selectors.ts';
import { lateAtMost } from './history-model.ts';
import type { Impact } from './impact.ts';
import { type DriftKind, guardedTrails, type States } from './kind.ts';
import { recordsReadsOf, type Selectors } from './selectors/coverage.ts';
import type { Settings } from './settings-schema.ts';

const none = z.null(must('be null: a trail can not be required to fail'));
const state = z.strictObject({
  LatestDeliveryError: none,
  LatestDigestDeliveryError: none,
  LatestCloudWatchLogsDeliveryError: none,
  LatestNotificationError: none,
  NotDeliveredSince: none,
});

type Field = keyof z.infer<typeof state>;
/** What CloudTrail says of each delivery, and since when a trail that logs has delivered nothing; null is well. */
type Delivery = { readonly [field in Field]: string | null };

const ofFiles: readonly Field[] = [
  'LatestDeliveryError',
  'LatestDigestDeliveryError',
  'NotDeliveredSince',
];
const all: readonly Field[] = [
  ...ofFiles,
  'LatestCloudWatchLogsDeliveryError',
  'LatestNotificationError',
];

/** What may fail, or work again, after each call on what the trail delivers to. */
const alsoAffectedBy: ReadonlyMap<string, readonly Field[]> = new Map([
  ['CreateBucket', ofFiles],
  ['DeleteBucket', ofFiles],
  ['PutBucketPolicy', ofFiles],
  ['DeleteBucketPolicy', ofFiles],
  ['EnableKey', ofFiles],
  ['DisableKey', ofFiles],
  ['ScheduleKeyDeletion', ofFiles],
  ['CancelKeyDeletion', ofFiles],
  ['DeleteImportedKeyMaterial', ofFiles],
  ['DeleteTopic', ['LatestNotificationError']],
  ['CreateLogGroup', ['LatestCloudWatchLogsDeliveryError']],
  ['DeleteLogGroup', ['LatestCloudWatchLogsDeliveryError']],
]);

/** Log files arrive. Where they do not, what has to be repaired is not the trail: a person is told what. */
export const delivery: DriftKind<Delivery, never> = {
  name: 'delivery',
  state: state as z.ZodType<Delivery> & typeof state,
  triggers: [],
  alsoAffectedBy,
  permissions: {
    observe: [
      {
        actions: ['cloudtrail:GetTrailStatus', 'cloudtrail:GetEventSelectors'],
        resources: guardedTrails,
      },
    ],
    repair: [],
  },

  async observe(aws, trail, now, { 'event-selectors': desired }: States = {}) {
    const status = await nullIfTrailNotFound(
      aws.cloudtrail.send(new GetTrailStatusCommand({ Name: trail.arn })),
    );
    if (status === null) return null;
    const since = notDeliveredSince(status, now);
    const selectors = async () =>
      (desired as Selectors | undefined) ?? (await eventSelectors.observe(aws, trail, now));
    return {
      LatestDeliveryError: status.LatestDeliveryError || null,
      LatestDigestDeliveryError: status.LatestDigestDeliveryError || null,
      LatestCloudWatchLogsDeliveryError: status.LatestCloudWatchLogsDeliveryError || null,
      LatestNotificationError: status.LatestNotificationError || null,
      NotDeliveredSince: since !== null && mustDeliver(await selectors()) ? since : null,
    };
  },

  onlyState: well(),

  toBaseline: well,

  impact: (change) => impacts[change.path as Field](change),

  repair: () => [],

  async apply() {},

  past: {
    // No call says whether delivery works after it; whoever looks next sees it.
    after(call) {
      const unclear = alsoAffectedBy.get(call.eventName) ?? decidedByTrail(call);
      return unclear.length === 0 ? null : { set: {}, unclear };
    },
    // Nothing about the trail itself stops a delivery if it leaves the settings as they are.
    keeps(call, { settings, sink }, trail) {
      if (decidedByTrail(call).length > 0 || call.eventName === 'EnableKey') return true;
      if (!alsoAffectedBy.has(call.eventName)) return null;
      if (call.eventName !== 'PutBucketPolicy' || settings === undefined) return false;
      const { BucketOwner: owner = null } = (sink ?? {}) as {
        readonly BucketOwner?: string | null;
      };
      const policy = call.parameters?.bucketPolicy;
      return keepsDelivery(policy, trail, { ...(settings as Settings), owner });
    },
    // What somebody wrote into a policy may still let CloudTrail write, or not; and a bucket that is made has none.
    doubt: (field, { eventName }) =>
      field === 'LatestDeliveryError' && policyCalls.includes(eventName)
        ? { words: maybeFailed, missing: lateAtMost }
        : null,
    missing: ({ path }) =>
      path === 'LatestDeliveryError' || path === 'NotDeliveredSince' ? lateAtMost : null,
  },
};

const maybeFailed =
  'delivery may have failed: somebody changed who may write to the bucket of the log, and the records do not say whether CloudTrail still might';

const policyCalls: readonly string[] = ['CreateBucket', 'PutBucketPolicy', 'DeleteBucketPolicy'];

/** The same after a call about the trail itself: only what is delivered elsewhere by it, or otherwise, may fail by it. */
function decidedByTrail({ eventName, parameters }: RecordedCall): readonly Field[] {
  if (eventName === 'CreateTrail') return all;
  if (eventName !== 'UpdateTrail') return [];
  return parameters === null
    ? all
    : all.filter((field) => dependsOn[field].some((name) => (parameters[name] ?? null) !== null));
}

const bucket = ['s3BucketName', 's3KeyPrefix', 'kmsKeyId', 'isOrganizationTrail'];

/** What each delivery depends on, under the names that records have for it. */
const dependsOn: Readonly<Record<Field, readonly string[]>> = {
  LatestDeliveryError: bucket,
  LatestDigestDeliveryError: [...bucket, 'enableLogFileValidation'],
  LatestCloudWatchLogsDeliveryError: [
    'cloudWatchLogsLogGroupArn',
    'cloudWatchLogsRoleArn',
    'isOrganizationTrail',
  ],
  LatestNotificationError: ['snsTopicName'],
  NotDeliveredSince: bucket,
};

function well(): Delivery {
  return {
    LatestDeliveryError: null,
    LatestDigestDeliveryError: null,
    LatestCloudWatchLogsDeliveryError: null,
    LatestNotificationError: null,
    NotDeliveredSince: null,
  };
}

/**
 * Our own sweeps read every guarded trail: a trail that records reads of CloudTrail always has something to deliver. One that
 * records only data events or writes, or leaves CloudTrail out, may deliver nothing for hours.
 */
const mustDeliver = (selectors: Selectors | null): boolean =>
  selectors !== null && recordsReadsOf(selectors, 'cloudtrail.amazonaws.com');

/**
 * In milliseconds. CloudTrail delivers within about five minutes of a call. `LatestDeliveryError` leaves out requests that time out.
 * Sources: user guide, "How CloudTrail works"; API reference, GetTrailStatus.
 */
const patience = 60 * 60 * 1000;

function notDeliveredSince(status: GetTrailStatusCommandOutput, now: Date): string | null {
  const { IsLogging, LatestDeliveryError, LatestDeliveryTime, StartLoggingTime } = status;
  const times = [LatestDeliveryTime, StartLoggingTime].flatMap((time) => time?.getTime() ?? []);
  if (!IsLogging || LatestDeliveryError || times.length === 0) return null;
  const last = Math.max(...times);
  return now.getTime() - last > patience ? new Date(last).toISOString() : null;
}

const impacts: Readonly<Record<Field, (change: Change) => Impact>> = {
  LatestDeliveryError: ({ actual }) => ({
    words: `log files do not arrive in the bucket: ${reason(actual)}. CloudTrail keeps trying for 30 days`,
    severity: 'critical',
    losesCoverage: true,
  }),
  LatestDigestDeliveryError: ({ actual }) => ({
    words: `digest files do not arrive in the bucket, so log files can be changed unnoticed: ${reason(actual)}`,
    severity: 'high',
    losesCoverage: false,
  }),
  LatestCloudWatchLogsDeliveryError: ({ actual }) => ({
    words: `events do not reach CloudWatch Logs (${actual}): make sure that the log group is there and that the role of the trail may write to it, for an organization trail to the streams of every account, too`,
    severity: 'high',
    losesCoverage: false,
  }),
  LatestNotificationError: ({ actual }) => ({
    words: `new log files are not announced (${actual}): make sure that the topic is there and that its policy lets cloudtrail.amazonaws.com publish to it`,
    severity: 'medium',
    losesCoverage: false,
  }),
  NotDeliveredSince: ({ actual }) => ({
    words: `no log file has arrived since ${actual}, though the trail logs and trailkeeper makes calls that it records: make sure that the bucket, its policy and the key are as they were`,
    severity: 'medium',
    losesCoverage: true,
  }),
};

/** What is broken and what to repair, by the error that the bucket answered with. Source: Amazon S3 API reference, "Error responses". */
function reason(error: Change['actual']): string {
  const code = String(error);
  const known = Object.keys(repairs).find((one) => code.startsWith(one));
  return `${code}, ${known === undefined ? 'look at the bucket, its policy and the key' : repairs[known]}`;
}

const repairs: Readonly<Record<string, string>> = {
  NoSuchBucket:
    'the bucket is gone: make it again, in the account that owned it, before somebody else takes its name',
  AccessDenied:
    'the policy of the bucket, or that of the key, no longer lets cloudtrail.amazonaws.com write: put its statements back',
  'KMS.': 'the key can not be used: enable it, cancel its deletion, or put its policy back',
};
