import type * as cdk from 'aws-cdk-lib';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import type * as iam from 'aws-cdk-lib/aws-iam';
import { permissionsOf } from '#alert/channels/index.ts';
import { partitionOf } from '#aws/partitions.ts';
import { names } from '#aws/resource-names.ts';
import { deliveryKeys, incidentKeys } from '#aws/state-table-keys.ts';
import type { Deployment } from '#deployment/config.ts';
import { arnsOf, topologyOf } from '#deployment/topology.ts';
import type { ChannelSecrets } from './channel-secrets.ts';
import { allow, functionRole, rows } from './function-role.ts';

export type AlertRoleProps = { readonly table: dynamodb.Table; readonly secrets: ChannelSecrets };

/** Reads incidents, records what was delivered, and reaches the configured channels. It has no permission for CloudTrail. */
export function alertRole(
  stack: cdk.Stack,
  deployment: Deployment,
  { table, secrets }: AlertRoleProps,
): iam.Role {
  const { account, region } = stack;
  const { alarms } = arnsOf(topologyOf(deployment));
  const reach = { topic: alarms, account, region, partition: partitionOf(region) };
  return functionRole(stack, 'AlertRole', {
    roleName: names.alertRole,
    description: 'trailkeeper: notifies people of what happens to the trails',
    statements: [
      allow(['dynamodb:GetItem'], [table.tableArn], rows([incidentKeys, deliveryKeys])),
      allow(['dynamodb:PutItem'], [table.tableArn], rows([deliveryKeys])),
      allow(['secretsmanager:GetSecretValue'], Object.values(secrets)),
      ...permissionsOf(deployment.channels, reach).map(({ actions, resources, conditions }) =>
        allow(actions, resources, conditions),
      ),
    ],
  });
}
