import { sourceIp } from '../home.ts';
import type { Context } from './conditions.ts';
import type { Caller, Grant } from './principal-element.ts';
import { compilePolicy, type Request } from './statement.ts';

/** A caller's request and the policies that apply to it. */
export type Question = {
  readonly caller: Caller;
  readonly action: string;
  readonly resource: string;
  /** The account that owns the resource. */
  readonly owner: string;
  readonly context?: Context | undefined;
  /** The caller's policies; one that allows is enough. */
  readonly identity: readonly object[];
  /** The caller's permissions boundary. */
  readonly boundary?: object | undefined;
  /** The resource's policy; undefined if it does not apply. */
  readonly policy?: object | undefined;
};

/**
 * Whether IAM allows a request. An explicit denial wins. Within the resource's account, the caller's policies or the
 * resource's policy must allow; the policy of a KMS key and the trust policy of a role must always allow. Across accounts,
 * both must allow. Source: IAM user guide, "Policy evaluation logic"; AWS KMS developer guide, "Key policies in AWS KMS". Service and resource control
 * policies, session policies and VPC endpoint policies are not modeled.
 */
export function isAllowedByPolicies(question: Question): boolean {
  const { caller, action, resource, owner, identity, boundary, policy } = question;
  const request: Request = { caller, action, resource, context: contextOf(question) };
  const byIdentity = verdict(identity, request);
  const byBoundary = boundary === undefined ? 'direct' : verdict([boundary], request);
  const byResource = policy === undefined ? null : verdict([policy], request);
  if ([byIdentity, byBoundary, byResource].includes('denied')) return false;

  const isWithin = byBoundary !== null;
  const callerMay = byIdentity !== null && isWithin;
  const isDirect = byResource === 'direct' || (byResource === 'role' && isWithin);
  if (policy === undefined) return callerMay;
  const account = caller.split(':')[4];
  if (account === undefined) return isDirect;
  if (account !== owner) return callerMay && byResource !== null;
  if (needsPolicy(action)) return isDirect || (callerMay && byResource === 'account');
  return isDirect || callerMay;
}

/** Whether the caller's policies alone never allow an action, also in the account of the resource. */
const needsPolicy = (action: string): boolean =>
  action.startsWith('kms:') || action === 'sts:AssumeRole';

/** `denied` if a statement denies; otherwise the most direct grant, or null. */
function verdict(policies: readonly object[], request: Request): Grant | 'denied' | null {
  const grants = policies.flatMap(compilePolicy).flatMap(({ effect, applies }) => {
    const grant = applies(request);
    if (grant === null) return [];
    return effect === 'Deny' ? ['denied' as const] : [grant];
  });
  return (
    (['denied', 'direct', 'role', 'account'] as const).find((one) => grants.includes(one)) ?? null
  );
}

/** The request's context including the keys that IAM adds. Source: IAM user guide, "AWS global condition context keys". */
function contextOf({ caller, owner, context }: Question): Context {
  const [, partition, , , account, identity = ''] = caller.split(':');
  if (account === undefined) return { 'aws:ResourceAccount': owner, ...context };
  const [kind, role] = identity.split('/');
  const roleArn = `arn:${partition}:iam::${account}:role/${role}`;
  return {
    'aws:ResourceAccount': owner,
    'aws:PrincipalAccount': account,
    'aws:PrincipalArn': kind === 'assumed-role' ? roleArn : caller,
    'aws:SourceIp': sourceIp,
    ...context,
  };
}
