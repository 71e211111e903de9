import {
  GetTrailStatusCommand,
  type GetTrailStatusCommandOutput,
} from '@aws-sdk/client-cloudtrail';
import * as z from 'zod';
import { nullIfTrailNotFound } from '#aws/errors.ts';
import { must } from '#text/schema-messages.ts';
import type { RecordedCall } from '#trail/recorded-call.ts';
import { type DeliveryField, deliveryImpacts, destinations } from './delivery-impact.ts';
import { keepsDelivery } from './dependencies/bucket-policy.ts';
import { eventSelectors } from './event-selectors.ts';
import { delayedDelivery } from './history-model.ts';
import { type DriftKind, protectedTrails, type States } from './kind.ts';
import { recordsReadsOf } from './selectors/coverage.ts';
import type { Selectors } from './selectors/schema.ts';
import type { Settings } from './settings-table.ts';

const all = Object.keys(deliveryImpacts) as readonly DeliveryField[];
const each = <Value>(value: Value) =>
  Object.fromEntries(all.map((field) => [field, value])) as Readonly<Record<DeliveryField, Value>>;

/** Null means no problem. */
type Delivery = Readonly<Record<DeliveryField, string | null>>;

const state = z.strictObject(each(z.null(must('be null: a trail cannot be required to fail'))));
const noProblem: Delivery = each(null);

const logFileFields: readonly DeliveryField[] = [
  'LatestDeliveryError',
  'LatestDigestDeliveryError',
  'NotDeliveredSince',
];

/** Which deliveries a call on a destination can break or repair. */
const alsoAffectedBy: ReadonlyMap<string, readonly DeliveryField[]> = new Map([
  ['CreateBucket', logFileFields],
  ['DeleteBucket', logFileFields],
  ['PutBucketPolicy', logFileFields],
  ['DeleteBucketPolicy', logFileFields],
  ['EnableKey', logFileFields],
  ['DisableKey', logFileFields],
  ['ScheduleKeyDeletion', logFileFields],
  ['CancelKeyDeletion', logFileFields],
  ['DeleteImportedKeyMaterial', logFileFields],
  ['ImportKeyMaterial', logFileFields],
  ['PutKeyPolicy', logFileFields],
  ['CreateTopic', ['LatestNotificationError']],
  ['DeleteTopic', ['LatestNotificationError']],
  ['SetTopicAttributes', ['LatestNotificationError']],
  ['AddPermission', ['LatestNotificationError']],
  ['RemovePermission', ['LatestNotificationError']],
  ['CreateLogGroup', ['LatestCloudWatchLogsDeliveryError']],
  ['DeleteLogGroup', ['LatestCloudWatchLogsDeliveryError']],
  ['CreateRole', ['LatestCloudWatchLogsDeliveryError']],
  ['DeleteRole', ['LatestCloudWatchLogsDeliveryError']],
  ['UpdateAssumeRolePolicy', ['LatestCloudWatchLogsDeliveryError']],
  ['PutRolePolicy', ['LatestCloudWatchLogsDeliveryError']],
  ['DeleteRolePolicy', ['LatestCloudWatchLogsDeliveryError']],
  ['AttachRolePolicy', ['LatestCloudWatchLogsDeliveryError']],
  ['DetachRolePolicy', ['LatestCloudWatchLogsDeliveryError']],
  ['PutRolePermissionsBoundary', ['LatestCloudWatchLogsDeliveryError']],
  ['DeleteRolePermissionsBoundary', ['LatestCloudWatchLogsDeliveryError']],
]);

