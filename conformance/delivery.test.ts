import { describe, expect, test } from 'vitest';
import { allowCloudTrailWrites, removeBucket } from './bucket.ts';
import { cloudtrail, context, ownBucket, ownTopic, ownTrail, s3, sns } from './fixtures.ts';

// Files are delivered about five minutes after the calls that they contain; the calls of this suite are such calls.
const patience = { timeout: context.patienceMs, interval: Math.max(context.patienceMs / 60, 100) };
const limit = 2 * context.patienceMs + 120_000;

describe('the status of a logging trail [M: GetTrailStatus]', () => {
  test('has the time of the last delivery', { timeout: limit }, async () => {
    const { name } = await logging();

    await expect
      .poll(() => statusOf(name), patience)
      .toMatchObject({
        LatestDeliveryTime: expect.any(Date),
      });
    const status = await statusOf(name);
    expect(status.LatestDeliveryError ?? '').toBe('');
    expect(status.LatestDeliveryAttemptSucceeded).toBe(status.LatestDeliveryAttemptTime);
    expect(Date.parse(status.LatestDeliveryAttemptTime ?? '')).not.toBeNaN();
  });

  test('has the S3 error while the bucket policy is missing', {
    timeout: limit,
  }, async () => {
    const { name, bucket, repair } = await logging();

    await s3.deleteBucketPolicy({ Bucket: bucket });

    await expect
      .poll(async () => (await statusOf(name)).LatestDeliveryError, patience)
      .toBe('AccessDenied');
    await repair();
    await expect
      .poll(async () => (await statusOf(name)).LatestDeliveryError ?? '', patience)
      .toBe('');
  });

  test('has the S3 error of a deleted bucket', { timeout: limit }, async () => {
    const { name, bucket } = await logging();

    await removeBucket(s3, bucket);

    await expect
      .poll(async () => (await statusOf(name)).LatestDeliveryError, patience)
      .toBe('NoSuchBucket');
  });

  test('has the SNS error of a deleted topic', { timeout: limit }, async () => {
    const { arn } = await ownTopic();
    const { name } = await logging({ SnsTopicName: arn });

    await sns.deleteTopic({ TopicArn: arn });

    await expect
      .poll(async () => (await statusOf(name)).LatestNotificationError ?? '', patience)
      .not.toBe('');
  });
});

/** A trail that logs to a separate bucket. */
async function logging(input = {}) {
  const bucket = await ownBucket();
  const { name } = await ownTrail({ S3BucketName: bucket, ...input });
  await cloudtrail.startLogging({ Name: name });
  return { name, bucket, repair: () => allowCloudTrailWrites(s3, bucket, context) };
}

function statusOf(Name: string) {
  return cloudtrail.getTrailStatus({ Name });
}
