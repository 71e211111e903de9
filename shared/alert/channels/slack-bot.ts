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
  type Thread,
  type Told,
} from '../channel.ts';
import { requestTimeout, retryUntilDeadline } from './retry-until-deadline.ts';
import { type AlertBlock, blocksOf, newsBlocksOf } from './slack-blocks.ts';
import { parseSlackSecret, readingSecret, withSecret } from './slack-secret.ts';
import { inertTextOf, notificationOf } from './slack-text.ts';

/**
 * A channel of Slack, by a bot: one thread an incident. The first message is changed as the incident goes on, and each phase is a
 * reply to it; one that asks something of a person is shown in the channel, too.
 */
export const slackBot: Channel = {
  name: 'slack-bot',
  permissions: readingSecret,
  open,
};

async function open({ slack }: AlertConfig, outside: ChannelRuntime): Promise<Sender | null> {
  if (slack === null) return null;
  const secret = outside.secretOf(slack.secret);
  if (parseSlackSecret(await secret.read()).type !== 'bot') return null;
  const { channel } = slack;
  if (channel === null) {
    throw new SecretError(
      "Slack's secret is the token of a bot, which has to be told where to post: set trailkeeper.slack.channel in cdk.json, and deploy again",
    );
  }
  return {
    canEdit: true,
    minSeverity: 'low',
    receivesTamperAlerts: true,
    send: (alert, told) =>
      withSecret(
        secret,
        async (now) => {
          if (now.type === 'bot') return tell(botOf(now.token, outside), alert, told, channel);
          throw new ChannelError('the bot was replaced by a webhook: it is told by that');
        },
        (error) => error instanceof RefusedError && staleToken.has(error.code),
      ),
  };
}

/** The errors of a token that is none, or no longer one. Source: Slack, "chat.postMessage", "Errors". */
const staleToken: ReadonlySet<string> = new Set([
  'invalid_auth',
  'not_authed',
  'token_revoked',
  'token_expired',
  'account_inactive',
]);

/** Slack's answer that it did not do what it was asked. */
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
    `: the bot knows no ${channel}: invite it there, or correct trailkeeper.slack.channel in cdk.json`,
  is_archived: (channel) => `: ${channel} is archived`,
  missing_scope: () => ': give the app the scope chat:write, and install it again',
  invalid_auth: () => ': put the token of the bot into the secret again',
  token_revoked: () => ': put the new token of the bot into the secret',
};

async function tell(
  bot: Bot,
  alert: Alert,
  { thread, isNews }: Told,
  channel: string,
): Promise<Thread> {
  if (thread === null) return bot.post(channel, alert);
  const isChanged = await bot.change(thread, alert);
  if (!isChanged) return bot.post(channel, alert);
  if (isNews) await bot.reply(thread, alert);
  return thread;
}

type Bot = {
  post(channel: string, alert: Alert): Promise<Thread>;
  /** Whether the message was still there to be changed, or is at least there to be replied to. */
  change(thread: Thread, alert: Alert): Promise<boolean>;
  reply(thread: Thread, alert: Alert): Promise<void>;
};

function botOf(token: string, outside: ChannelRuntime): Bot {
  const client = new WebClient(token, {
    ...(outside.slackUrl !== null && { slackApiUrl: new URL('/api/', outside.slackUrl).href }),
    timeout: requestTimeout,
    // Its own retries last half an hour, and its waits as long as Slack likes.
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
    async change({ channel, ts }, alert) {
      try {
        await withBlocks(alert, blocksOf(alert), (content) =>
          call(channel, () => client.chat.update({ channel, ts, ...content })),
        );
      } catch (error) {
        if (!(error instanceof RefusedError)) throw error;
        if (gone.has(error.code)) return false;
        // A workspace may forbid to edit: the replies tell all the same.
        if (!['cant_update_message', 'edit_window_closed'].includes(error.code)) throw error;
      }
      return true;
    },
    async reply({ channel, ts }, alert) {
      const message = { ...quiet, channel, thread_ts: ts };
      await withBlocks(alert, newsBlocksOf(alert), (content) =>
        call(channel, () =>
          client.chat.postMessage({ ...message, reply_broadcast: alert.needsAction, ...content }),
        ),
      );
    },
  };

  function call<Answer>(channel: string, request: () => Promise<Answer>): Promise<Answer> {
    const attempt = () =>
      request().catch((error: unknown) => {
        throw notTold(error, channel);
      });
    return retryUntilDeadline(attempt, failureOf, outside);
  }
}

/** The message, or the channel that it was in, can not be used any more: what is new is told where it is told by now. */
const gone: ReadonlySet<string> = new Set([
  'message_not_found',
  'channel_not_found',
  'is_archived',
  'not_in_channel',
]);

type Content = { readonly text: string; readonly blocks: AlertBlock[] };

/** Slack refuses a message whose blocks it does not like: then it gets the text alone, as no message may be lost. */
async function withBlocks<Answer>(
  alert: Alert,
  blocks: AlertBlock[],
  send: (content: Content) => Promise<Answer>,
): Promise<Answer> {
  try {
    return await send({ text: notificationOf(alert), blocks });
  } catch (error) {
    const isOfBlocks = error instanceof RefusedError && /blocks/.test(error.code);
    if (!isOfBlocks) throw error;
    return send({ text: inertTextOf(alert), blocks: [] });
  }
}

/** A wait that Slack asked for. */
class LimitedError extends ChannelError {
  readonly waitMs: number;

  constructor({ retryAfter }: WebAPIRateLimitedError) {
    super(`Slack is asked too much, and wants ${retryAfter} s of peace`);
    this.waitMs = retryAfter * 1000;
  }
}

/** The cause is not kept: what went wrong on the way may name the token. */
function notTold(error: unknown, channel: string): ChannelError {
  if (error instanceof WebAPIPlatformError) return new RefusedError(error, channel);
  if (error instanceof WebAPIRateLimitedError) return new LimitedError(error);
  if (error instanceof WebAPIHTTPError) {
    return new ChannelError(`Slack answered ${error.statusCode} ${error.statusMessage}`);
  }
  return new ChannelError(`Slack could not be reached: ${nameOf(error)}`);
}

const failureOf = (error: unknown) => ({
  isPassing: !(error instanceof RefusedError) || passing.has(error.code),
  waitMs: error instanceof LimitedError ? error.waitMs : null,
});

/** Source: Slack, "chat.postMessage", "Errors". */
const passing: ReadonlySet<string> = new Set([
  'fatal_error',
  'internal_error',
  'ratelimited',
  'rate_limited',
  'request_timeout',
  'service_unavailable',
]);

/** What fails is thrown; the library would log the rest, and some of it with the message. */
const silent = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  setLevel() {},
  setName() {},
  getLevel: () => 'error' as never,
};
