import { runSimulation } from '@cloud-copilot/iam-simulate';
import { AwsError, type Need, type Principal } from './service.ts';
import type { Resource, Stack } from './template.ts';

/** The identity policies of each deployed role, by role ARN. Any other principal is an administrator. */
export type Roles = ReadonlyMap<string, readonly Policy[]>;

type Policy = { readonly name: string; readonly policy: object };

export function rolesOf(stack: Stack): Roles {
  const ofType = (type: string) => stack.resources.filter((resource) => resource.type === type);
  return new Map(
    ofType('AWS::IAM::Role').map((role) => [
      role.arn,
      ofType('AWS::IAM::Policy').filter(attachedTo(role)).map(policyOf),
    ]),
  );
}

/** Throws `AccessDeniedException` unless the principal's role allows everything that a call needs. */
export async function authorize(
  roles: Roles,
  principal: Principal,
  needs: readonly Need[],
): Promise<void> {
  const policies = roles.get(principal.roleArn ?? '');
  if (policies === undefined) return;
  for (const { action, resource, context = {} } of needs) {
    const simulation = await runSimulation(
      {
        request: {
          principal: principal.arn,
          action,
          resource: { resource, accountId: principal.accountId },
          contextVariables: { ...context },
        },
        identityPolicies: [...policies],
        serviceControlPolicies: [],
        resourceControlPolicies: [],
      },
      {},
    );
    if (simulation.resultType === 'error') {
      throw new Error(`${action} on ${resource}: ${JSON.stringify(simulation.errors)}`);
    }
    if (simulation.overallResult !== 'Allowed') {
      throw new AwsError(
        'AccessDeniedException',
        `User: ${principal.arn} is not authorized to perform: ${action} on resource: ${resource} because no identity-based policy allows the ${action} action`,
      );
    }
  }
}

const attachedTo =
  (role: Resource) =>
  (policy: Resource): boolean =>
    policy.properties.Roles.includes(role.name);

const policyOf = ({ name, properties }: Resource): Policy => ({
  name,
  policy: properties.PolicyDocument,
});
