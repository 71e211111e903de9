import { isAllowedByPolicies } from './iam-policy/evaluate.ts';
import { managedPolicy } from './managed-policies.ts';
import { AwsError, type Need, type Principal } from './service.ts';
import type { Role, World } from './world.ts';

type Identities = Pick<World, 'roles'> & Partial<Pick<World, 'policies'>>;

/**
 * Throws `AccessDeniedException` unless the principal's role allows every permission that the call needs. A principal
 * without a role in the sandbox is an administrator.
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
 * Whether a principal may perform an action on a resource of an account, by its role's policies and the resource's policy.
 * Principals without a role in the sandbox are administrators: only the resource's policy limits them.
 */
export function isAllowed(
  { roles, policies: managed }: Identities,
  { arn: caller, roleArn }: Principal,
  { action, resource, context }: Need,
  owner: { readonly accountId: string; readonly policy: string | null },
): boolean {
  const role = roles.get(roleArn ?? '');
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

/** Whether a resource's policy allows a service or a principal. */
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
    // The principal's own permissions are checked elsewhere.
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

/** A role's ARN contains the path; the ARN of its session does not. */
const asRole = (roleArn: string | null) => ({ ...(roleArn && { 'aws:PrincipalArn': roleArn }) });

/** A resource's policy, parsed only once: the compiled policies are cached by object. */
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
