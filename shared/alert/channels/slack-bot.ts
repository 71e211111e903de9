import {
  WebAPIHTTPError,
  WebAPIPlatformError,
  WebAPIRateLimitedError,
  WebClient,
} from '@slack/web-api';
import { nameOf } from '#aws/errors.ts';
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
import { requestTimeout, retryUntilDeadline } from './retry-until-deadline.ts';
import { type AlertBlock, blocksOf, replyBlocksOf } from './slack-blocks.ts';
import { parseSlackSecret, readingSecret, withSecret } from './slack-secret.ts';
import { notificationOf, textMessageOf } from './slack-text.ts';

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
      withSecret(
        secret,
        async (current) => {
          if (current.type === 'bot') {
            return post(botOf(current.token, runtime), alert, target, channel);
          }
          throw new ChannelError(
            'a webhook has replaced the bot token: the webhook sends this alert',
          );
        },
        (error) => error instanceof RefusedError && staleToken.has(error.code),
      ),
  };
}

/** The errors for a token that is malformed, revoked or expired. Source: Slack, "chat.postMessage", "Errors". */
const staleToken: ReadonlySet<string> = new Set([
  'invalid_auth',
  'not_authed',
  'token_revoked',
  'token_expired',
  'account_inactive',
]);

/** Slack refused the request. */
class RefusedError extends ChannelError {
  readonly code: string;

  constructor({ data }: WebAPIPlatformError, channel: string) {
    const { error } = data;
    const remedy = remedies[error]?.(channel) ?? '';
    super(`Slack refused: ${error}${remedy}`);
    this.code = error;
  }
}

const remedies: Readonly<Record<string, (channel: string) => string>> = {
  not_in_channel: (channel) => `: invite the bot to ${channel}`,
  channel_not_found: (channel) =>
    `: the bot cannot see ${channel}: invite it there, or correct trailkeeper.slack.channel in cdk.json`,
  is_archived: (channel) => `: ${channel} is archived`,
  missing_scope: () => ': give the app the scope chat:write, and install it again',
  invalid_auth: () => ': store the token of the bot in the secret again',
  token_revoked: () => ': store the new token of the bot in the secret',
};

async function post(
  bot: Bot,
  alert: Alert,
  { thread, isUpdate }: Target,
  channel: string,
): Promise<Thread> {
  if (thread === null) return bot.post(channel, alert);
  const isThere = await bot.edit(thread, alert);
  if (!isThere) return bot.post(channel, alert);
  if (!isUpdate) await bot.reply(thread, alert);
  return thread;
}

type Bot = {
  post(channel: string, alert: Alert): Promise<Thread>;
  /** Edits the first message. False if the thread is gone; true if the message is there but may not be edited. */
  edit(thread: Thread, alert: Alert): Promise<boolean>;
  reply(thread: Thread, alert: Alert): Promise<void>;
};

function botOf(token: string, runtime: ChannelRuntime): Bot {
  const client = new WebClient(token, {
    ...(runtime.slackUrl !== null && { slackApiUrl: new URL('/api/', runtime.slackUrl).href }),
    timeout: requestTimeout,
    // Its own retries take half an hour, and its waits have no limit.
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    logger: silent,
  });
  const quiet = { unfurl_links: false, unfurl_media: false, mrkdwn: false };
  return {
    async post(channel, alert) {
      const message = { ...quiet, channel };
      const posted = await withBlocks(alert, blocksOf(alert), (content) =>
        call(channel, () => client.chat.postMessage({ ...message, ...content })),
      );
      return { channel: posted.channel ?? channel, ts: posted.ts ?? '' };
    },
    async edit({ channel, ts }, alert) {
      try {
        await withBlocks(alert, blocksOf(alert), (content) =>
          call(channel, () => client.chat.update({ channel, ts, ...content })),
        );
      } catch (error) {
        if (!(error instanceof RefusedError)) throw error;
        if (gone.has(error.code)) return false;
        // A workspace may forbid edits: the replies still show the state.
        if (!['cant_update_message', 'edit_window_closed'].includes(error.code)) throw error;
      }
      return true;
    },
    async reply({ channel, ts }, alert) {
      const message = { ...quiet, channel, thread_ts: ts };
      await withBlocks(alert, replyBlocksOf(alert), (content) =>
        call(channel, () =>
          client.chat.postMessage({ ...message, reply_broadcast: alert.needsAction, ...content }),
        ),
      );
    },
  };

  function call<Answer>(channel: string, request: () => Promise<Answer>): Promise<Answer> {
    const attempt = () =>
      request().catch((error: unknown) => {
        throw channelError(error, channel);
      });
    return retryUntilDeadline(attempt, failureOf, runtime);
  }
}

/** The message or its channel is gone: a new thread begins in the configured channel. */
const gone: ReadonlySet<string> = new Set([
  'message_not_found',
  'channel_not_found',
  'is_archived',
  'not_in_channel',
]);

type Content = { readonly text: string; readonly blocks: AlertBlock[] };

/** Sends the text alone if Slack refuses the blocks. */
async function withBlocks<Answer>(
  alert: Alert,
  blocks: AlertBlock[],
  send: (content: Content) => Promise<Answer>,
): Promise<Answer> {
  try {
    return await send({ text: notificationOf(alert), blocks });
  } catch (error) {
    const isAboutBlocks = error instanceof RefusedError && /blocks/.test(error.code);
    if (!isAboutBlocks) throw error;
    return send({ text: textMessageOf(alert), blocks: [] });
  }
}

/** Slack rate-limited the request. */
class RateLimitedError extends ChannelError {
  readonly waitMs: number;

  constructor({ retryAfter }: WebAPIRateLimitedError) {
    super(`Slack rate-limited us; retry after ${retryAfter} s`);
    this.waitMs = retryAfter * 1000;
  }
}

/** The cause is dropped: it may contain the token. */
function channelError(error: unknown, channel: string): ChannelError {
  if (error instanceof WebAPIPlatformError) return new RefusedError(error, channel);
  if (error instanceof WebAPIRateLimitedError) return new RateLimitedError(error);
  if (error instanceof WebAPIHTTPError) {
    return new ChannelError(`Slack answered ${error.statusCode} ${error.statusMessage}`);
  }
  return new ChannelError(`Slack could not be reached: ${nameOf(error)}`);
}

const failureOf = (error: unknown) => ({
  isTransient: !(error instanceof RefusedError) || transientCodes.has(error.code),
  waitMs: error instanceof RateLimitedError ? error.waitMs : null,
});

/** Source: Slack, "chat.postMessage", "Errors". */
const transientCodes: ReadonlySet<string> = new Set([
  'fatal_error',
  'internal_error',
  'ratelimited',
  'rate_limited',
  'request_timeout',
  'service_unavailable',
]);

/** Failures are thrown; the library would log the rest, including messages. */
const silent = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  setLevel() {},
  setName() {},
  getLevel: () => 'error' as never,
};
