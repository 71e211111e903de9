import * as z from 'zod';
import { regionPattern } from '#aws/partitions.ts';
import { must } from '#text/schema-messages.ts';

export const flag = z.boolean(must('be true or false'));

/** A bucket name; includes the wider grammar of buckets created in us-east-1 before 2018. */
export const bucketName = text(
  /^[A-Za-z0-9][A-Za-z0-9._-]{1,253}[A-Za-z0-9]$/,
  'be the name of an S3 bucket (not an ARN or a URL)',
);

/** A bucket's name or ARN, as a person may write it: IaC tools often have the ARN. */
export const bucketNameOrArn = text(
  /^(arn:aws[a-z-]*:s3:::)?[A-Za-z0-9][A-Za-z0-9._-]{1,253}[A-Za-z0-9]$/,
  'be the name or the ARN of an S3 bucket',
).overwrite((bucket) => bucket.replace(/^arn:[^:]+:s3:::/, ''));

export const keyPrefix = z
  .string(must('be text, or null'))
  .min(1, must('not be empty: write null for "no prefix"'))
  .max(200, must('be at most 200 characters long'));

const topicName = '[A-Za-z0-9_-]+(\\.fifo)?';

export const topicArn = topicLength(
  text(arn('sns', topicName), 'be the ARN of an SNS topic, or null'),
);

export const topicNameOrArn = topicLength(
  text(
    new RegExp(`^${topicName}$|${arn('sns', topicName).source}`),
    'be the name or the ARN of an SNS topic, or null',
  ),
);

const logGroupName = '[A-Za-z0-9_./#-]+';
const bareLogGroupArn = arn('logs', `log-group:${logGroupName}`);
const anyLogGroupArn = arn('logs', `log-group:${logGroupName}(:\\*)?`);

/**
 * A log group ARN as CloudTrail expects it: ending in `:*`. CloudFormation writes it so, Terraform without; both mean the same
 * group. Other text is returned unchanged. Source: Terraform's documentation of aws_cloudtrail, "cloud_watch_logs_group_arn".
 */
export const withLogStreams = (logGroup: string): string =>
  bareLogGroupArn.test(logGroup) ? `${logGroup}:*` : logGroup;

export const logGroupArn = text(
  anyLogGroupArn,
  'be the ARN of a CloudWatch Logs log group, or null',
).overwrite(withLogStreams);

export const logGroupNameOrArn = text(
  new RegExp(`^${logGroupName}$|${anyLogGroupArn.source}`),
  'be the name or the ARN of a CloudWatch Logs log group, or null',
).overwrite(withLogStreams);

/** A name alone is refused: it does not contain the role's path. */
export const roleArn = text(
  /^arn:aws[a-z-]*:iam::\d{12}:role\/[A-Za-z0-9_+=,.@/-]+$/,
  'be the ARN of an IAM role, or null: aws iam get-role --role-name NAME prints it',
);

export const keyArn = text(
  arn('kms', 'key/[A-Za-z0-9-]+'),
  'be the ARN of a KMS key, or null: an alias or a key id is resolved when a baseline is imported',
);

/** The four forms in which CloudTrail accepts a KMS key. */
export const keyIdInAnyForm = text(
  new RegExp(
    [
      '^alias/\\S+$',
      '^(mrk-[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$',
      arn('kms', 'alias/\\S+').source,
      arn('kms', 'key/[A-Za-z0-9-]+').source,
    ].join('|'),
  ),
  'be alias/NAME, the ARN of an alias, the ARN of a KMS key, a key id, or null',
);

function text(pattern: RegExp, rule: string): z.ZodString {
  return z.string(must(rule)).regex(pattern, must(rule));
}

function topicLength(schema: z.ZodString): z.ZodString {
  return schema.max(256, must('be at most 256 characters long'));
}

function arn(service: string, resource: string): RegExp {
  return new RegExp(`^arn:aws[a-z-]*:${service}:${regionPattern}:\\d{12}:${resource}$`);
}
