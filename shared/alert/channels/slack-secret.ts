import { SecretError } from '#aws/secret.ts';
import type { ChannelSecret } from '../channel.ts';

/** The value of Slack's secret: the URL of an incoming webhook, or the token of a bot. */
export type SlackSecret =
  | { readonly type: 'webhook'; readonly url: string }
  | { readonly type: 'bot'; readonly token: string };

export const slackSecret: ChannelSecret = {
  name: 'Trailkeeper-Slack',
  holds: 'the webhook URL or the bot token for Slack',
  describe: (text) =>
    parseSlackSecret(text).type === 'bot'
      ? 'the token of a Slack bot'
      : 'the URL of a Slack webhook',
};

/** Throws `SecretError`, which never contains the value. */
export function parseSlackSecret(text: string): SlackSecret {
  if (/^xoxb-[A-Za-z0-9-]+$/.test(text)) return { type: 'bot', token: text };
  if (webhookUrl.test(text)) return { type: 'webhook', url: text };
  throw new SecretError(
    "Slack's secret must be the URL of an incoming webhook, for example https://hooks.slack.com/services/…, or the token of a bot, for example xoxb-…, and nothing else: store it as plain text",
  );
}

/** Source: Slack, "Sending messages using incoming webhooks"; GovSlack has its own domain. */
const webhookUrl = /^https:\/\/hooks\.slack(-gov)?\.com\/services\/[A-Za-z0-9]+(\/[A-Za-z0-9]+)*$/;
