import { runSimulation } from '@cloud-copilot/iam-simulate';
import { managedPolicy } from './managed-policies.ts';
import { AwsError, type Need, type Principal } from './service.ts';
import type { World } from './world.ts';

/**
 * Throws `AccessDeniedException` unless the principal's role allows everything that a call needs. Any principal that is no
 * session of a role that is here is an administrator.
 */
export async function authorize(
  { roles }: Pick<World, 'roles'>,
  principal: Principal,
  needs: readonly Need[],
): Promise<void> {
  const role = roles.get(principal.roleArn ?? '');
  if (role === undefined) return;
  for (const { action, resource, context = {}, refusal } of needs) {
    const isAllowed = await simulate({
      request: {
        principal: principal.arn,
        action,
        resource: { resource, accountId: principal.accountId },
        contextVariables: { ...context },
      },
      identityPolicies: [
        ...[...role.policies].map(([name, policy]) => ({ name, policy })),
        ...role.attached.map((arn) => ({ name: arn, policy: managedPolicy(arn) })),
      ],
      ...(role.boundary && {
        permissionBoundaryPolicies: [{ name: 'boundary', policy: managedPolicy(role.boundary) }],
      }),
    });
    if (!isAllowed) throw refusal ?? denied(principal, action, resource);
  }
}

/**
 * Whether somebody may do something to a resource of a given account: by the policies of a role, by that of the resource where
 * accounts or AWS KMS ask for it, and in the own account as an administrator.
 */
export async function isAllowed(
  { roles }: Pick<World, 'roles'>,
  { arn, accountId, roleArn }: Principal,
  { action, resource, context = {} }: Need,
  owner: { readonly accountId: string; readonly policy: string | null },
): Promise<boolean> {
  const role = roles.get(roleArn ?? '');
  if (role === undefined && owner.accountId === accountId) return true;
  return simulate({
    request: {
      principal: arn,
      action,
      resource: { resource, accountId: owner.accountId },
      contextVariables: { 'aws:PrincipalArn': roleArn ?? arn, ...context },
    },
    identityPolicies:
      role === undefined
        ? [everything]
        : [...role.policies].map(([name, policy]) => ({ name, policy })),
    resourcePolicy: JSON.parse(owner.policy ?? nothing),
  });
}

/** Whether the policy of a resource lets a service or a principal in. */
export const isLetIn = (
  policy: string | null | undefined,
  { principal, action, resource, context }: { principal: string } & Need,
): Promise<boolean> =>
  simulate({
    request: {
      principal,
      action,
      resource: { resource, accountId: resource.split(':')[4] ?? '' },
      contextVariables: { ...context },
    },
    // What the principal itself may do is asked elsewhere.
    identityPolicies: principal.startsWith('arn:') ? [everything] : [],
    resourcePolicy: JSON.parse(policy ?? nothing),
  });

export const denied = (principal: Principal, action: string, resource: string): AwsError =>
  new AwsError(
    'AccessDeniedException',
    `User: ${principal.arn} is not authorized to perform: ${action} on resource: ${resource} because no identity-based policy allows the ${action} action`,
  );

type Simulation = Parameters<typeof runSimulation>[0];

async function simulate(
  simulation: Omit<Simulation, 'serviceControlPolicies' | 'resourceControlPolicies'>,
): Promise<boolean> {
  const none = { serviceControlPolicies: [], resourceControlPolicies: [] };
  const answer = await runSimulation({ ...simulation, ...none }, {});
  if (answer.resultType === 'error') {
    throw new Error(`${simulation.request.action}: ${JSON.stringify(answer.errors)}`);
  }
  return answer.overallResult === 'Allowed';
}

const nothing = '{"Version":"2012-10-17","Statement":[]}';
const everything = {
  name: 'everything',
  policy: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] },
};
