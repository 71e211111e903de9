import { SecretError } from '#aws/secret.ts';
import type { Alert } from '../alert.ts';
import type { Channel, ChannelRuntime } from '../channel.ts';
import { contentOf } from './slack-blocks.ts';
import { sendByBot } from './slack-bot.ts';
import { postToSlack, quiet } from './slack-request.ts';
import { parseSlackSecret, withSecret } from './slack-secret.ts';

/** A Slack channel, by a bot or by an incoming webhook: the secret decides. It may change from one to the other at any time. */
export const slack: Channel = {
  name: 'slack',

  permissions: ({ slackSecret }) =>
    slackSecret === null
      ? []
      : [{ actions: ['secretsmanager:GetSecretValue'], resources: [slackSecret] }],

  async open({ slack }, runtime) {
    if (slack === null) return null;
    const secret = runtime.secretOf(slack.secret);
    const { type } = parseSlackSecret(await secret.read());
    return {
      canEdit: type === 'bot',
      minSeverity: 'low',
      receivesTamperAlerts: true,
      send: (alert, target) =>
        withSecret(secret, async (current) => {
          if (current.type === 'webhook') return sendByWebhook(alert, current.url, runtime);
          const { token } = current;
          return sendByBot(alert, target, { channel: channelOf(slack), token, runtime });
        }),
    };
  },
};

function channelOf({ channel }: { readonly channel: string | null }): string {
  if (channel !== null) return channel;
  throw new SecretError(
    "Slack's secret is the token of a bot, which needs a channel: set trailkeeper.slack.channel in cdk.json, and deploy again",
  );
}

/** A webhook cannot edit: each notification is a message. */
async function sendByWebhook(alert: Alert, url: string, runtime: ChannelRuntime): Promise<null> {
  const endpoint = { url: withSlackUrl(url, runtime) };
  await postToSlack(endpoint, quiet, alert, contentOf(alert), runtime);
  return null;
}

/** The same path at the base URL of Slack. */
const withSlackUrl = (url: string, { slackUrl }: ChannelRuntime): string =>
  slackUrl === null ? url : new URL(new URL(url).pathname, slackUrl).href;
