import * as cdk from 'aws-cdk-lib';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import type * as iam from 'aws-cdk-lib/aws-iam';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { names } from '#aws/resource-names.ts';
import { windowEndPk, windowPk } from '#aws/state-table-keys.ts';
import type { Deployment } from '#deployment/config.ts';
import { windowRights } from '#deployment/signing-config.ts';
import { arnsOf, topologyOf } from '#deployment/topology.ts';
import { allow, functionRole, putIncidents } from './function-role.ts';
import { justify } from './justify.ts';

/**
 * Records what people decide in Slack, and starts the sweep that carries it out. It reads no trail, changes none, and writes no baseline.
 */
export function interactRole(
  stack: cdk.Stack,
  deployment: Deployment,
  {
    table,
    slackSecret,
  }: { readonly table: dynamodb.Table; readonly slackSecret: string | undefined },
): iam.Role {
  const { bus, sweep, interact } = arnsOf(topologyOf(deployment));
  const given = deployment.channels.slack?.signingSecret;
  const secrets = [given ?? signingSecret(stack), ...(slackSecret ? [slackSecret] : [])];
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

/** The secret with which Slack signs its requests, without a value: a person enters it. */
function signingSecret(stack: cdk.Stack): string {
  const secret = new secretsmanager.CfnSecret(stack, 'SlackSigningSecret', {
    name: names.slackSigningSecret,
    description: 'trailkeeper: the signing secret of the Slack app',
  });
  secret.applyRemovalPolicy(cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE);
  justify(secret, {
    SMG4: 'Slack issues the value and a person enters it, so it cannot be rotated automatically',
  });
  return secret.ref;
}
