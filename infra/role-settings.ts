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
              statementsOf(stack, policyOf(role)?.document).flatMap(({ Action }) => Action),
            ),
          ].toSorted(),
        },
      ]),
  );

const policyOf = (role: iam.Role): iam.Policy | undefined =>
  role.node.tryFindChild('DefaultPolicy') as iam.Policy | undefined;

type Statement = {
  readonly Action: string | readonly string[];
  readonly Principal?: { readonly Service: string };
};

const statementsOf = (
  stack: cdk.Stack,
  document: iam.PolicyDocument | undefined,
): readonly Statement[] => stack.resolve(document)?.Statement ?? [];
