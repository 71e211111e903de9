import * as cdk from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { names, roleArn } from '#aws/resource-names.ts';
import type { Topology } from '#deployment/topology.ts';
import { justify, wildcardReasons } from './justify.ts';

export type DependenciesRoleProps = {
  readonly topology: Topology;
  readonly externalId: string;
  readonly statements: readonly iam.PolicyStatement[];
};

/**
 * The role in another account with which the functions read and restore what trails depend on. Only the reconcile role of the main
 * account may assume it, and only with the external id. The role is in a condition: as a principal it would be bound to its unique id, and
 * refused after it is deployed again. Source: IAM User Guide, "AWS JSON policy elements: Principal".
 */
export function dependenciesRole(
  stack: cdk.Stack,
  { topology, externalId, statements }: DependenciesRoleProps,
): iam.Role {
  const role = new iam.Role(stack, 'Role', {
    roleName: names.dependencies,
    description: 'trailkeeper: reads, and where allowed restores, what trails depend on',
    assumedBy: new iam.PrincipalWithConditions(new iam.AccountPrincipal(topology.account), {
      ArnEquals: { 'aws:PrincipalArn': roleArn(topology, names.reconcileRole) },
      StringEquals: { 'sts:ExternalId': externalId },
    }),
    maxSessionDuration: cdk.Duration.hours(1),
    // CloudFormation detects and reverts a change of a role, with its inline policies, but not of an AWS::IAM::Policy.
    ...(statements.length > 0 && {
      inlinePolicies: { Dependencies: new iam.PolicyDocument({ statements: [...statements] }) },
    }),
  });
  justify(role, {
    'IAM5[Resource::*]': 'DescribeLogGroups has no resource type, and DescribeAlarms lists alarms',
    ...wildcardReasons(
      statements.flatMap(({ resources }) => resources),
      'the configuration does not name what the trails depend on in this account; it is only read',
    ),
  });
  return role;
}
