import type { Alert } from '../alert.ts';
import type { Target, Thread } from '../channel.ts';
import { RequestError } from './http.ts';
import { contentOf, replyOf, type SlackContent } from './slack-blocks.ts';
import { findFirst, hasReply, metadataOf, type Reader } from './slack-history.ts';
import { postToSlack, quiet, type SlackAnswer } from './slack-request.ts';

export type Bot = Reader & {
  /** Whether messages have buttons. */
  readonly hasButtons: boolean;
};

/**
 * Sends an alert by a bot, as one thread per incident: the first message always shows the current state, each notification is a reply,
 * and a reply that needs action is also sent to the channel. What may have arrived without an answer is looked for before it is sent again.
 */
export async function sendByBot(alert: Alert, target: Target, bot: Bot): Promise<Thread> {
  const { mayHaveArrived, isUpdate } = target;
  const first = target.thread === null && mayHaveArrived ? await findFirst(target, bot) : null;
  if (first?.isSame) return first.thread;
  const thread = target.thread ?? first?.thread ?? null;
  if (thread === null || !(await edit(thread, alert, bot))) return postFirst(alert, target, bot);
  if (!isUpdate && !(mayHaveArrived && (await hasReply(target, thread, bot)))) {
    await reply(alert, target, thread, bot);
  }
  return thread;
}

async function postFirst(alert: Alert, target: Target, bot: Bot): Promise<Thread> {
  const { channel, token } = bot;
  const message = { ...quiet, channel, ...metadataOf(target, token) };
  const content = contentOf(alert, bot.hasButtons);
  const posted = await call('chat.postMessage', message, alert, bot, {
    content,
    async findPosted() {
      const found = await findFirst(target, bot);
      return found?.isSame ? found.thread : null;
    },
  });
  return { channel: posted.channel ?? channel, ts: posted.ts ?? '' };
}

async function reply(alert: Alert, target: Target, thread: Thread, bot: Bot): Promise<void> {
  const where = { channel: thread.channel, thread_ts: thread.ts };
  const broadcast = { reply_broadcast: alert.needsAction };
  const message = { ...quiet, ...where, ...broadcast, ...metadataOf(target, bot.token) };
  await call('chat.postMessage', message, alert, bot, {
    content: replyOf(alert),
    findPosted: async () => ((await hasReply(target, thread, bot)) ? {} : null),
  });
}

/** Edits the first message. False if the thread is gone; true if the message is there but may not be edited. */
async function edit(thread: Thread, alert: Alert, bot: Bot): Promise<boolean> {
  try {
    await call('chat.update', thread, alert, bot, { content: contentOf(alert, bot.hasButtons) });
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
  { channel, token, runtime }: Bot,
  post: {
    readonly content: SlackContent;
    readonly findPosted?: () => Promise<SlackAnswer | null>;
  },
): Promise<SlackAnswer> {
  try {
    const endpoint = { url: `https://slack.com/api/${method}`, token };
    return await postToSlack(endpoint, { message, alert, ...post }, runtime);
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
