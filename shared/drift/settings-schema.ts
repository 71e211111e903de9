import * as z from 'zod';
import * as grammar from '#trail/value-schemas.ts';

export const shape = {
  S3BucketName: grammar.bucketName,
  S3KeyPrefix: grammar.keyPrefix.nullable(),
  SnsTopicARN: grammar.topicArn.nullable(),
  IncludeGlobalServiceEvents: grammar.flag,
  IsMultiRegionTrail: grammar.flag,
  LogFileValidationEnabled: grammar.flag,
  CloudWatchLogsLogGroupArn: grammar.logGroupArn.nullable(),
  CloudWatchLogsRoleArn: grammar.roleArn.nullable(),
  KmsKeyId: grammar.keyArn.nullable(),
  IsOrganizationTrail: grammar.flag,
  RecursiveLogging: grammar.flag,
};

export const state = z.strictObject(shape).superRefine(combinations);

export const declared = z
  .strictObject({
    ...shape,
    S3BucketName: grammar.bucketNameOrArn,
    SnsTopicARN: grammar.topicNameOrArn.nullable(),
    CloudWatchLogsLogGroupArn: grammar.logGroupNameOrArn.nullable(),
    KmsKeyId: grammar.keyIdInAnyForm.nullable(),
  })
  .superRefine(combinations);

export type Settings = z.infer<typeof state>;

/** Combinations that CloudTrail refuses, reported on the field that has to change. */
function combinations(
  value: Omit<Settings, 'SnsTopicARN' | 'KmsKeyId'>,
  context: z.RefinementCtx,
): void {
  const issue = (field: Field, message: string) =>
    context.addIssue({ code: 'custom', path: [field], message });

  if (value.CloudWatchLogsLogGroupArn !== null && value.CloudWatchLogsRoleArn === null) {
    issue('CloudWatchLogsRoleArn', 'must be set, because CloudWatchLogsLogGroupArn is');
  }
  if (value.CloudWatchLogsRoleArn !== null && value.CloudWatchLogsLogGroupArn === null) {
    issue('CloudWatchLogsLogGroupArn', 'must be set, because CloudWatchLogsRoleArn is');
  }
  if (value.IsMultiRegionTrail && !value.IncludeGlobalServiceEvents) {
    issue('IncludeGlobalServiceEvents', 'must be true, because IsMultiRegionTrail is');
  }
}

export type Field = keyof Settings;
