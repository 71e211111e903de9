import { arnPrefix } from '../home.ts';
import { allowsCloudTrail } from '../policy.ts';
import { AwsError } from '../service.ts';
import type { Topic, World } from '../world.ts';
import { logGroupFault } from './log-delivery.ts';
import type { Settings, Trail } from './trail-state.ts';

// The destinations of a trail and how each can fail. The errors that CreateTrail and UpdateTrail return appear in
// GetTrailStatus if a destination fails later.

/** Throws the error of CreateTrail and UpdateTrail if a destination in the settings cannot be used. */
export const checkDependencies = (trail: Delivering, world: World): void => {
  const { settings } = trail;
  checkStorage(trail, world);
  // Message: AWS's (aws/aws-cdk#11387).
  const noTopic = 'SNS Topic does not exist or the topic policy is incorrect!';
  refuse(topicFault(trail, world), {
    gone: ['InsufficientSnsTopicPolicyException', noTopic],
    closed: ['InsufficientSnsTopicPolicyException', noTopic],
    encrypted: ['InsufficientSnsTopicPolicyException', noTopic],
  });
  refuse(logGroupFault(trail, world), {
    gone: [
      'InvalidCloudWatchLogsLogGroupArnException',
      `CloudWatch Logs log group ${settings.CloudWatchLogsLogGroupArn} does not exist.`,
    ],
    // Messages: AWS's (cloudposse/terraform-aws-cloudtrail-cloudwatch-alarms#2, aws/aws-cdk#1963).
    untrusted: [
      'InvalidCloudWatchLogsRoleArnException',
      'Access denied. Check the trust relationships for your role.',
    ],
    forbidden: [
      'InvalidCloudWatchLogsLogGroupArnException',
      'Access denied. Check the permissions for your role.',
    ],
  });
};

/** Throws the error of CreateTrail, UpdateTrail and PutInsightSelectors if the bucket or the key cannot be used. */
export const checkStorage = (
  trail: Delivering,
  world: World,
  noKey = 'KmsKeyNotFoundException',
): void => {
  const { settings } = trail;
  const { S3BucketName, KmsKeyId } = settings;
  // UpdateTrail of another field is refused too (aws-solutions/automated-security-response-on-aws, CloudTrail.5).
  refuse(bucketFault(trail, world), {
    gone: ['S3BucketDoesNotExistException', `S3 bucket ${S3BucketName} does not exist!`],
    closed: [
      'InsufficientS3BucketPolicyException',
      `Incorrect S3 bucket policy is detected for bucket: ${S3BucketName}`,
    ],
  });
  checkKeyRegion(settings, world);
  refuse(keyFault(trail, world), {
    gone: [noKey, `KMS key ${KmsKeyId} does not exist.`],
    doomed: [noKey, `KMS key ${KmsKeyId} is pending deletion.`],
    disabled: ['KmsException', `KMS key ${KmsKeyId} is disabled.`],
    closed: [
      'InsufficientEncryptionPolicyException',
      `Insufficient permissions to access S3 bucket ${S3BucketName} or KMS key ${KmsKeyId}.`,
    ],
  });
};

/** The parts of a trail that affect delivery: its settings and its owner account. */
type Delivering = Pick<Trail, 'arn' | 'accountId' | 'settings'>;

/** CloudTrail gives the bucket's owner control of the files. */
const withAcl = { 's3:x-amz-acl': 'bucket-owner-full-control' };

