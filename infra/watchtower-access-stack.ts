import * as cdk from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as cxapi from 'aws-cdk-lib/cx-api';
import type { Construct } from 'constructs';
import { type AccountRegion, names, roleArn } from '#aws/resource-names.ts';
import type { Deployment } from '#deployment/config.ts';
import { arnsOf, topologyOf } from '#deployment/topology.ts';
import type { Watchtower } from '#deployment/watchtower-config.ts';
import { watchedKinds } from '#watchtower/watched-kinds.ts';
import { allow } from './function-role.ts';
import { justify, wildcardReasons } from './justify.ts';
import { scopeOf, statementsFor } from './permission-scope.ts';
import { deploymentReads } from './self-check-role.ts';

export type WatchtowerAccessStackProps = cdk.StackProps & {
  readonly deployment: Deployment;
  readonly watchtower: Watchtower;
  readonly env: AccountRegion;
};

/**
 * The role with which the watchtower sees the trails and their baselines. It has a stack for itself, so that it stays if the main stack is
 * deleted. The role of the watchtower is in a condition, because a role as principal is bound to its unique id.
 */
export class WatchtowerAccessStack extends cdk.Stack {
  constructor(
    scope: Construct,
    id: string,
    { deployment, watchtower, ...props }: WatchtowerAccessStackProps,
  ) {
    super(scope, id, {
      description: 'trailkeeper: lets the watchtower read trails and baselines',
      ...props,
    });
    this.node.setContext(cxapi.IAM_MINIMIZE_POLICIES, true);
    const scopeOfTrails = scopeOf(deployment);
    const mode = watchtower.restore ? 'enforce' : 'observe';
    const topology = topologyOf(deployment);
    const watcher = roleArn({ ...props.env, account: watchtower.account }, names.watchtower);
    const role = new iam.Role(this, 'Role', {
      roleName: names.watchtower,
      description: 'trailkeeper: lets the watchtower read trails and baselines',
      assumedBy: new iam.PrincipalWithConditions(new iam.AccountPrincipal(watchtower.account), {
        ArnEquals: { 'aws:PrincipalArn': watcher },
      }),
      maxSessionDuration: cdk.Duration.hours(1),
      // CloudFormation detects and reverts a change of a role, with its inline policies, but not of an AWS::IAM::Policy.
      inlinePolicies: {
        Watchtower: new iam.PolicyDocument({
          statements: [
            ...statementsFor(watchedKinds, mode, scopeOfTrails),
            // LookupEvents has no resource type.
            ...(watchtower.restore ? [allow(['cloudtrail:LookupEvents'], ['*'])] : []),
            allow(['dynamodb:GetItem', 'dynamodb:Query'], [arnsOf(topology).table]),
            ...deploymentReads(topology),
          ],
        }),
      },
    });
    justify(role, {
      ...wildcardReasons(
        scopeOfTrails.trails,
        'baselines name the protected trails unless the configuration does; then the role only reads them',
      ),
      ...(watchtower.restore && {
        'IAM5[Resource::*]': 'reads of AWS Organizations and LookupEvents have no resource type',
        ...wildcardReasons(
          scopeOfTrails.cloudWatchLogsRoles,
          'baselines name the CloudWatch Logs role unless the configuration does; the condition allows to pass it to CloudTrail only',
        ),
      }),
      ...wildcardReasons(
        deploymentReads(topology).flatMap(({ resources }) => resources),
        'only the rules and roles of trailkeeper, by name, and only to read them',
      ),
    });
  }
}
