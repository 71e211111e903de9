import type * as cdk from 'aws-cdk-lib';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import type * as iam from 'aws-cdk-lib/aws-iam';
import { partitionOf } from '#aws/partitions.ts';
import { names, roleArn } from '#aws/resource-names.ts';
import { windowPk } from '#aws/state-table-keys.ts';
import {
  accountRegionsOf,
  arnsOf,
  queueArn,
  stackOf,
  type Topology,
} from '#deployment/topology.ts';
import { allow, functionRole, incidentRows, putIncidents, rows } from './function-role.ts';
import { justify, wildcardReasons } from './justify.ts';

/** Reads the deployed resources and reports differences. It can change neither trails nor the deployment. */
export function selfCheckRole(
  stack: cdk.Stack,
  topology: Topology,
  {
    table,
    mapping,
    lightChecks,
  }: {
    readonly table: dynamodb.Table;
    readonly mapping: string;
    readonly lightChecks: string | undefined;
  },
): iam.Role {
  const { bus, alarms } = arnsOf(topology);
  const [main, ...forwarders] = accountRegionsOf(topology);
  const own = [main, ...forwarders].filter(({ account }) => account === main.account);
  const arn = (service: string, region: string, resource: string): string =>
    `arn:${partitionOf(region)}:${service}:${region}:${main.account}:${resource}`;
  const hasLightChecks = lightChecks !== undefined;
  const mappings = [mapping, ...(hasLightChecks ? [lightChecks] : [])].map((id) =>
    arn('lambda', main.region, `event-source-mapping:${id}`),
  );
  const stacks = own.map((at) =>
    arn('cloudformation', at.region, `stack/${stackOf(at, topology)}/*`),
  );
  if (topology.recovers) {
    stacks.push(arn('cloudformation', main.region, `stack/${names.recovery}/*`));
  }
  const schedule = arn('scheduler', main.region, `schedule/default/${names.lightChecks}`);

  const role = functionRole(stack, 'SelfCheckRole', {
    roleName: names.selfCheckRole,
    description: 'trailkeeper: reads the deployed resources and reports differences',
    statements: [
      ...deploymentReads(topology),
      ...recoveryReads(topology),
      allow(['events:PutEvents'], [bus]),
      allow(['lambda:GetEventSourceMapping'], mappings),
      ...(hasLightChecks ? [allow(['scheduler:GetSchedule'], [schedule])] : []),
      allow(['cloudformation:DescribeStacks'], stacks),
      ...(forwarders.length > 0
        ? [allow(['sqs:GetQueueAttributes', 'sqs:GetQueueUrl'], forwarders.map(queueArn))]
        : []),
      allow(['sns:Publish'], [alarms]),
      putIncidents(table),
      allow(['dynamodb:GetItem'], [table.tableArn], incidentRows),
      allow(['dynamodb:GetItem', 'dynamodb:Query'], [table.tableArn], rows([windowPk])),
    ],
  });
  justify(
    role,
    wildcardReasons(
      [...deploymentReads(topology).flatMap(({ resources }) => resources), ...stacks],
      'only the rules, roles and stacks of trailkeeper, by name, and only to read them',
    ),
  );
  return role;
}

/** What it takes to read the stack that recovers events, besides its roles. */
function recoveryReads(topology: Topology): readonly iam.PolicyStatement[] {
  if (!topology.recovers) return [];
  const { recover, recovery } = arnsOf(topology);
  return [allow(readFunction, [recover]), allow(['states:DescribeStateMachine'], [recovery])];
}

const readFunction = [
  'lambda:GetFunctionConcurrency',
  'lambda:GetFunctionConfiguration',
  'lambda:GetFunctionEventInvokeConfig',
  'lambda:GetPolicy',
];

/** What it takes to read the deployment in the main account. */
export function deploymentReads(topology: Topology): readonly iam.PolicyStatement[] {
  const { bus, sweep, remediate, selfCheck, alert, backfill, audit, interact, table } =
    arnsOf(topology);
  const [main, ...forwarders] = accountRegionsOf(topology);
  const arn = (service: string, region: string, resource: string): string =>
    `arn:${partitionOf(region)}:${service}:${region}:${main.account}:${resource}`;
  const rules = [
    ...[main, ...forwarders]
      .filter(({ account }) => account === main.account)
      .map(({ region }) => arn('events', region, `rule/${names.stack}-*`)),
    arn('events', main.region, `rule/${names.bus}/${names.stack}-*`),
  ];
  const schedules = [names.sweep, names.selfCheck].map((name) =>
    arn('scheduler', main.region, `schedule/default/${name}`),
  );
  return [
    allow(['events:DescribeRule', 'events:ListTargetsByRule'], rules),
    allow(['events:DescribeEventBus'], [bus]),
    allow(readFunction, [
      ...[sweep, remediate, selfCheck, alert, backfill, audit],
      ...(topology.answersSlack ? [interact] : []),
    ]),
    ...(topology.answersSlack === 'function-url'
      ? [allow(['lambda:GetFunctionUrlConfig'], [interact])]
      : []),
    allow(['scheduler:GetSchedule'], schedules),
    allow(
      ['iam:GetRole', 'iam:GetRolePolicy', 'iam:ListAttachedRolePolicies', 'iam:ListRolePolicies'],
      [roleArn(main, `${names.stack}-*`)],
    ),
    allow(['dynamodb:GetResourcePolicy'], [table]),
  ];
}
