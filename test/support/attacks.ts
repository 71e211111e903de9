import type { UpdateTrailCommandInput } from '@aws-sdk/client-cloudtrail';

type Patch = Omit<UpdateTrailCommandInput, 'Name'>;

/** Every field of UpdateTrail with the value that an attacker would set. */
export const weakenings: Record<string, Patch> = {
  'the bucket': { S3BucketName: 'attacker-bucket' },
  'the prefix': { S3KeyPrefix: 'elsewhere' },
  'the prefix, cleared': { S3KeyPrefix: '' },
  'the topic': { SnsTopicName: 'attackers-topic' },
  'the topic, cleared': { SnsTopicName: '' },
  'the other Regions': { IsMultiRegionTrail: false },
  'global service events': { IsMultiRegionTrail: false, IncludeGlobalServiceEvents: false },
  'log file validation': { EnableLogFileValidation: false },
  'CloudWatch Logs, cleared': { CloudWatchLogsLogGroupArn: '', CloudWatchLogsRoleArn: '' },
  'CloudWatch Logs': {
    CloudWatchLogsLogGroupArn: 'arn:aws:logs:us-east-1:111122223333:log-group:attackers:*',
    CloudWatchLogsRoleArn: 'arn:aws:iam::111122223333:role/attackers',
  },
  'the KMS key': {
    KmsKeyId: 'arn:aws:kms:us-east-1:444455556666:key/9b3d7e52-0c55-4d0f-8a77-6e2f41d9aa10',
  },
  'the KMS key, cleared': { KmsKeyId: '' },
  'the organization': { IsOrganizationTrail: false },
  'recursive logging': { RecursiveLogging: true },
  'everything at once': {
    S3BucketName: 'attacker-bucket',
    S3KeyPrefix: '',
    SnsTopicName: '',
    IsMultiRegionTrail: false,
    IncludeGlobalServiceEvents: false,
    EnableLogFileValidation: false,
    CloudWatchLogsLogGroupArn: '',
    CloudWatchLogsRoleArn: '',
    KmsKeyId: '',
    IsOrganizationTrail: false,
    RecursiveLogging: true,
  },
};
