import { SecretError } from '#aws/secret.ts';
import type { Channel } from '../channel.ts';
import { contentOf } from './slack-blocks.ts';
import { sendByBot } from './slack-bot.ts';
import { postToSlack, quiet } from './slack-request.ts';
import { parseSlackSecret, slackSecret } from './slack-secret.ts';
import { withSecret } from './with-secret.ts';

/** A Slack channel, by a bot or by an incoming webhook: the secret decides. It may change from one to the other at any time. */
export const slack: Channel<'slack'> = {
  name: 'slack',
  secret: slackSecret,

  permissions: () => [],

  async open({ channel, secret: id = slackSecret.name, approvers }, runtime) {
    const secret = runtime.secretOf(id);
    const { type } = parseSlackSecret(await secret.read());
    return {
      canEdit: type === 'bot',
      receivesTamperAlerts: true,
      send: (alert, target) =>
        withSecret(secret, parseSlackSecret, async (current) => {
          if (current.type === 'webhook') {
            // A webhook cannot edit: each notification is a message.
            await postToSlack(
              current,
              { message: quiet, alert, content: contentOf(alert) },
              runtime,
            );
            return null;
          }
          const hasButtons = approvers !== undefined;
          const bot = { channel: required(channel), token: current.token, runtime, hasButtons };
          return sendByBot(alert, target, bot);
        }),
    };
  },
};

function required(channel: string | undefined): string {
  if (channel !== undefined) return channel;
  throw new SecretError(
    "Slack's secret is the token of a bot, which needs a channel: set trailkeeper.channels.slack.channel in cdk.json, and deploy again",
  );
}
