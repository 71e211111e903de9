import type * as cdk from 'aws-cdk-lib';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { AlertReach } from '#alert/channel.ts';
import { channels } from '#alert/channels/index.ts';
import { toldKeys } from '#alert/notification-policy.ts';
import { partitionOf } from '#aws/partitions.ts';
import { names, roleArn } from '#aws/resource-names.ts';
import { incidentKeys } from '#aws/state-table-keys.ts';
import { type Deployment, layoutOf } from '#deployment/config.ts';
import {
  accountRegionsOf,
  arnsOf,
  queueArn,
  stackOf,
  type Topology,
} from '#deployment/topology.ts';
import { kinds } from '#drift/index.ts';
import type { PermissionScope } from '#drift/kind.ts';
import { justify } from './justify.ts';
import { statementsFor } from './permissions.ts';

/** The one role that writes to trails. All functions that do know their own calls by it. */
export function reconcileRole(
  stack: cdk.Stack,
  deployment: Deployment,
  table: dynamodb.Table,
): iam.Role {
  const role = functionRole(stack, 'ReconcileRole', {
    roleName: names.reconcileRole,
    description: 'trailkeeper: reads trails and baselines; in mode enforce, restores trails',
  });
  const layout = layoutOf(deployment);
  const scope = scopeOf(deployment);
  const baselines = new iam.PolicyStatement({
    actions: ['dynamodb:GetItem', 'dynamodb:Query'],
    resources: [table.tableArn],
  });
  for (const statement of [
    ...statementsFor(kinds, deployment.mode, scope),
    baselines,
    keepingIncidents(table),
    new iam.PolicyStatement({ actions: ['events:PutEvents'], resources: [arnsOf(layout).bus] }),
    // Event history can not be granted on anything narrower.
    new iam.PolicyStatement({ actions: ['cloudtrail:LookupEvents'], resources: ['*'] }),
    new iam.PolicyStatement({
      actions: ['lambda:InvokeFunction'],
      resources: [arnsOf(layout).backfill],
    }),
  ]) {
    role.addToPolicy(statement);
  }
  justify(role, {
    'IAM5[Resource::*]':
      'actions of AWS Organizations, DescribeLogGroups and LookupEvents have no resource type; the only write among them is for CloudTrail alone, by its condition',
    ...reasons(
      scope.cloudWatchLogsRoles,
      'the CloudWatch Logs role that a baseline names is data unless the configuration names it, and may be handed to CloudTrail alone, by its condition',
    ),
    ...reasons(
      [...scope.buckets, ...scope.keys, ...scope.topics],
      'which bucket, key and topic a trail delivers to is data unless the configuration names them; they are looked at, and HeadBucket is allowed by ListBucket alone',
    ),
    ...reasons(
      scope.trails,
      'which trails are guarded is data unless the configuration names them; what is done to them are reads and repairs',
    ),
  });
  return role;
}

/** What the configuration names, or else all that may be meant. */
function scopeOf(deployment: Deployment): PermissionScope {
  const { account, region, homeRegions } = layoutOf(deployment);
  const partition = partitionOf(region);
  const roles = `arn:${partition}:iam::${account}:role`;
  const sinks = (service: string, all: string): readonly string[] =>
    deployment.sinks?.filter((arn) => arn.split(':')[2] === service) ?? [
      `arn:${partition}:${service}:${all}`,
    ];
  return {
    roles,
    buckets: sinks('s3', '::*'),
    keys: sinks('kms', '*:*:key/*'),
    topics: sinks('sns', '*:*:*'),
    trails:
      deployment.trails ??
      homeRegions.map((home) => `arn:${partition}:cloudtrail:${home}:${account}:trail/*`),
    cloudWatchLogsRoles: deployment.cloudWatchLogsRoles ?? [`${roles}/*`],
  };
}

