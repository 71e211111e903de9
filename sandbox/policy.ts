import * as z from 'zod';
import { isObject } from './event-pattern/json.ts';
import { arnPrefix } from './home.ts';

const cloudtrail = 'cloudtrail.amazonaws.com';

/**
 * Whether a resource's policy lets CloudTrail take an action on a resource: some Allow statement must name CloudTrail's service
 * principal, the action and the resource. Deny and conditions are ignored.
 */
export const allowsCloudTrail = (
  policy: string | null,
  action: string,
  resource: string,
): boolean =>
  statementsOf(policy).some(
    ({ Effect, Principal, Action, Resource }) =>
      Effect === 'Allow' &&
      isObject(Principal) &&
      [Principal.Service].flat().includes(cloudtrail) &&
      [Action].flat().some((one) => matches(String(one).toLowerCase(), action.toLowerCase())) &&
      [Resource].flat().some((one) => matches(String(one), resource)),
  );

/** Source: IAM user guide, "IAM JSON policy elements: Resource": `*` is any text, `?` any character. */
const matches = (pattern: string, text: string): boolean => {
  const literal = pattern.replace(/[.+^${}()|[\]\\/]/g, '\\$&');
  return new RegExp(`^${literal.replaceAll('*', '.*').replaceAll('?', '.')}$`, 's').test(text);
};

/** A policy that lets CloudTrail deliver to a bucket under any prefix, with more statements if there are any. */
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

/** A policy that lets CloudTrail do something to a resource, with more statements if there are any. */
export const policyForCloudTrail = (
  Action: string,
  Resource: string,
  ...more: readonly object[]
): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { Service: cloudtrail }, Action, Resource }, ...more],
  });

/** Whether a text is a policy at all. */
export const isPolicy = (text: unknown): text is string =>
  typeof text === 'string' && document.safeParse(text).success;

const statementsOf = (policy: string | null): readonly Record<string, unknown>[] => {
  const { Statement } = document.safeParse(policy).data ?? { Statement: [] };
  return [Statement].flat();
};

const statement = z.record(z.string(), z.unknown());
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
