import { randomUUID } from 'node:crypto';
import { AwsError, type Call } from '../service.ts';
import type { Bucket, BucketConfiguration, World } from '../world.ts';
import { elementsOf, malformedXml } from './xml.ts';

// Where a bucket logs requests to and whom it notifies of objects. Source: Amazon S3 API reference, PutBucketLogging and
// PutBucketNotificationConfiguration; messages as publicly reported.

/** The target must exist, and belong to the account and the Region of the bucket. */
export function checkLogging(
  { LoggingEnabled }: BucketConfiguration,
  { owner, region }: Bucket,
  { buckets }: World,
): void {
  if (LoggingEnabled === undefined) return;
  const { TargetBucket } = LoggingEnabled as BucketConfiguration;
  const target = buckets.get(String(TargetBucket));
  if (target?.owner === owner && target.region === region) return;
  const message =
    'The target bucket for logging does not exist, is not owned by you, or does not have the appropriate grants for the log-delivery group.';
  throw new AwsError('InvalidTargetBucketForLogging', message);
}

/** The elements with destinations, and the element in each that names one. */
const destinations: Readonly<Record<string, string>> = {
  TopicConfiguration: 'Topic',
  QueueConfiguration: 'Queue',
  CloudFunctionConfiguration: 'CloudFunction',
};

/** Destinations must exist, unless the caller skips their validation. */
export function checkNotifications(
  configuration: BucketConfiguration,
  _bucket: Bucket,
  { topics, queuePolicies, functions }: World,
  { input: { SkipDestinationValidation: isSkipped } }: Pick<Call, 'input'>,
): void {
  for (const [name, named] of Object.entries(destinations)) {
    for (const { [named]: arn, Event } of elementsOf(configuration, name)) {
      if (arn === undefined || Event === undefined) throw malformedXml();
      const isThere = [topics, queuePolicies, functions].some((all) => all.has(String(arn)));
      if (isSkipped !== true && !isThere) throw notValid();
    }
  }
}

/** Configurations without an ID are given one. */
export const withNotificationIds = (sent: BucketConfiguration): BucketConfiguration =>
  Object.fromEntries(
    Object.entries(sent).map(([name, value]) => [
      name,
      name in destinations
        ? elementsOf(sent, name).map((one) => ({ ...one, Id: one.Id || randomUUID() }))
        : value,
    ]),
  );

const notValid = (): AwsError =>
  new AwsError('InvalidArgument', 'Unable to validate the following destination configurations');
