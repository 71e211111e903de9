import { randomUUID } from 'node:crypto';
import type { CreateTrailRequest } from '@aws-sdk/client-cloudtrail';
import { beforeAll, inject, onTestFinished, vi } from 'vitest';
import { createBucket, letCloudTrailWrite, removeBucket } from './bucket.ts';
import { clientsOf } from './clients.ts';

export type OwnTrail = { readonly name: string; readonly arn: string };

export const context = inject('conformance');
export const { cloudtrail, dynamodb, s3, kms, sns, logs, organizations } = clientsOf(
  context.connection,
  context.region,
);
export const elsewhere = clientsOf(context.connection, context.otherRegion);

export const newName = (): string => `${context.run}-${randomUUID().slice(0, 8)}`;

export const trailArn = (name: string, region = context.region): string =>
  `arn:aws:cloudtrail:${region}:${context.accountId}:trail/${name}`;

/** A trail for one test, which is removed after it; `input` may change anything but the name. */
export async function ownTrail(input: Partial<CreateTrailRequest> = {}): Promise<OwnTrail> {
  const { TrailARN: arn = '', Name: name = '' } = await create(input);
  return { name, arn };
}

/** CreateTrail as a test asks for it; should AWS not refuse what the sandbox does, the trail is removed all the same. */
export async function create(input: Partial<CreateTrailRequest> = {}, client = cloudtrail) {
  const answer = await client.createTrail({
    Name: newName(),
    S3BucketName: context.bucket,
    ...input,
  });
  onTestFinished(() => removeTrail(answer.TrailARN, client));
  return answer;
}

/** A trail for a whole file, whose tests leave it as it is. */
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

/** Tries a check until it passes: what other Regions and accounts see takes a while, and so do records and deliveries. */
export const eventually = <T>(check: () => Promise<T>): Promise<T> =>
  vi.waitFor(check, {
    timeout: context.patienceMs,
    interval: Math.max(context.patienceMs / 120, 100),
  });

/** What GetTrail answers. */
export async function look(Name: string, client = cloudtrail) {
  return (await client.getTrail({ Name })).Trail;
}

/** A bucket for one test, which CloudTrail may write to unless it is made bare. */
export async function ownBucket({ bare = false } = {}): Promise<string> {
  const name = newName();
  onTestFinished(() => removeBucket(s3, name));
  await createBucket(s3, name, context);
  if (!bare) await letCloudTrailWrite(s3, name, context);
  return name;
}

/** A key for one test, which CloudTrail may use unless it is made bare; it waits for its deletion after that. */
export async function ownKey({
  bare = false,
  client = kms,
  // The policy that AWS documents names the trails of the account.
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

/** A topic for one test, which CloudTrail may publish to unless it is made bare. */
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