/** The role that reads how trailkeeper is wired, and tells. It writes to nothing that is guarded. */
export function selfCheckRole(
  stack: cdk.Stack,
  layout: Topology,
  { table, mapping }: { table: dynamodb.Table; mapping: lambda.IEventSourceMapping },
): iam.Role {
  const role = functionRole(stack, 'SelfCheckRole', {
    roleName: names.selfCheckRole,
    description: 'trailkeeper: reads how trailkeeper is deployed, and tells what is not as it was',
  });
  const { bus, alarms, sweep, remediate, selfCheck, alert, backfill, audit } = arnsOf(layout);
  const [main, ...forwarders] = accountRegionsOf(layout);
  const arn = (service: string, region: string, resource: string): string =>
    `arn:${partitionOf(region)}:${service}:${region}:${layout.account}:${resource}`;
  const rules = [main, ...forwarders]
    .filter(({ account }) => account === layout.account)
    .map(({ region }) => arn('events', region, `rule/${names.stack}-*`));
  const ownBusRules = arn('events', main.region, `rule/${names.bus}/${names.stack}-*`);
  const schedules = [names.sweep, names.selfCheck].map((name) =>
    arn('scheduler', main.region, `schedule/default/${name}`),
  );
  const stacks = [main, ...forwarders]
    .filter(({ account }) => account === layout.account)
    .map((place) => arn('cloudformation', place.region, `stack/${stackOf(place, layout)}/*`));
  const queues = forwarders.map(queueArn);
  const roles = roleArn(main, `${names.stack}-*`);

  const grants: readonly (readonly [actions: string[], resources: string[]])[] = [
    [
      ['events:DescribeRule', 'events:ListTargetsByRule'],
      [...rules, ownBusRules],
    ],
    [['events:DescribeEventBus', 'events:PutEvents'], [bus]],
    [
      [
        'lambda:GetFunctionConcurrency',
        'lambda:GetFunctionConfiguration',
        'lambda:GetFunctionEventInvokeConfig',
        'lambda:GetPolicy',
      ],
      [sweep, remediate, selfCheck, alert, backfill, audit],
    ],
    [['lambda:GetEventSourceMapping'], [mapping.eventSourceMappingArn]],
    [['scheduler:GetSchedule'], schedules],
    [['cloudformation:DescribeStacks'], stacks],
    [
      ['iam:GetRole', 'iam:GetRolePolicy', 'iam:ListAttachedRolePolicies', 'iam:ListRolePolicies'],
      [roles],
    ],
    [['sqs:GetQueueAttributes', 'sqs:GetQueueUrl'], queues],
    [['sns:Publish'], [alarms]],
  ];
  for (const [actions, resources] of grants) {
    if (resources.length > 0) role.addToPolicy(new iam.PolicyStatement({ actions, resources }));
  }
  role.addToPolicy(keepingIncidents(table));
  role.addToPolicy(
    new iam.PolicyStatement({
      actions: ['dynamodb:GetItem'],
      resources: [table.tableArn],
      conditions: ofIncidents,
    }),
  );
  justify(
    role,
    reasons(
      [...rules, ownBusRules, roles, ...stacks],
      'the rules, roles and stacks of trailkeeper alone, by their names; they are read',
    ),
  );
  return role;
}

/** The role that tells people: it reads incidents, remembers what it told, and does what the channels need. Nothing of CloudTrail. */
export function alertRole(stack: cdk.Stack, table: dynamodb.Table, reach: AlertReach): iam.Role {
  const role = functionRole(stack, 'AlertRole', {
    roleName: names.alertRole,
    description: 'trailkeeper: tells people what happens to the trails',
  });
  const onRows = (action: string, prefixes: readonly string[]): iam.PolicyStatement =>
    new iam.PolicyStatement({
      actions: [`dynamodb:${action}`],
      resources: [table.tableArn],
      conditions: ofRows(prefixes),
    });
  const permissions = channels.flatMap((channel) => channel.permissions(reach));
  // Two channels may need the same.
  const needed = new Map(permissions.map((one) => [JSON.stringify(one), one]));
  for (const statement of [
    onRows('GetItem', [incidentKeys, toldKeys]),
    onRows('PutItem', [toldKeys]),
    ...[...needed.values()].map(
      ({ actions, resources }) =>
        new iam.PolicyStatement({ actions: [...actions], resources: [...resources] }),
    ),
  ]) {
    role.addToPolicy(statement);
  }
  return role;
}

/** The role that tells what is written to the state table. */
export function auditRole(stack: cdk.Stack, layout: Topology, table: dynamodb.Table): iam.Role {
  const role = functionRole(stack, 'AuditRole', {
    roleName: names.auditRole,
    description: 'trailkeeper: reads what is written to the state table, and tells it',
  });
  const grants: readonly (readonly [actions: string[], resource: string])[] = [
    [
      ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator'],
      table.tableStreamArn ?? '',
    ],
    // Source: Lambda developer guide, "Process DynamoDB records": it can not be granted on one stream.
    [['dynamodb:ListStreams'], '*'],
    [['dynamodb:Query'], table.tableArn],
    [['events:PutEvents'], arnsOf(layout).bus],
  ];
  for (const [actions, resource] of grants) {
    role.addToPolicy(new iam.PolicyStatement({ actions, resources: [resource] }));
  }
  role.addToPolicy(keepingIncidents(table));
  justify(role, {
    'IAM5[Resource::*]':
      'ListStreams has no resource type, and Lambda asks for it to read a stream',
  });
  return role;
}

const functionRole = (
  stack: cdk.Stack,
  id: string,
  props: { readonly roleName: string; readonly description: string },
): iam.Role =>
  new iam.Role(stack, id, {
    ...props,
    assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
  });

/** Functions write incidents and nothing else: never a baseline. */
const keepingIncidents = (table: dynamodb.Table): iam.PolicyStatement =>
  new iam.PolicyStatement({
    actions: ['dynamodb:PutItem'],
    resources: [table.tableArn],
    conditions: ofIncidents,
  });

const ofRows = (prefixes: readonly string[]) => ({
  'ForAllValues:StringLike': {
    'dynamodb:LeadingKeys': prefixes.map((prefix) => `${prefix}*`),
  },
});

const ofIncidents = ofRows([incidentKeys]);

/** One reason for every resource that ends in a wildcard. */
const reasons = (resources: readonly string[], reason: string): Record<string, string> =>
  Object.fromEntries(
    resources
      .filter((resource) => resource.includes('*'))
      .map((resource) => [`IAM5[Resource::${resource}]`, reason]),
  );
