import type * as cdk from 'aws-cdk-lib';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import type * as iam from 'aws-cdk-lib/aws-iam';
import { names, roleArn } from '#aws/resource-names.ts';
import { watchtowerAlias, watchtowerArns } from '#aws/watchtower-arns.ts';
import type { Deployment } from '#deployment/config.ts';
import { arnsOf, topologyOf } from '#deployment/topology.ts';
import { kinds } from '#drift/index.ts';
import { allow, functionRole, putIncidents } from './function-role.ts';
import { justify, wildcardReasons } from './justify.ts';
import { scopeOf, statementsFor } from './permission-scope.ts';

/** The only role that writes to trails, and only in mode enforce. Functions recognize self-triggered events by it. */
export function reconcileRole(
  stack: cdk.Stack,
  deployment: Deployment,
  table: dynamodb.Table,
): iam.Role {
  const scope = scopeOf(deployment);
  const { bus, backfill, table: tableArn } = arnsOf(topologyOf(deployment));
  const assumable = deployment.dependencyAccounts.map(({ account }) =>
    roleArn({ account, region: deployment.region }, names.dependencies),
  );
  const role = functionRole(stack, 'ReconcileRole', {
    roleName: names.reconcileRole,
    description: 'trailkeeper: reads trails and baselines; in mode enforce, restores trails',
    statements: [
      ...statementsFor(kinds, deployment.mode, scope),
      // By its name: the limit of a policy counts a reference as the longest ARN.
      allow(['dynamodb:GetItem', 'dynamodb:Query'], [tableArn]),
      putIncidents(table),
      allow(['events:PutEvents'], [bus]),
      // LookupEvents has no resource type.
      allow(['cloudtrail:LookupEvents'], ['*']),
      allow(['lambda:InvokeFunction'], [backfill]),
      allow(['sts:AssumeRole'], assumable),
      ...heartbeatStatements(deployment),
    ],
  });
  justify(role, {
    'IAM5[Resource::*]':
      'actions of AWS Organizations, DescribeLogGroups and LookupEvents have no resource type, and DescribeAlarms lists alarms; the condition of the only write among them names CloudTrail',
    ...wildcardReasons(
      scope.cloudWatchLogsRoles,
      'baselines name the CloudWatch Logs role unless the configuration does; the condition allows to pass it to CloudTrail only',
    ),
    ...wildcardReasons(
      [...scope.buckets, ...scope.keys, ...scope.topics, ...scope.logGroups, ...scope.logRoles],
      'baselines name what a trail depends on unless the configuration does; it is only read, and HeadBucket needs ListBucket',
    ),
    ...wildcardReasons(
      scope.logGroups.map((arn) => `${arn}:*`),
      'the ARN of a log group ends so in policies',
    ),
    ...wildcardReasons(
      heartbeatStatements(deployment).flatMap(({ resources }) => resources),
      'the key of the watchtower is named by its alias in a condition, and by its own policy',
    ),
    ...wildcardReasons(
      scope.trails,
      'baselines name the protected trails unless the configuration does; the role reads and repairs them',
    ),
  });
  return role;
}

/** What it takes to send heartbeats: the key is named by its alias, because its ID does not exist before the deployment. */
function heartbeatStatements({ watchtower, region }: Deployment): readonly iam.PolicyStatement[] {
  if (watchtower === undefined) return [];
  const { bus, keys } = watchtowerArns({ account: watchtower.account, region });
  return [
    allow(['events:PutEvents'], [bus]),
    allow(heartbeatKeyActions, [keys], {
      StringEquals: { 'kms:RequestAlias': watchtowerAlias },
    }),
  ];
}

/** What a sweep does with the key of the watchtower. */
export const heartbeatKeyActions = ['kms:GetPublicKey', 'kms:Sign'] as const;
