import { randomUUID } from 'node:crypto';
import type { CreateTrailRequest } from '@aws-sdk/client-cloudtrail';
import { beforeAll, inject, onTestFinished, vi } from 'vitest';
import { allowCloudTrailWrites, createBucket, removeBucket } from './bucket.ts';
import { clientsOf } from './clients.ts';

export type OwnTrail = { readonly name: string; readonly arn: string };

export const context = inject('conformance');
export const { cloudtrail, cloudwatch, dynamodb, s3, kms, sns, logs, organizations } = clientsOf(
  context.connection,
  context.region,
);
export const elsewhere = clientsOf(context.connection, context.otherRegion);

export const newName = (): string => `${context.run}-${randomUUID().slice(0, 8)}`;

export const trailArn = (name: string, region = context.region): string =>
  `arn:aws:cloudtrail:${region}:${context.accountId}:trail/${name}`;

/** Creates a trail for one test and deletes it afterwards. `input` can set everything except the name. */
export async function ownTrail(input: Partial<CreateTrailRequest> = {}): Promise<OwnTrail> {
  const { TrailARN: arn = '', Name: name = '' } = await create(input);
  return { name, arn };
}

/** Calls CreateTrail for a test that expects a refusal. If AWS accepts the call, the trail is deleted afterwards. */
export async function create(input: Partial<CreateTrailRequest> = {}, client = cloudtrail) {
  const answer = await client.createTrail({
    Name: newName(),
    S3BucketName: context.bucket,
    ...input,
  });
  onTestFinished(() => removeTrail(answer.TrailARN, client));
  return answer;
}

/** A trail for a whole test file, whose tests do not change it. */
export function sharedTrail(input: Partial<CreateTrailRequest> = {}): OwnTrail {
  const name = newName();
  const arn = trailArn(name);
  beforeAll(async () => {
    await cloudtrail.createTrail({ Name: name, S3BucketName: context.bucket, ...input });
    return () => removeTrail(arn);
  });
  return { name, arn };
}

export async function removeTrail(Name: string | undefined, client = cloudtrail): Promise<void> {
  await client.deleteTrail({ Name }).catch((error: Error) => {
    if (error.name !== 'TrailNotFoundException') throw error;
  });
}

/** Repeats a check until it passes. Other Regions and accounts, records and deliveries are delayed. */
export const eventually = <T>(check: () => Promise<T>): Promise<T> =>
  vi.waitFor(check, {
    timeout: context.patienceMs,
    interval: Math.max(context.patienceMs / 120, 100),
  });

/** The trail that GetTrail returns. */
export async function getTrail(Name: string, client = cloudtrail) {
  return (await client.getTrail({ Name })).Trail;
}

/** Creates a bucket for one test. CloudTrail can write to it unless it is `bare`. */
export async function ownBucket({ bare = false } = {}): Promise<string> {
  const name = newName();
  onTestFinished(() => removeBucket(s3, name));
  await createBucket(s3, name, context);
  if (!bare) await allowCloudTrailWrites(s3, name, context);
  return name;
}

/** Creates a key for one test. CloudTrail can use it unless it is `bare`. After the test, its deletion is scheduled. */
export async function ownKey({
  bare = false,
  client = kms,
  // The documented policy names the trails of the account.
  trails = `arn:aws:cloudtrail:*:${context.accountId}:trail/*`,
} = {}): Promise<{ readonly arn: string; readonly id: string }> {
  // CloudTrail User Guide, "Configure AWS KMS key policies for CloudTrail".
  const forCloudTrail = {
    Effect: 'Allow',
    Principal: { Service: 'cloudtrail.amazonaws.com' },
    Action: 'kms:GenerateDataKey*',
    Resource: '*',
    Condition: { StringLike: { 'kms:EncryptionContext:aws:cloudtrail:arn': trails } },
  };
  const describing = {
    Effect: 'Allow',
    Principal: { Service: 'cloudtrail.amazonaws.com' },
    Action: 'kms:DescribeKey',
    Resource: '*',
  };
  const forOwner = {
    Effect: 'Allow',
    Principal: { AWS: `arn:aws:iam::${context.accountId}:root` },
    Action: 'kms:*',
    Resource: '*',
  };
  const Statement = bare ? [forOwner] : [forOwner, forCloudTrail, describing];
  const { KeyMetadata } = await client.createKey({
    Description: context.run,
    Policy: JSON.stringify({ Version: '2012-10-17', Statement }),
  });
  const { Arn: arn = '', KeyId: id = '' } = KeyMetadata ?? {};
  onTestFinished(async () => {
    await client.scheduleKeyDeletion({ KeyId: id, PendingWindowInDays: 7 });
  });
  return { arn, id };
}

/** Creates a topic for one test. CloudTrail can publish to it unless it is `bare`. */
export async function ownTopic({
  bare = false,
  source = `arn:aws:cloudtrail:*:${context.accountId}:trail/*`,
} = {}): Promise<{
  readonly arn: string;
  readonly name: string;
}> {
  const name = newName();
  const { TopicArn: arn = '' } = await sns.createTopic({ Name: name });
  onTestFinished(async () => {
    await sns.deleteTopic({ TopicArn: arn });
  });
  if (!bare) {
    // CloudTrail User Guide, "Amazon SNS topic policy for CloudTrail".
    const statement = {
      Sid: 'AWSCloudTrailSNSPolicy20131101',
      Effect: 'Allow',
      Principal: { Service: 'cloudtrail.amazonaws.com' },
      Action: 'SNS:Publish',
      Resource: arn,
      Condition: { ArnLike: { 'aws:SourceArn': source } },
    };
    const AttributeValue = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
    await sns.setTopicAttributes({ TopicArn: arn, AttributeName: 'Policy', AttributeValue });
  }
  return { arn, name };
}
