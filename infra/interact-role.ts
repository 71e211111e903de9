import type * as cdk from 'aws-cdk-lib';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import type * as iam from 'aws-cdk-lib/aws-iam';
import { names } from '#aws/resource-names.ts';
import { windowEndPk, windowPk } from '#aws/state-table-keys.ts';
import type { Deployment } from '#deployment/config.ts';
import { windowRights } from '#deployment/signing-config.ts';
import { arnsOf, topologyOf } from '#deployment/topology.ts';
import { allow, functionRole, putIncidents } from './function-role.ts';

/**
 * Records what people decide in Slack, and starts the sweep that carries it out. It reads no trail, changes none, and writes no baseline.
 */
export function interactRole(
  stack: cdk.Stack,
  deployment: Deployment,
  { table, secrets }: { readonly table: dynamodb.Table; readonly secrets: readonly string[] },
): iam.Role {
  const { bus, sweep, interact } = arnsOf(topologyOf(deployment));
  const windows = windowRights(deployment) === 'start' ? [windowEndPk, windowPk] : [windowEndPk];
  return functionRole(stack, 'InteractRole', {
    roleName: names.interactRole,
    description: 'trailkeeper: records what people decide in Slack',
    statements: [
      allow(['dynamodb:GetItem', 'dynamodb:Query'], [table.tableArn]),
      putIncidents(table),
      allow(['dynamodb:PutItem'], [table.tableArn], {
        'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': windows },
      }),
      allow(['events:PutEvents'], [bus]),
      allow(['lambda:InvokeFunction'], [sweep, interact]),
      allow(['secretsmanager:GetSecretValue'], secrets),
    ],
  });
}
