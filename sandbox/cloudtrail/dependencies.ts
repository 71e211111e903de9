import { arnPrefix } from '../home.ts';
import { allowsCloudTrail } from '../policy.ts';
import { AwsError } from '../service.ts';
import type { World } from '../world.ts';
import type { Settings, Trail } from './trails.ts';

// What a trail delivers to, and how each of it can be broken: what CreateTrail and UpdateTrail refuse
// is what GetTrailStatus reports when it breaks later.

/** Throws what CreateTrail and UpdateTrail answer while something that the settings name is broken. */
export const checkDependencies = (trail: Delivering, world: World): void => {
  const { settings } = trail;
  checkStorage(trail, world);
  // The words are AWS's (aws/aws-cdk#11387).
  const noTopic = 'SNS Topic does not exist or the topic policy is incorrect!';
  refuse(topicFault(settings, world), {
    gone: ['InsufficientSnsTopicPolicyException', noTopic],
    closed: ['InsufficientSnsTopicPolicyException', noTopic],
  });
  refuse(logGroupFault(settings, world), {
    gone: [
      'InvalidCloudWatchLogsLogGroupArnException',
      `CloudWatch Logs log group ${settings.CloudWatchLogsLogGroupArn} does not exist.`,
    ],
  });
};

/** Throws what CreateTrail, UpdateTrail and PutInsightSelectors answer while the bucket or the key is broken. */
export const checkStorage = (
  trail: Delivering,
  world: World,
  noKey = 'KmsKeyNotFoundException',
): void => {
  const { settings } = trail;
  const { S3BucketName, KmsKeyId } = settings;
  // That an update of something else is refused, too, is how others know the bucket's policy to fail
  // (aws-solutions/automated-security-response-on-aws, CloudTrail.5).
  refuse(bucketFault(trail, world), {
    gone: ['S3BucketDoesNotExistException', `S3 bucket ${S3BucketName} does not exist!`],
    closed: [
      'InsufficientS3BucketPolicyException',
      `Incorrect S3 bucket policy is detected for bucket: ${S3BucketName}`,
    ],
  });
  checkKeyRegion(settings, world);
  refuse(keyFault(settings, world), {
    gone: [noKey, `KMS key ${KmsKeyId} does not exist.`],
    doomed: [noKey, `KMS key ${KmsKeyId} is pending deletion.`],
    disabled: ['KmsException', `KMS key ${KmsKeyId} is disabled.`],
    closed: [
      'InsufficientEncryptionPolicyException',
      `Insufficient permissions to access S3 bucket ${S3BucketName} or KMS key ${KmsKeyId}.`,
    ],
  });
};

/** What delivers: a trail's settings, and the account that owns it. */
type Delivering = Pick<Trail, 'accountId' | 'settings'>;

export const bucketFault = (
  { accountId, settings }: Delivering,
  { buckets, organization }: World,
): 'gone' | 'closed' | null => {
  const { S3BucketName, S3KeyPrefix, IsOrganizationTrail } = settings;
  const bucket = buckets.get(S3BucketName);
  if (bucket === undefined) return 'gone';
  // CloudTrail User Guide, "Amazon S3 bucket policy for CloudTrail": the files of an organization trail are under its id.
  const folder = IsOrganizationTrail ? organization.id : accountId;
  const path = `${S3KeyPrefix ? `${S3KeyPrefix}/` : ''}AWSLogs/${folder}/CloudTrail/file`;
  const arn = `${arnPrefix}:s3:::${S3BucketName}`;
  const isOpen =
    allowsCloudTrail(bucket.policy, 's3:GetBucketAcl', arn) &&
    allowsCloudTrail(bucket.policy, 's3:PutObject', `${arn}/${path}`);
  return isOpen ? null : 'closed';
};

export const keyFault = (
  { KmsKeyId }: Settings,
  { keys }: World,
): 'gone' | 'doomed' | 'disabled' | 'closed' | null => {
  if (KmsKeyId === undefined) return null;
  const key = keys.get(KmsKeyId);
  if (key === undefined) return 'gone';
  if (key.state === 'PendingDeletion') return 'doomed';
  if (key.state === 'Disabled') return 'disabled';
  return allowsCloudTrail(key.policy, 'kms:GenerateDataKey', KmsKeyId) ? null : 'closed';
};

export const topicFault = (
  { SnsTopicARN }: Settings,
  { topics }: World,
): 'gone' | 'closed' | null => {
  if (SnsTopicARN === undefined) return null;
  const topic = topics.get(SnsTopicARN);
  if (topic === undefined) return 'gone';
  return allowsCloudTrail(topic.policy, 'sns:Publish', SnsTopicARN) ? null : 'closed';
};

export const logGroupFault = (
  { CloudWatchLogsLogGroupArn }: Settings,
  { logGroups }: World,
): 'gone' | null =>
  CloudWatchLogsLogGroupArn === undefined ||
  logGroups.has(CloudWatchLogsLogGroupArn.replace(/:\*$/, ''))
    ? null
    : 'gone';

// The key's Region is documented against the bucket's, not the trail's: KmsKeyNotFoundException is
// "thrown when the KMS key does not exist, when the S3 bucket and the KMS key are not in the same
// Region" (API reference). That a bare id or alias is one of the home Region is inferred.
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
