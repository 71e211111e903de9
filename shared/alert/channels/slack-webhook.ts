import {
  type AlertConfig,
  type Channel,
  ChannelError,
  type ChannelRuntime,
  type Sender,
} from '../channel.ts';
import { contentOf } from './slack-blocks.ts';
import { postToSlack } from './slack-request.ts';
import { parseSlackSecret, readingSecret, withSecret } from './slack-secret.ts';

/** A Slack channel, by an incoming webhook. It cannot edit: each notification is a message. */
export const slackWebhook: Channel = {
  name: 'slack-webhook',
  permissions: readingSecret,
  open,
};

async function open({ slack }: AlertConfig, runtime: ChannelRuntime): Promise<Sender | null> {
  if (slack === null) return null;
  const secret = runtime.secretOf(slack.secret);
  if (parseSlackSecret(await secret.read()).type !== 'webhook') return null;
  return {
    canEdit: false,
    minSeverity: 'low',
    receivesTamperAlerts: true,
    async send(alert) {
      await withSecret(secret, async (current) => {
        if (current.type !== 'webhook') {
          throw new ChannelError('a bot token has replaced the webhook: the bot sends this alert');
        }
        const url = withSlackUrl(current.url, runtime);
        await postToSlack({ url }, quiet, alert, contentOf(alert), runtime);
      });
      return null;
    },
  };
}

const quiet = { unfurl_links: false, unfurl_media: false, mrkdwn: false };

/** The same path at the base URL of Slack. */
const withSlackUrl = (url: string, { slackUrl }: ChannelRuntime): string =>
  slackUrl === null ? url : new URL(new URL(url).pathname, slackUrl).href;
