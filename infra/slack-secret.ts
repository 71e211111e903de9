import * as cdk from 'aws-cdk-lib';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { names } from '#aws/resource-names.ts';
import { justify } from './justify.ts';

/** The ARN of the secret that Slack's credentials are in: the given one, or a new and empty one. No template holds a secret. */
export function slackSecret(stack: cdk.Stack, given: string | undefined): string {
  if (given !== undefined) return given;
  // The construct for secrets would make up a value; this one has none until a person puts it in.
  const secret = new secretsmanager.CfnSecret(stack, 'SlackSecret', {
    name: names.secret,
    description: 'trailkeeper: the webhook URL or the bot token for Slack',
  });
  secret.applyRemovalPolicy(cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE);
  justify(secret, { SMG4: 'Slack issues it, and a person puts it in: nothing here can rotate it' });
  return secret.ref;
}
