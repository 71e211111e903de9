import type * as cdk from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { RoleSettings } from '#deployment/expected-deployment.ts';

/** Who may assume each role of a stack, and its actions. Call it when all grants are made. */
export const rolesIn = (stack: cdk.Stack): Readonly<Record<string, RoleSettings>> =>
  Object.fromEntries(
    stack.node.children
      .filter((child) => child instanceof iam.Role)
      .map((role) => [
        (role.node.defaultChild as iam.CfnRole).roleName,
        {
          TrustedBy: statementsOf(stack, role.assumeRolePolicy).flatMap(
            ({ Principal }) => Principal?.Service ?? [],
          ),
          Actions: [
            ...new Set(
              policiesOf(stack, role)
                .flatMap((document) => statementsOf(stack, document))
                .flatMap(({ Action }) => Action),
            ),
          ].toSorted(),
        },
      ]),
  );

/** The inline policies of a role, and the policy with what it was granted. */
function policiesOf(stack: cdk.Stack, role: iam.Role): readonly (object | undefined)[] {
  const granted = role.node.tryFindChild('DefaultPolicy') as iam.Policy | undefined;
  const { policies } = role.node.defaultChild as iam.CfnRole;
  const inline = stack.resolve(policies ?? []) as readonly iam.CfnRole.PolicyProperty[];
  return [granted?.document, ...inline.map(({ policyDocument }) => policyDocument)];
}

type Statement = {
  readonly Action: string | readonly string[];
  readonly Principal?: { readonly Service: string };
};

const statementsOf = (stack: cdk.Stack, document: object | undefined): readonly Statement[] =>
  stack.resolve(document)?.Statement ?? [];
