import { isAllowedByPolicies } from './iam-policy/evaluate.ts';
import { managedPolicy } from './managed-policies.ts';
import { documentsFor } from './organizations/attached-policies.ts';
import { AwsError, type Need, type Principal } from './service.ts';
import type { Role, World } from './world.ts';

type Identities = Pick<World, 'roles'> & Partial<Pick<World, 'policies' | 'organization'>>;

/**
 * Throws `AccessDeniedException` unless the principal's role and the organization's policies allow every permission that the call needs. A
 * principal without a role in the sandbox is an administrator.
 */
export async function authorize(
  { roles, policies: managed, organization }: Identities,
  principal: Principal,
  needs: readonly Need[],
): Promise<void> {
  for (const need of needs) {
    const owner = need.resource.split(':')[4] || principal.accountId;
    const denial = denialByOrganization(organization, principal, need, owner);
    if (denial !== null) throw denial;
  }
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
  { roles, policies: managed, organization }: Identities,
  principal: Principal,
  need: Need,
  owner: { readonly accountId: string; readonly policy: string | null },
): boolean {
  if (denialByOrganization(organization, principal, need, owner.accountId) !== null) return false;
  const { arn: caller, roleArn } = principal;
  const { action, resource, context } = need;
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

/**
 * The error if a service control policy of the caller's account or a resource control policy of the resource's account denies a request;
 * null if none does. Sources: Organizations user guide, "SCPs" and "RCPs"; messages: IAM user guide, "Troubleshoot access denied error
 * messages".
 */
function denialByOrganization(
  organization: World['organization'] | undefined,
  { arn: caller, accountId, roleArn }: Principal,
  { action, resource, context }: Need,
  owner: string,
): AwsError | null {
  if (organization === undefined) return null;
  const controls = [
    ['service', documentsFor('SERVICE_CONTROL_POLICY', accountId, organization)],
    ['resource', documentsFor('RESOURCE_CONTROL_POLICY', owner, organization)],
  ] as const;
  const [denying] =
    controls.find(
      ([, documents]) =>
        !isAllowedByPolicies({
          ...{ caller, action, resource, owner, context: { ...asRole(roleArn), ...context } },
          identity: [everything, ...documents],
        }),
    ) ?? [];
  if (denying === undefined) return null;
  return new AwsError(
    'AccessDeniedException',
    `User: ${caller} is not authorized to perform: ${action} on resource: ${resource} with an explicit deny in a ${denying} control policy`,
  );
}

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
