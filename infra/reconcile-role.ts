import type * as cdk from 'aws-cdk-lib';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import type * as iam from 'aws-cdk-lib/aws-iam';
import { partitionOf } from '#aws/partitions.ts';
import { names } from '#aws/resource-names.ts';
import type { Deployment } from '#deployment/config.ts';
import { arnsOf, topologyOf } from '#deployment/topology.ts';
import { kinds } from '#drift/index.ts';
import type { DriftKind, PermissionScope } from '#drift/kind.ts';
import type { Mode } from '#reconcile/outcome.ts';
import { allow, functionRole, putIncidents } from './function-role.ts';
import { justify, wildcardReasons } from './justify.ts';

/** The only role that writes to trails, and only in mode enforce. Functions recognize self-triggered events by it. */
export function reconcileRole(
  stack: cdk.Stack,
  deployment: Deployment,
  table: dynamodb.Table,
): iam.Role {
  const scope = scopeOf(deployment);
  const { bus, backfill } = arnsOf(topologyOf(deployment));
  const role = functionRole(stack, 'ReconcileRole', {
    roleName: names.reconcileRole,
    description: 'trailkeeper: reads trails and baselines; in mode enforce, restores trails',
    statements: [
      ...statementsFor(kinds, deployment.mode, scope),
      allow(['dynamodb:GetItem', 'dynamodb:Query'], [table.tableArn]),
      putIncidents(table),
      allow(['events:PutEvents'], [bus]),
      // LookupEvents has no resource type.
      allow(['cloudtrail:LookupEvents'], ['*']),
      allow(['lambda:InvokeFunction'], [backfill]),
    ],
  });
  justify(role, {
    'IAM5[Resource::*]':
      'actions of AWS Organizations, DescribeLogGroups and LookupEvents have no resource type; the condition of the only write among them names CloudTrail',
    ...wildcardReasons(
      scope.cloudWatchLogsRoles,
      'baselines name the CloudWatch Logs role unless the configuration does; the condition allows to pass it to CloudTrail only',
    ),
    ...wildcardReasons(
      [...scope.buckets, ...scope.keys, ...scope.topics],
      'baselines name the bucket, key and topic of a trail unless the configuration does; they are only read, and HeadBucket needs ListBucket',
    ),
    ...wildcardReasons(
      scope.trails,
      'baselines name the protected trails unless the configuration does; the role reads and repairs them',
    ),
  });
  return role;
}

/** The statements that drift kinds need; in mode observe none of them allows a write. */
const statementsFor = (
  kinds: readonly DriftKind[],
  mode: Mode,
  scope: PermissionScope,
): iam.PolicyStatement[] =>
  kinds
    .flatMap(({ permissions: { observe, repair } }) =>
      mode === 'enforce' ? [...observe, ...repair] : observe,
    )
    .map(({ actions, resources, conditions }) => allow(actions, resources(scope), conditions))
    .filter(({ resources }) => resources.length > 0);

/** The resources that the configuration names, or else all that a baseline can name. */
function scopeOf(deployment: Deployment): PermissionScope {
  const { account, region, homeRegions } = topologyOf(deployment);
  const partition = partitionOf(region);
  const roles = `arn:${partition}:iam::${account}:role`;
  const destinations = (service: string, all: string): readonly string[] =>
    deployment.destinations?.filter((arn) => arn.split(':')[2] === service) ?? [
      `arn:${partition}:${service}:${all}`,
    ];
  return {
    roles,
    buckets: destinations('s3', '::*'),
    keys: destinations('kms', '*:*:key/*'),
    topics: destinations('sns', '*:*:*'),
    trails:
      deployment.trails ??
      homeRegions.map((home) => `arn:${partition}:cloudtrail:${home}:${account}:trail/*`),
    cloudWatchLogsRoles: deployment.cloudWatchLogsRoles ?? [`${roles}/*`],
  };
}
