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
  const { bus, alarms, sweep, remediate, selfCheck, alert, backfill, audit } = arnsOf(topology);
  const [main, ...forwarders] = accountRegionsOf(topology);
  const own = [main, ...forwarders].filter(({ account }) => account === main.account);
  const arn = (service: string, region: string, resource: string): string =>
    `arn:${partitionOf(region)}:${service}:${region}:${main.account}:${resource}`;
  const rules = [
    ...own.map(({ region }) => arn('events', region, `rule/${names.stack}-*`)),
    arn('events', main.region, `rule/${names.bus}/${names.stack}-*`),
  ];
  const hasLightChecks = lightChecks !== undefined;
  const schedules = [
    names.sweep,
    names.selfCheck,
    ...(hasLightChecks ? [names.lightChecks] : []),
  ].map((name) => arn('scheduler', main.region, `schedule/default/${name}`));
  const mappings = [mapping, ...(hasLightChecks ? [lightChecks] : [])].map((id) =>
    arn('lambda', main.region, `event-source-mapping:${id}`),
  );
  const stacks = own.map((at) =>
    arn('cloudformation', at.region, `stack/${stackOf(at, topology)}/*`),
  );
  const roles = roleArn(main, `${names.stack}-*`);

  const role = functionRole(stack, 'SelfCheckRole', {
    roleName: names.selfCheckRole,
    description: 'trailkeeper: reads the deployed resources and reports differences',
    statements: [
      allow(['events:DescribeRule', 'events:ListTargetsByRule'], rules),
      allow(['events:DescribeEventBus', 'events:PutEvents'], [bus]),
      allow(
        [
          'lambda:GetFunctionConcurrency',
          'lambda:GetFunctionConfiguration',
          'lambda:GetFunctionEventInvokeConfig',
          'lambda:GetPolicy',
        ],
        [sweep, remediate, selfCheck, alert, backfill, audit],
      ),
      allow(['lambda:GetEventSourceMapping'], mappings),
      allow(['scheduler:GetSchedule'], schedules),
      allow(['cloudformation:DescribeStacks'], stacks),
      allow(
        [
          'iam:GetRole',
          'iam:GetRolePolicy',
          'iam:ListAttachedRolePolicies',
          'iam:ListRolePolicies',
        ],
        [roles],
      ),
      ...(forwarders.length > 0
        ? [allow(['sqs:GetQueueAttributes', 'sqs:GetQueueUrl'], forwarders.map(queueArn))]
        : []),
      allow(['sns:Publish'], [alarms]),
      allow(['dynamodb:GetResourcePolicy'], [table.tableArn]),
      putIncidents(table),
      allow(['dynamodb:GetItem'], [table.tableArn], incidentRows),
      allow(['dynamodb:GetItem', 'dynamodb:Query'], [table.tableArn], rows([windowPk])),
    ],
  });
  justify(
    role,
    wildcardReasons(
      [...rules, roles, ...stacks],
      'only the rules, roles and stacks of trailkeeper, by name, and only to read them',
    ),
  );
  return role;
}
