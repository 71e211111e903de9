import fc from 'fast-check';
import type { settings as kind } from '#drift/settings.ts';

export type Settings = NonNullable<Awaited<ReturnType<typeof kind.observe>>>;
export type Field = keyof Settings;

// The input fields of CreateTrail and UpdateTrail and the matching fields of GetTrail: CloudTrail API reference
// 2018-11-20. RecursiveLogging is newer.
export const fieldOf: Readonly<Record<string, Field>> = {
  S3BucketName: 'S3BucketName',
  S3KeyPrefix: 'S3KeyPrefix',
  SnsTopicName: 'SnsTopicARN',
  IncludeGlobalServiceEvents: 'IncludeGlobalServiceEvents',
  IsMultiRegionTrail: 'IsMultiRegionTrail',
  EnableLogFileValidation: 'LogFileValidationEnabled',
  CloudWatchLogsLogGroupArn: 'CloudWatchLogsLogGroupArn',
  CloudWatchLogsRoleArn: 'CloudWatchLogsRoleArn',
  KmsKeyId: 'KmsKeyId',
  IsOrganizationTrail: 'IsOrganizationTrail',
  RecursiveLogging: 'RecursiveLogging',
};

export const bare: Settings = {
  S3BucketName: 'the-logs',
  S3KeyPrefix: null,
  SnsTopicARN: null,
  IncludeGlobalServiceEvents: true,
  IsMultiRegionTrail: false,
  LogFileValidationEnabled: false,
  CloudWatchLogsLogGroupArn: null,
  CloudWatchLogsRoleArn: null,
  KmsKeyId: null,
  IsOrganizationTrail: false,
  RecursiveLogging: true,
};

export const orNull = (...texts: string[]) => fc.constantFrom(null, ...texts);
export const logs = fc.constantFrom(
  { CloudWatchLogsLogGroupArn: null, CloudWatchLogsRoleArn: null },
  ...['trail', 'other'].map((name) => ({
    CloudWatchLogsLogGroupArn: `arn:aws:logs:eu-central-1:111122223333:log-group:${name}:*`,
    CloudWatchLogsRoleArn: `arn:aws:iam::111122223333:role/${name}`,
  })),
);

export const scope = fc.constantFrom(
  { IsMultiRegionTrail: true, IncludeGlobalServiceEvents: true },
  { IsMultiRegionTrail: false, IncludeGlobalServiceEvents: true },
  { IsMultiRegionTrail: false, IncludeGlobalServiceEvents: false },
);

/** Any state that a baseline can contain. */
export const desiredState: fc.Arbitrary<Settings> = fc
  .tuple(
    fc.record({
      S3BucketName: fc.constantFrom('the-logs', 'other-logs'),
      S3KeyPrefix: orNull('org', 'a/b'),
      SnsTopicARN: orNull('arn:aws:sns:eu-central-1:111122223333:deliveries'),
      LogFileValidationEnabled: fc.boolean(),
      KmsKeyId: orNull(`arn:aws:kms:eu-central-1:111122223333:key/one`),
      IsOrganizationTrail: fc.boolean(),
      RecursiveLogging: fc.boolean(),
    }),
    logs,
    scope,
  )
  .map(([rest, logs, scope]) => ({ ...rest, ...logs, ...scope }));

/** Any state that a trail can have: the texts of an outsider can be invalid. */
export const outsiders = fc.oneof(fc.constant(null), fc.string({ unit: 'binary', minLength: 1 }));
export const actualState: fc.Arbitrary<Settings> = fc.oneof(
  fc.record({
    S3BucketName: fc.string({ unit: 'binary' }),
    S3KeyPrefix: outsiders,
    SnsTopicARN: outsiders,
    IncludeGlobalServiceEvents: fc.boolean(),
    IsMultiRegionTrail: fc.boolean(),
    LogFileValidationEnabled: fc.boolean(),
    CloudWatchLogsLogGroupArn: outsiders,
    CloudWatchLogsRoleArn: outsiders,
    KmsKeyId: outsiders,
    IsOrganizationTrail: fc.boolean(),
    RecursiveLogging: fc.boolean(),
  }),
  desiredState,
);
