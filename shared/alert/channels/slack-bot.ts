import { SecretError } from '#aws/secret.ts';
import type { Alert } from '../alert.ts';
import {
  type AlertConfig,
  type Channel,
  ChannelError,
  type ChannelRuntime,
  type Sender,
  type Target,
  type Thread,
} from '../channel.ts';
import { contentOf, replyOf } from './slack-blocks.ts';
import { postToSlack, SlackError } from './slack-request.ts';
import { parseSlackSecret, readingSecret, withSecret } from './slack-secret.ts';

/**
 * A Slack channel, by a bot: one thread per incident. Its first message always shows the current state, each notification is a
 * reply, and a reply that needs action is also sent to the channel.
 */
export const slackBot: Channel = {
  name: 'slack-bot',
  permissions: readingSecret,
  open,
};

async function open({ slack }: AlertConfig, runtime: ChannelRuntime): Promise<Sender | null> {
  if (slack === null) return null;
  const secret = runtime.secretOf(slack.secret);
  if (parseSlackSecret(await secret.read()).type !== 'bot') return null;
  const { channel } = slack;
  if (channel === null) {
    throw new SecretError(
      "Slack's secret is the token of a bot, which needs a channel: set trailkeeper.slack.channel in cdk.json, and deploy again",
    );
  }
  return {
    canEdit: true,
    minSeverity: 'low',
    receivesTamperAlerts: true,
    send: (alert, target) =>
      withSecret(secret, async (current) => {
        if (current.type === 'bot') {
          return send(alert, target, { channel, token: current.token, runtime });
        }
        throw new ChannelError(
          'a webhook has replaced the bot token: the webhook sends this alert',
        );
      }),
  };
}

type Bot = {
  readonly channel: string;
  readonly token: string;
  readonly runtime: ChannelRuntime;
};

async function send(alert: Alert, { thread, isUpdate }: Target, bot: Bot): Promise<Thread> {
  if (thread === null || !(await edit(thread, alert, bot))) {
    const { channel } = bot;
    const posted = await call('chat.postMessage', { ...quiet, channel }, alert, bot);
    return { channel: posted.channel ?? channel, ts: posted.ts ?? '' };
  }
  if (!isUpdate) {
    const reply = { channel: thread.channel, thread_ts: thread.ts };
    const message = { ...quiet, ...reply, reply_broadcast: alert.needsAction };
    await call('chat.postMessage', message, alert, bot, replyOf(alert));
  }
  return thread;
}

const quiet = { unfurl_links: false, unfurl_media: false, mrkdwn: false };

/** Edits the first message. False if the thread is gone; true if the message is there but may not be edited. */
async function edit(thread: Thread, alert: Alert, bot: Bot): Promise<boolean> {
  try {
    await call('chat.update', thread, alert, bot);
  } catch (error) {
    if (!(error instanceof SlackError)) throw error;
    if (gone.has(error.code)) return false;
    // A workspace may forbid edits: the replies still show the state.
    if (!['cant_update_message', 'edit_window_closed'].includes(error.code)) throw error;
  }
  return true;
}

/** The message or its channel is gone: a new thread begins in the configured channel. */
const gone: ReadonlySet<string> = new Set([
  'message_not_found',
  'channel_not_found',
  'is_archived',
  'not_in_channel',
]);

async function call(
  method: string,
  message: object,
  alert: Alert,
  { channel, token, runtime }: Bot,
  content = contentOf(alert),
) {
  const url = new URL(`/api/${method}`, runtime.slackUrl ?? 'https://slack.com').href;
  try {
    return await postToSlack({ url, token }, message, alert, content, runtime);
  } catch (error) {
    const remedy = error instanceof SlackError ? remedies[error.code]?.(channel) : undefined;
    if (remedy === undefined) throw error;
    const { message: refusal, code } = error as SlackError;
    throw new SlackError(`${refusal}: ${remedy}`, { code });
  }
}

const remedies: Readonly<Record<string, (channel: string) => string>> = {
  not_in_channel: (channel) => `invite the bot to ${channel}`,
  channel_not_found: (channel) =>
    `the bot cannot see ${channel}: invite it there, or correct trailkeeper.slack.channel in cdk.json`,
  is_archived: (channel) => `${channel} is archived`,
  missing_scope: () => 'give the app the scope chat:write, and install it again',
  invalid_auth: () => 'store the token of the bot in the secret again',
  token_revoked: () => 'store the new token of the bot in the secret',
};
