import { isAllowedByPolicies } from './iam-policy/evaluate.ts';
import { managedPolicy } from './managed-policies.ts';
import { AwsError, type Need, type Principal } from './service.ts';
import type { Role, World } from './world.ts';

type Identities = Pick<World, 'roles'> & Partial<Pick<World, 'policies'>>;

/**
 * Throws `AccessDeniedException` unless the principal's role allows everything that a call needs. Any principal that is no
 * session of a role that is here is an administrator.
 */
export async function authorize(
  { roles, policies: managed }: Identities,
  principal: Principal,
  needs: readonly Need[],
): Promise<void> {
  const role = roles.get(principal.roleArn ?? '');
  if (role === undefined) return;
  const policies = policiesOf(role, managed);
  const { arn: caller, accountId: owner, roleArn } = principal;
  for (const { action, resource, context, refusal } of needs) {
    const asked = { caller, action, resource, owner, context: { ...asRole(roleArn), ...context } };
    if (isAllowedByPolicies({ ...asked, ...policies })) continue;
    throw refusal ?? denied(principal, action, resource);
  }
}

/**
 * Whether someone may do something to a resource of a given account: by the policies of a role, by that of the resource where
 * accounts or AWS KMS ask for it, and in the own account as an administrator.
 */
export function isAllowed(
  { roles, policies: managed }: Identities,
  { arn: caller, accountId, roleArn }: Principal,
  { action, resource, context }: Need,
  owner: { readonly accountId: string; readonly policy: string | null },
): boolean {
  const role = roles.get(roleArn ?? '');
  if (role === undefined && owner.accountId === accountId) return true;
  return isAllowedByPolicies({
    caller,
    action,
    resource,
    owner: owner.accountId,
    context: { ...asRole(roleArn), ...context },
    ...(role === undefined ? { identity: [everything] } : policiesOf(role, managed)),
    policy: parsed(owner.policy),
  });
}

/** Whether the policy of a resource lets a service or a principal in. */
export const isAllowedIn = (
  policy: string | null | undefined,
  { principal: caller, action, resource, context }: { principal: string } & Need,
): boolean =>
  isAllowedByPolicies({
    caller,
    action,
    resource,
    owner: resource.split(':')[4] ?? '',
    context,
    // The permissions of the principal itself are checked elsewhere.
    identity: [everything],
    policy: parsed(policy),
  });

export const denied = (principal: Principal, action: string, resource: string): AwsError =>
  new AwsError(
    'AccessDeniedException',
    `User: ${principal.arn} is not authorized to perform: ${action} on resource: ${resource} because no identity-based policy allows the ${action} action`,
  );

const policiesOf = ({ policies, attached, boundary }: Role, managed?: World['policies']) => ({
  identity: [...policies.values(), ...attached.map((arn) => managedPolicy(arn, managed))],
  ...(boundary !== null && { boundary: managedPolicy(boundary, managed) }),
});

/** The ARN of a role has a path, which that of its session lacks. */
const asRole = (roleArn: string | null) => ({ ...(roleArn && { 'aws:PrincipalArn': roleArn }) });

/** The policy of a resource, parsed once, as an equal object is compiled again. */
function parsed(text: string | null | undefined): object {
  if (!text) return nothing;
  const known = parsedPolicies.get(text) ?? JSON.parse(text);
  parsedPolicies.set(text, known);
  return known;
}

const parsedPolicies = new Map<string, object>();

const nothing = { Version: '2012-10-17', Statement: [] };
const everything = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
};
