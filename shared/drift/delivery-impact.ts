import type { Change } from '#text/diff.ts';
import type { Impact } from './impact.ts';

/** CloudTrail's latest error of each delivery, and since when a logging trail has delivered nothing. */
export type DeliveryField =
  | 'LatestDeliveryError'
  | 'LatestDigestDeliveryError'
  | 'LatestCloudWatchLogsDeliveryError'
  | 'LatestNotificationError'
  | 'NotDeliveredSince';

/** What CloudTrail delivers to, by the drift kind of the dependency. */
export const destinations: Readonly<Record<DeliveryField, string>> = {
  LatestDeliveryError: 'bucket',
  LatestDigestDeliveryError: 'bucket',
  LatestCloudWatchLogsDeliveryError: 'log-group',
  LatestNotificationError: 'topic',
  NotDeliveredSince: 'bucket',
};

/** The impact of each problem of delivery, and how to repair it. */
export const deliveryImpacts: Readonly<Record<DeliveryField, (change: Change) => Impact>> = {
  LatestDeliveryError: ({ actual }) => ({
    description: `log files do not arrive in the bucket: ${reason(actual)}. CloudTrail keeps trying for 30 days`,
    severity: 'critical',
    losesCoverage: true,
  }),
  LatestDigestDeliveryError: ({ actual }) => ({
    description: `digest files do not arrive in the bucket, so log files can be changed unnoticed: ${reason(actual)}`,
    severity: 'high',
    losesCoverage: false,
  }),
  LatestCloudWatchLogsDeliveryError: ({ actual }) => ({
    description: `events do not reach CloudWatch Logs (${actual}): make sure that the log group exists and that the role of the trail may write to it (for an organization trail, to the streams of every account)`,
    severity: 'high',
    losesCoverage: false,
  }),
  LatestNotificationError: ({ actual }) => ({
    description: `no notifications of new log files are sent (${actual}): make sure that the topic exists and that its policy lets cloudtrail.amazonaws.com publish to it`,
    severity: 'medium',
    losesCoverage: false,
  }),
  NotDeliveredSince: ({ actual }) => ({
    description: `no log file has arrived since ${actual}, although the trail logs and records the calls of trailkeeper: check the bucket, its policy and the key`,
    severity: 'medium',
    losesCoverage: true,
  }),
};

/** What is broken and how to repair it, by the bucket's error. Source: Amazon S3 API reference, "Error responses". */
function reason(error: Change['actual']): string {
  const code = String(error);
  const known = Object.keys(repairs).find((one) => code.startsWith(one));
  return `${code}, ${known === undefined ? 'check the bucket, its policy and the key' : repairs[known]}`;
}

const repairs: Readonly<Record<string, string>> = {
  NoSuchBucket:
    'the bucket does not exist: create it again in the account that owned it, before someone else takes its name',
  AccessDenied:
    'the policy of the bucket or the key no longer lets cloudtrail.amazonaws.com write: restore its statements',
  'KMS.': 'the key cannot be used: enable it, cancel its deletion, or restore its policy',
};
