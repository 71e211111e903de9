import type * as cdk from 'aws-cdk-lib';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import type * as iam from 'aws-cdk-lib/aws-iam';
import { type AccountRegion, arnIn, names, roleArn } from '#aws/resource-names.ts';
import { windowPk } from '#aws/state-table-keys.ts';
import {
  accountRegionsOf,
  arnsOf,
  ownRegionsOf,
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
  const mappings = [mapping, ...(lightChecks ? [lightChecks] : [])].map((id) =>
    arnIn(main, 'lambda', `event-source-mapping:${id}`),
  );
  const stacks = [
    ...ownRegionsOf(topology).map((at) => ({ at, name: stackOf(at, topology) })),
    ...(topology.recovers ? [{ at: main, name: names.recovery }] : []),
  ].map(({ at, name }) => arnIn(at, 'cloudformation', `stack/${name}/*`));

  const role = functionRole(stack, 'SelfCheckRole', {
    roleName: names.selfCheckRole,
    description: 'trailkeeper: reads the deployed resources and reports differences',
    statements: [
      ...deploymentReads(topology),
      ...recoveryReads(topology),
      allow(['events:PutEvents'], [bus]),
      allow(['lambda:GetEventSourceMapping'], mappings),
      allow(['scheduler:GetSchedule'], lightChecks ? [scheduleArn(main, names.lightChecks)] : []),
      allow(['cloudformation:DescribeStacks'], stacks),
      allow(['sqs:GetQueueAttributes', 'sqs:GetQueueUrl'], forwarders.map(queueArn)),
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

const scheduleArn = (at: AccountRegion, name: string): string =>
  arnIn(at, 'scheduler', `schedule/default/${name}`);

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
  const rules = [
    ...ownRegionsOf(topology).map((at) => arnIn(at, 'events', `rule/${names.stack}-*`)),
    arnIn(topology, 'events', `rule/${names.bus}/${names.stack}-*`),
  ];
  const schedules = [names.sweep, names.selfCheck].map((name) => scheduleArn(topology, name));
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
      [roleArn(topology, `${names.stack}-*`)],
    ),
    allow(['dynamodb:GetResourcePolicy'], [table]),
  ];
}
