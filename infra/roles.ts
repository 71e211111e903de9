import type * as cdk from 'aws-cdk-lib';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { AlertReach } from '#alert/channel.ts';
import { channels } from '#alert/channels/index.ts';
import { names } from '#aws/resource-names.ts';
import { deliveryKeys, incidentKeys } from '#aws/state-table-keys.ts';
import { arnsOf, type Topology } from '#deployment/topology.ts';
import { justify } from './justify.ts';

/** Reads incidents, records what was delivered, and reaches the configured channels. It has no permission for CloudTrail. */
export function alertRole(stack: cdk.Stack, table: dynamodb.Table, reach: AlertReach): iam.Role {
  const permissions = channels.flatMap((channel) => channel.permissions(reach));
  // Two channels may need the same permission.
  const unique = new Map(permissions.map((one) => [JSON.stringify(one), one]));
  return functionRole(stack, 'AlertRole', {
    roleName: names.alertRole,
    description: 'trailkeeper: notifies people of what happens to the trails',
    statements: [
      allow(['dynamodb:GetItem'], [table.tableArn], rows([incidentKeys, deliveryKeys])),
      allow(['dynamodb:PutItem'], [table.tableArn], rows([deliveryKeys])),
      ...[...unique.values()].map(({ actions, resources }) => allow(actions, resources)),
    ],
  });
}

/** Reads the stream of the state table and reports each write. */
export function auditRole(stack: cdk.Stack, topology: Topology, table: dynamodb.Table): iam.Role {
  const role = functionRole(stack, 'AuditRole', {
    roleName: names.auditRole,
    description: 'trailkeeper: reads the stream of the state table and reports each write',
    statements: [
      allow(
        ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator'],
        [table.tableStreamArn ?? ''],
      ),
      // ListStreams has no resource type. Source: Lambda Developer Guide, "Process DynamoDB records".
      allow(['dynamodb:ListStreams'], ['*']),
      allow(['dynamodb:Query'], [table.tableArn]),
      allow(['events:PutEvents'], [arnsOf(topology).bus]),
      putIncidents(table),
    ],
  });
  justify(role, {
    'IAM5[Resource::*]': 'ListStreams has no resource type, and Lambda needs it to read a stream',
  });
  return role;
}

export type FunctionRoleProps = {
  readonly roleName: string;
  readonly description: string;
  readonly statements: readonly iam.PolicyStatement[];
};

export function functionRole(
  stack: cdk.Stack,
  id: string,
  { statements, ...props }: FunctionRoleProps,
): iam.Role {
  const assumedBy = new iam.ServicePrincipal('lambda.amazonaws.com');
  const role = new iam.Role(stack, id, { ...props, assumedBy });
  for (const statement of statements) role.addToPolicy(statement);
  return role;
}

export const allow = (
  actions: readonly string[],
  resources: readonly string[],
  conditions: iam.PolicyStatementProps['conditions'] = {},
): iam.PolicyStatement =>
  new iam.PolicyStatement({ actions: [...actions], resources: [...resources], conditions });

/** Functions write incidents, and never a baseline. */
export const putIncidents = (table: dynamodb.Table): iam.PolicyStatement =>
  allow(['dynamodb:PutItem'], [table.tableArn], incidentRows);

const rows = (prefixes: readonly string[]) => ({
  'ForAllValues:StringLike': {
    'dynamodb:LeadingKeys': prefixes.map((prefix) => `${prefix}*`),
  },
});

/** A condition that only rows of incidents fulfil. */
export const incidentRows = rows([incidentKeys]);
