import * as cdk from 'aws-cdk-lib';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { names } from '#aws/resource-names.ts';
import { justify } from './justify.ts';

/** The ARN of the Slack secret: the configured one, or a new one without a value. No template contains a secret value. */
export function slackSecret(stack: cdk.Stack, given: string | undefined): string {
  if (given !== undefined) return given;
  // The L2 construct would generate a value.
  const secret = new secretsmanager.CfnSecret(stack, 'SlackSecret', {
    name: names.secret,
    description: 'trailkeeper: the webhook URL or the bot token for Slack',
  });
  secret.applyRemovalPolicy(cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE);
  justify(secret, {
    SMG4: 'Slack issues the value and a person enters it, so it cannot be rotated automatically',
  });
  return secret.ref;
}