export const bucketFault = (
  { arn: trail, accountId, settings }: Delivering,
  { buckets, organization }: World,
): 'gone' | 'closed' | null => {
  const { S3BucketName, S3KeyPrefix, IsOrganizationTrail } = settings;
  const bucket = buckets.get(S3BucketName);
  if (bucket === undefined) return 'gone';
  // CloudTrail User Guide, "Amazon S3 bucket policy for CloudTrail": a bucket that requesters pay for cannot be used. The
  // error is an assumption.
  if (bucket.configurations?.requestPayment?.Payer === 'Requester') return 'closed';
  // CloudTrail User Guide, "Amazon S3 bucket policy for CloudTrail": the path of an organization trail's files contains
  // the organization ID.
  const folder = IsOrganizationTrail ? organization.id : accountId;
  const path = `${S3KeyPrefix ? `${S3KeyPrefix}/` : ''}AWSLogs/${folder}/CloudTrail/file`;
  const arn = `${arnPrefix}:s3:::${S3BucketName}`;
  const by = { trail, accountId };
  const put = { action: 's3:PutObject', resource: `${arn}/${path}`, context: withAcl, ...by };
  const isOpen =
    allowsCloudTrail(bucket.policy, { action: 's3:GetBucketAcl', resource: arn, ...by }) &&
    allowsCloudTrail(bucket.policy, put);
  return isOpen ? null : 'closed';
};

export const keyFault = (
  { arn: trail, accountId, settings: { KmsKeyId } }: Delivering,
  { keys }: World,
): 'gone' | 'doomed' | 'disabled' | 'closed' | null => {
  if (KmsKeyId === undefined) return null;
  const key = keys.get(KmsKeyId);
  if (key === undefined) return 'gone';
  if (/^Pending(Replica)?Deletion$/.test(key.state)) return 'doomed';
  if (key.state !== 'Enabled') return 'disabled';
  const context = { 'kms:EncryptionContext:aws:cloudtrail:arn': trail };
  const generate = { action: 'kms:GenerateDataKey', resource: KmsKeyId, trail, accountId, context };
  return allowsCloudTrail(key.policy, generate) ? null : 'closed';
};

export const topicFault = (
  { arn: trail, accountId, settings: { SnsTopicARN } }: Delivering,
  world: World,
): 'gone' | 'closed' | 'encrypted' | null => {
  if (SnsTopicARN === undefined) return null;
  const topic = world.topics.get(SnsTopicARN);
  if (topic === undefined) return 'gone';
  const publish = { action: 'sns:Publish', resource: SnsTopicARN, trail, accountId };
  if (!allowsCloudTrail(topic.policy, publish)) return 'closed';
  return canEncrypt(topic, SnsTopicARN, { trail, accountId }, world) ? null : 'encrypted';
};

// Amazon SNS developer guide, "Encrypting messages published to Amazon SNS with AWS KMS": the key's policy must allow the
// service that publishes, which the policy of the key that AWS manages does not.
const canEncrypt = (
  { attributes }: Topic,
  topicArn: string,
  by: { readonly trail: string; readonly accountId: string },
  { keys, aliases }: World,
): boolean => {
  const { KmsMasterKeyId: id } = attributes ?? {};
  if (id === undefined) return true;
  const [, , , region, owner] = topicArn.split(':');
  const place = `${arnPrefix}:kms:${region}:${owner}:`;
  const named = id.startsWith('arn:') ? id : `${place}${id.includes('/') ? id : `key/${id}`}`;
  const resource = aliases.get(named) ?? named;
  const key = keys.get(resource);
  if (key?.state !== 'Enabled') return false;
  return ['kms:GenerateDataKey', 'kms:Decrypt'].every((action) =>
    allowsCloudTrail(key.policy, { action, resource, ...by }),
  );
};

// The documentation compares the key's Region with the bucket's, not the trail's: KmsKeyNotFoundException is "thrown
// when the KMS key does not exist, when the S3 bucket and the KMS key are not in the same Region" (API reference). That
// a key ID or alias refers to the home Region is inferred.
const checkKeyRegion = ({ S3BucketName, KmsKeyId }: Settings, { buckets, keys }: World) => {
  const region = buckets.get(S3BucketName)?.region;
  const key = keys.get(KmsKeyId ?? '');
  if (key === undefined || key.region === region) return;
  throw new AwsError(
    'KmsKeyNotFoundException',
    `KMS key ${KmsKeyId} does not exist in Region ${region} of S3 bucket ${S3BucketName}.`,
  );
};

function refuse<Fault extends string>(
  fault: Fault | null,
  refusals: Record<Fault, readonly [code: string, message: string]>,
): void {
  if (fault === null) return;
  const [code, message] = refusals[fault];
  throw new AwsError(code, message);
}
