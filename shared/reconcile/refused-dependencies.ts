/**
 * What a trail depends on, the organization included, for which AWS refuses to create or update it: drift kinds, by the name of the
 * error. Source: the error documentation of the CloudTrail API reference 2018-11-20; a KMS error can be about the topic's key as well.
 */
export const dependenciesRefused = (error: string): readonly string[] => refusals.get(error) ?? [];

const refusals = new Map([
  ['CloudTrailAccessNotEnabledException', ['organization']],
  ['S3BucketDoesNotExistException', ['bucket']],
  ['InsufficientS3BucketPolicyException', ['bucket']],
  ['InsufficientEncryptionPolicyException', ['key']],
  ['KmsKeyNotFoundException', ['key']],
  ['KmsKeyDisabledException', ['key']],
  ['KmsException', ['key', 'topic']],
  ['InsufficientSnsTopicPolicyException', ['topic']],
  // CloudTrail names one of them, and the other may be broken as well.
  ['InvalidCloudWatchLogsLogGroupArnException', ['log-group', 'log-role']],
  ['InvalidCloudWatchLogsRoleArnException', ['log-group', 'log-role']],
  ['CloudWatchLogsDeliveryUnavailableException', ['log-group', 'log-role']],
]);
