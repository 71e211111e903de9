import { isAllowedIn } from './iam.ts';
import type { Operation } from './operation.ts';
import { isPolicy } from './policy.ts';
import { AwsError, type Call, type Need } from './service.ts';
import type { World } from './world.ts';

type TablePolicies = World['tablePolicies'];

/**
 * Throws `AccessDeniedException` if the table's policy denies the call. A denial also applies to the account that owns
 * the table. Source: DynamoDB developer guide, "Authorization with IAM identity-based policies and DynamoDB
 * resource-based policies".
 */
export function checkTablePolicy(
  policies: TablePolicies,
  { principal: { arn: principal, roleArn } }: Call,
  needs: readonly Need[],
): void {
  for (const { action, resource, context } of needs) {
    const asked = { principal, action, resource };
    const withCaller = { 'aws:PrincipalArn': roleArn ?? principal, ...context };
    if (isAllowedIn(policies.get(resource), { ...asked, context: withCaller })) continue;
    throw new AwsError(
      'AccessDeniedException',
      `User: ${principal} is not authorized to perform: ${action} on resource: ${resource} with an explicit deny in a resource-based policy`,
    );
  }
}

const onResource = (
  name: string,
  perform: (arn: string, policies: TablePolicies, call: Call) => object,
): Operation => {
  const needs = ({ input }: Call): readonly Need[] => [
    { action: `dynamodb:${name}`, resource: String(input.ResourceArn) },
  ];
  return {
    needs,
    perform(call, { tablePolicies }) {
      checkTablePolicy(tablePolicies, call, needs(call));
      return perform(String(call.input.ResourceArn), tablePolicies, call);
    },
  };
};

/** A changed policy takes effect immediately here; on AWS it takes some seconds. */
export const tablePolicyOperations: Readonly<Record<string, Operation>> = {
  GetResourcePolicy: onResource('GetResourcePolicy', (arn, policies) => {
    const Policy = policies.get(arn);
    if (Policy !== undefined) return { Policy, RevisionId: '1' };
    throw new AwsError(
      'PolicyNotFoundException',
      `Resource-based policy not found for the provided ResourceArn: ${arn}`,
    );
  }),
  PutResourcePolicy: onResource('PutResourcePolicy', (arn, policies, { input: { Policy } }) => {
    if (!isPolicy(Policy)) throw new AwsError('ValidationException', 'Invalid policy document');
    policies.set(arn, Policy);
    return { RevisionId: '1' };
  }),
  DeleteResourcePolicy: onResource('DeleteResourcePolicy', (arn, policies) => {
    policies.delete(arn);
    return {};
  }),
};
