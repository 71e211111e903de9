import type { Alert } from '../alert.ts';
import type { ChannelRuntime, Target, Thread } from '../channel.ts';
import { RequestError } from './http.ts';
import { contentOf, replyOf } from './slack-blocks.ts';
import { postToSlack, quiet } from './slack-request.ts';

export type Bot = {
  readonly channel: string;
  readonly token: string;
  /** Whether messages have buttons. */
  readonly hasButtons: boolean;
  readonly runtime: ChannelRuntime;
};

/**
 * Sends an alert by a bot, as one thread per incident: the first message always shows the current state, each notification is a reply,
 * and a reply that needs action is also sent to the channel.
 */
export async function sendByBot(
  alert: Alert,
  { thread, isUpdate }: Target,
  bot: Bot,
): Promise<Thread> {
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

/** Edits the first message. False if the thread is gone; true if the message is there but may not be edited. */
async function edit(thread: Thread, alert: Alert, bot: Bot): Promise<boolean> {
  try {
    await call('chat.update', thread, alert, bot);
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
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
  { channel, token, runtime, hasButtons }: Bot,
  content = contentOf(alert, hasButtons),
) {
  try {
    return await postToSlack(
      { url: `https://slack.com/api/${method}`, token },
      message,
      alert,
      content,
      runtime,
    );
  } catch (error) {
    const remedy = error instanceof RequestError ? remedies[error.code]?.(channel) : undefined;
    if (remedy === undefined) throw error;
    const { message: refusal, code } = error as RequestError;
    throw new RequestError(`${refusal}: ${remedy}`, { code });
  }
}

const remedies: Readonly<Record<string, (channel: string) => string>> = {
  not_in_channel: (channel) => `invite the bot to ${channel}`,
  channel_not_found: (channel) =>
    `the bot cannot see ${channel}: invite it there, or correct trailkeeper.channels.slack.channel in cdk.json`,
  is_archived: (channel) => `${channel} is archived`,
  missing_scope: () => 'give the app the scope chat:write, and install it again',
  invalid_auth: () => 'store the token of the bot in the secret again',
  token_revoked: () => 'store the new token of the bot in the secret',
};
