import type * as cdk from 'aws-cdk-lib';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type { AlertReach } from '#alert/channel.ts';
import { channels } from '#alert/channels/index.ts';
import { names } from '#aws/resource-names.ts';
import { deliveryKeys, incidentKeys } from '#aws/state-table-keys.ts';
import { allow, functionRole, rows } from './function-role.ts';

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
