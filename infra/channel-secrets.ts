import * as cdk from 'aws-cdk-lib';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { type ChannelSecret, secretOutput } from '#alert/channel.ts';
import type { ChannelName, ChannelSettings } from '#alert/channel-settings.ts';
import { channels } from '#alert/channels/index.ts';
import { signingSecret } from '#decisions/signing-secret.ts';
import { justify } from './justify.ts';

/** The ARNs of the secrets of the configured channels. */
export type ChannelSecrets = Partial<Readonly<Record<ChannelName, string>>>;

/** The secret of each configured channel: the given one, or a new one without a value. No template contains a secret value. */
export function channelSecrets(stack: cdk.Stack, settings: ChannelSettings): ChannelSecrets {
  return Object.fromEntries(
    Object.values(channels).flatMap(({ name, secret }) => {
      const configured = settings[name];
      if (secret === undefined || configured === undefined) return [];
      const given = 'secret' in configured ? configured.secret : undefined;
      return [[name, given ?? newSecret(stack, secret)]];
    }),
  );
}

/** The secret with which Slack signs its requests, if people decide there: the given one, or a new one without a value. */
export function slackSigningSecret(
  stack: cdk.Stack,
  { slack }: ChannelSettings,
): string | undefined {
  if (slack?.approvers === undefined) return undefined;
  return slack.signingSecret ?? newSecret(stack, signingSecret);
}

function newSecret(stack: cdk.Stack, secret: ChannelSecret): string {
  // The L2 construct would generate a value.
  const made = new secretsmanager.CfnSecret(stack, secretOutput(secret).replace(/Arn$/, ''), {
    name: secret.name,
    description: `trailkeeper: ${secret.holds}`,
  });
  made.applyRemovalPolicy(cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE);
  justify(made, { SMG4: 'a person enters the value, so it cannot be rotated automatically' });
  return made.ref;
}

/** The outputs of the stack that name the secrets: `SlackSecretArn`. */
export const secretOutputs = (secrets: ChannelSecrets): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.values(channels).flatMap(({ name, secret }) => {
      const arn = secrets[name];
      return secret === undefined || arn === undefined ? [] : [[secretOutput(secret), arn]];
    }),
  );
