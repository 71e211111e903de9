import * as z from 'zod';
import { arnPrefix } from './home.ts';
import { isAllowedIn } from './iam.ts';
import { type Context, isConditionBlock } from './iam-policy/conditions.ts';

const cloudtrail = 'cloudtrail.amazonaws.com';

/** A delivery by CloudTrail to a destination of a trail. */
export type CloudTrailDelivery = {
  readonly action: string;
  readonly resource: string;
  /** The trail's ARN and its owner account. */
  readonly trail: string;
  readonly accountId: string;
  readonly context?: Context;
};

/**
 * Whether the destination's policy allows CloudTrail to deliver. Sources of the context: CloudTrail User Guide, "Amazon
 * S3 bucket policy for CloudTrail" and "Configure AWS KMS key policies for CloudTrail"; IAM User Guide, "AWS global
 * condition context keys".
 */
export const allowsCloudTrail = (
  policy: string | null,
  { action, resource, trail, accountId, context }: CloudTrailDelivery,
): boolean =>
  isAllowedIn(policy, {
    principal: cloudtrail,
    action,
    resource,
    context: {
      'aws:SourceArn': trail,
      'aws:SourceAccount': accountId,
      'aws:SecureTransport': 'true',
      'aws:PrincipalIsAWSService': 'true',
      'aws:PrincipalServiceName': cloudtrail,
      ...context,
    },
  });

/** A bucket policy that allows CloudTrail to deliver under any prefix, plus further statements. */
export const bucketPolicyForCloudTrail = (name: string, ...more: readonly object[]): string =>
  policyForCloudTrail(
    's3:PutObject',
    `${arnPrefix}:s3:::${name}/*`,
    {
      Effect: 'Allow',
      Principal: { Service: cloudtrail },
      Action: 's3:GetBucketAcl',
      Resource: `${arnPrefix}:s3:::${name}`,
    },
    ...more,
  );

/** A policy that allows CloudTrail some actions on a resource, plus further statements. */
export const policyForCloudTrail = (
  Action: string,
  Resource: string,
  ...more: readonly object[]
): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { Service: cloudtrail }, Action, Resource }, ...more],
  });

/** A policy with further statements; null for an empty one. */
export function withStatements(policy: string | null, ...more: readonly object[]): string {
  const { Version = '2012-10-17', Statement = [] } = policy === null ? {} : JSON.parse(policy);
  return JSON.stringify({ Version, Statement: [Statement, more].flat() });
}

/** Whether a text is a valid policy document. */
export const isPolicy = (text: unknown): text is string =>
  typeof text === 'string' && document.safeParse(text).success;

const statement = z
  .record(z.string(), z.unknown())
  .refine(({ Condition }) => isConditionBlock(Condition));
const document = z
  .string()
  .transform((text, context) => {
    try {
      return JSON.parse(text);
    } catch {
      context.addIssue({ code: 'custom', message: 'not JSON' });
      return z.NEVER;
    }
  })
  .pipe(z.object({ Statement: z.union([z.array(statement), statement]) }));
