import { keyArn } from '../sandbox/world.ts';

// Each group names its source: [M] the API model and reference, [D] the CloudTrail User Guide, [T]
// terraform-provider-aws, [S] recorded events, [I] public issue threads, [X] the source of emulators and other tools,
// [U] not verified.

export const arn = 'arn:aws:cloudtrail:eu-central-1:111122223333:trail/main';
export const unknownArn = 'arn:aws:cloudtrail:eu-central-1:111122223333:trail/gone';
export const logGroup = 'arn:aws:logs:eu-central-1:111122223333:log-group:trail:*';
export const logRole = 'arn:aws:iam::111122223333:role/logs';
export const organizationTrail = { IsOrganizationTrail: true, IsMultiRegionTrail: true };
export const whole = {
  S3KeyPrefix: 'org',
  SnsTopicName: 'deliveries',
  CloudWatchLogsLogGroupArn: logGroup,
  CloudWatchLogsRoleArn: logRole,
  KmsKeyId: keyArn,
  EnableLogFileValidation: true,
  IncludeGlobalServiceEvents: false,
  RecursiveLogging: false,
};