/** Log files arrive. If not, a person has to repair the destination: the trail itself is not the cause. */
export const delivery: DriftKind<Delivery, never> = {
  name: 'delivery',
  state: state as z.ZodType<Delivery> & typeof state,
  destinations,
  triggers: [],
  alsoAffectedBy,
  permissions: {
    observe: [
      {
        actions: ['cloudtrail:GetTrailStatus', 'cloudtrail:GetEventSelectors'],
        resources: protectedTrails,
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

  onlyState: noProblem,

  toBaseline: () => noProblem,

  impact: (change) => deliveryImpacts[change.path as DeliveryField](change),

  repair: () => [],

  async apply() {},

  historyModel: {
    // No call says whether delivery works afterwards; the next check shows it.
    applyCall(call) {
      const unclear = alsoAffectedBy.get(call.eventName) ?? fieldsDependingOn(call);
      return unclear.length === 0 ? null : { set: {}, indeterminate: unclear };
    },
    // A call that leaves the settings unchanged does not stop deliveries.
    leavesInSync(call, protectedTrail) {
      if (fieldsDependingOn(call).length > 0 || call.eventName === 'EnableKey') return true;
      if (!alsoAffectedBy.has(call.eventName)) return null;
      if (isDecidedElsewhere(call, protectedTrail.states)) return null;
      const { settings, bucket } = protectedTrail.states;
      if (call.eventName !== 'PutBucketPolicy' || settings === undefined) return false;
      const { Owner: owner = null } = (bucket ?? {}) as {
        readonly Owner?: string | null;
      };
      const policy = call.parameters?.bucketPolicy;
      return keepsDelivery(policy, protectedTrail, { ...(settings as Settings), owner });
    },
    // A changed policy may still let CloudTrail write, or not; a new bucket has no policy.
    uncertainty: (field, { eventName }) =>
      field === 'LatestDeliveryError' && policyCalls.includes(eventName)
        ? { description: maybeFailed, coverageLoss: delayedDelivery }
        : null,
    coverageLoss: ({ path }) =>
      path === 'LatestDeliveryError' || path === 'NotDeliveredSince' ? delayedDelivery : null,
  },
};

/** Whether the call writes a policy that another kind compares. */
function isDecidedElsewhere({ eventName }: RecordedCall, states: States): boolean {
  const state = states[policies[eventName] ?? ''];
  return Array.isArray(state && Reflect.get(state, 'CloudTrailStatements'));
}

const policies: Readonly<Record<string, string>> = {
  PutKeyPolicy: 'key',
  SetTopicAttributes: 'topic',
  AddPermission: 'topic',
  RemovePermission: 'topic',
};

const maybeFailed =
  'delivery may have failed: someone changed who can write to the log bucket, and the records do not say whether CloudTrail still can';

const policyCalls: readonly string[] = ['CreateBucket', 'PutBucketPolicy', 'DeleteBucketPolicy'];

/** The deliveries that a call about the trail itself can break: those whose destination it changed. */
function fieldsDependingOn({ eventName, parameters }: RecordedCall): readonly DeliveryField[] {
  if (eventName === 'CreateTrail') return all;
  if (eventName !== 'UpdateTrail') return [];
  return parameters === null
    ? all
    : all.filter((field) => dependsOn[field].some((name) => (parameters[name] ?? null) !== null));
}

const bucket = ['s3BucketName', 's3KeyPrefix', 'kmsKeyId', 'isOrganizationTrail'];

/** The settings that each delivery depends on, with the names that records use. */
const dependsOn: Readonly<Record<DeliveryField, readonly string[]>> = {
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

/**
 * trailkeeper's own sweeps read every trail, so a trail that records reads of CloudTrail always has something to deliver. A trail
 * that records only data events or writes, or excludes CloudTrail, may deliver nothing for hours.
 */
const mustDeliver = (selectors: Selectors | null): boolean =>
  selectors !== null && recordsReadsOf(selectors, 'cloudtrail.amazonaws.com');

/**
 * In milliseconds. CloudTrail delivers within about five minutes of a call. `LatestDeliveryError` does not cover requests that time out.
 * Sources: user guide, "How CloudTrail works"; API reference, GetTrailStatus.
 */
const noDeliveryAfterMs = 60 * 60 * 1000;

function notDeliveredSince(status: GetTrailStatusCommandOutput, now: Date): string | null {
  const { IsLogging, LatestDeliveryError, LatestDeliveryTime, StartLoggingTime } = status;
  const times = [LatestDeliveryTime, StartLoggingTime].flatMap((time) => time?.getTime() ?? []);
  if (!IsLogging || LatestDeliveryError || times.length === 0) return null;
  const last = Math.max(...times);
  return now.getTime() - last > noDeliveryAfterMs ? new Date(last).toISOString() : null;
}
