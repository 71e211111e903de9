import type { GetTrailStatusResponse } from '@aws-sdk/client-cloudtrail';
import type { World } from '../world.ts';
import { bucketFault, keyFault, topicFault } from './dependencies.ts';
import { logGroupFault } from './log-delivery.ts';
import type { Deliveries, StatusFields, Trail } from './trail-state.ts';

/** The response of GetTrailStatus for a trail at a given time. */
export const statusOf = (trail: Trail, world: World, at: Date): GetTrailStatusResponse => {
  const { attempts = {}, ...deliveries } = deliveriesOf(trail, world, at);
  const status = {
    ...trail.logging,
    ...deliveries,
    ...deliveryErrors(trail, world),
    ...world.statusOverrides.get(trail.arn),
  };
  // The API reference calls these fields "no longer in use". AWS still returns all of them, with an empty text if the
  // event never happened: aquasecurity/cloudsploit, plugins/aws/cloudtrail/cloudtrailBucketDelete.spec.js.
  return {
    ...status,
    LatestDeliveryAttemptTime: textOf(attempts.delivery),
    LatestNotificationAttemptTime: textOf(attempts.notification),
    LatestNotificationAttemptSucceeded: textOf(status.LatestNotificationTime),
    LatestDeliveryAttemptSucceeded: textOf(status.LatestDeliveryTime),
    TimeLoggingStarted: textOf(status.StartLoggingTime),
    TimeLoggingStopped: textOf(status.StopLoggingTime),
  };
};

const textOf = (time: Date | undefined): string =>
  time?.toISOString().replace(/\.\d+Z$/, 'Z') ?? '';

/**
 * Stores each trail's last delivery times. Called before every change, so that the times stop when a trail is stopped
 * or its destination fails.
 */
export const recordDeliveries = (world: World, at: Date): void => {
  for (const trail of world.trails.values()) {
    world.trails.set(trail.arn, { ...trail, delivered: deliveriesOf(trail, world, at) });
  }
};

// In the sandbox a working trail delivers continuously. In AWS a log file takes about 5 minutes and a digest file one
// hour (CloudTrail User Guide).
const deliveriesOf = (trail: Trail, world: World, at: Date): Deliveries => {
  const { SnsTopicARN, CloudWatchLogsLogGroupArn, LogFileValidationEnabled } = trail.settings;
  if (!trail.logging.IsLogging) return trail.delivered;
  const errors = deliveryErrors(trail, world);
  const delivers = errors.LatestDeliveryError === undefined;
  return {
    ...trail.delivered,
    attempts: {
      ...trail.delivered.attempts,
      delivery: at,
      ...(SnsTopicARN && delivers && { notification: at }),
    },
    ...(delivers && { LatestDeliveryTime: at }),
    // A notification announces a log file, so without a log file there is none.
    ...(SnsTopicARN &&
      delivers &&
      !errors.LatestNotificationError && { LatestNotificationTime: at }),
    ...(CloudWatchLogsLogGroupArn &&
      !errors.LatestCloudWatchLogsDeliveryError && { LatestCloudWatchLogsDeliveryTime: at }),
    ...(LogFileValidationEnabled &&
      !errors.LatestDigestDeliveryError && { LatestDigestDeliveryTime: at }),
  };
};

// The values are the error codes of the destination's service: "displays any Amazon S3 error that CloudTrail
// encountered" (API reference, GetTrailStatus).
const deliveryErrors = (trail: Trail, world: World): StatusFields => {
  const { settings } = trail;
  const bucket = bucketFault(trail, world);
  const key = keyFault(trail, world);
  const topic = topicFault(trail, world);
  const logGroup = logGroupFault(trail, world);
  const delivery = (bucket && bucketErrors[bucket]) ?? (key && keyErrors[key]);
  return {
    ...(delivery && { LatestDeliveryError: delivery }),
    // Digest files are always encrypted with SSE-S3 (CloudTrail User Guide, "Encrypting CloudTrail log files with AWS
    // KMS keys").
    ...(settings.LogFileValidationEnabled &&
      bucket && { LatestDigestDeliveryError: bucketErrors[bucket] }),
    ...(topic && { LatestNotificationError: topicErrors[topic] }),
    ...(logGroup && { LatestCloudWatchLogsDeliveryError: logGroupErrors[logGroup] }),
  };
};

const bucketErrors = { gone: 'NoSuchBucket', closed: 'AccessDenied' } as const;

// Amazon S3 API reference, "Error responses", and the AWS KMS errors that S3 passes on.
const keyErrors = {
  gone: 'KMS.NotFoundException',
  doomed: 'KMS.KMSInvalidStateException',
  disabled: 'KMS.DisabledException',
  closed: 'AccessDenied',
} as const;

const topicErrors = {
  gone: 'NotFound',
  closed: 'AuthorizationError',
  // Amazon SNS API reference, Publish, "Errors".
  encrypted: 'KMSAccessDenied',
} as const;

// The errors of AWS STS and CloudWatch Logs. Which of them CloudTrail reports is an assumption.
const logGroupErrors = {
  gone: 'ResourceNotFoundException',
  untrusted: 'AccessDenied',
  forbidden: 'AccessDeniedException',
} as const;
