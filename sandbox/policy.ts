import { z } from 'zod';
import { isObject } from './event-pattern/json.ts';

const cloudtrail = 'cloudtrail.amazonaws.com';

/**
 * Whether a resource's policy lets CloudTrail in. It is not interpreted as IAM does: some Allow statement must name
 * CloudTrail's service principal, and an action where one is asked for; Deny, conditions and resources decide nothing.
 */
export const allowsCloudTrail = (policy: string | null, action = /.*/): boolean =>
  statementsOf(policy).some(
    ({ Effect, Principal, Action }) =>
      Effect === 'Allow' &&
      isObject(Principal) &&
      [Principal.Service].flat().includes(cloudtrail) &&
      [Action].flat().some((one) => action.test(String(one))),
  );

/** `kms:GenerateDataKey*`, in whatever wider or narrower words. */
export const toEncrypt = /^(\*|kms:\*|kms:GenerateDataKey\*?)$/;

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
