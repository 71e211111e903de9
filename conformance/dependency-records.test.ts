import type { LookupAttribute } from '@aws-sdk/client-cloudtrail';
import { describe, expect, test } from 'vitest';
import { cloudtrail, context, eventually, kms, ownBucket, ownKey } from './fixtures.ts';

describe('a record of a call to S3 or KMS names the resource [S 18, 19, 26, 28]', () => {
  const limit = { timeout: context.patienceMs + 120_000 };

  test('a bucket by ARN, with its owner', limit, async () => {
    const bucket = await ownBucket();

    const { record, Resources } = await eventOf('PutBucketPolicy', {
      AttributeKey: 'ResourceName',
      AttributeValue: bucket,
    });

    expect(record.resources).toContainEqual({
      accountId: context.accountId,
      type: 'AWS::S3::Bucket',
      ARN: expect.stringMatching(`:s3:::${bucket}$`),
    });
    expect(Resources).toContainEqual({ ResourceType: 'AWS::S3::Bucket', ResourceName: bucket });
  });

  test('a key by ARN, however the call named it', limit, async () => {
    const { arn, id } = await ownKey();
    await kms.disableKey({ KeyId: id });

    const { record } = await eventOf('DisableKey', {
      AttributeKey: 'ResourceName',
      AttributeValue: arn,
    });

    expect(record.requestParameters).toEqual({ keyId: id });
    expect(record.resources).toContainEqual({
      accountId: context.accountId,
      type: 'AWS::KMS::Key',
      ARN: arn,
    });
  });
});

/** The newest event of a call about a resource; waits until event history has it. */
async function eventOf(eventName: string, attribute: LookupAttribute) {
  return eventually(async () => {
    const { Events = [] } = await cloudtrail.lookupEvents({ LookupAttributes: [attribute] });
    const found = Events.find(({ EventName }) => EventName === eventName);
    expect(found).toBeDefined();
    return { ...found, record: JSON.parse(found?.CloudTrailEvent ?? '{}') };
  });
}
