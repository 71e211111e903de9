import { IncomingWebhook, IncomingWebhookHTTPError } from '@slack/webhook';
import { nameOf } from '#aws/errors.ts';
import type { Alert } from '../alert.ts';
import {
  type AlertConfig,
  type Channel,
  ChannelError,
  type ChannelRuntime,
  type Sender,
} from '../channel.ts';
import { requestTimeout, retryAfterMs, retryUntilDeadline } from './retry-until-deadline.ts';
import { blocksOf } from './slack-blocks.ts';
import { parseSlackSecret, readingSecret, withSecret } from './slack-secret.ts';
import { notificationOf, textMessageOf } from './slack-text.ts';

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
      await withSecret(
        secret,
        async (current) => {
          if (current.type === 'webhook') return post(current.url, alert, runtime);
          throw new ChannelError('a bot token has replaced the webhook: the bot sends this alert');
        },
        (error) => error instanceof RefusedError && [401, 403, 404, 410].includes(error.status),
      );
      return null;
    },
  };
}

/** Slack refused the message. */
class RefusedError extends ChannelError {
  readonly status: number;
  readonly body: string;

  constructor({ statusCode, body }: IncomingWebhookHTTPError) {
    super(`Slack's webhook answered ${statusCode}: ${body.slice(0, 200)}`);
    this.status = statusCode;
    this.body = body;
  }
}

/** Sends the text alone if Slack refuses the blocks. */
async function post(url: string, alert: Alert, runtime: ChannelRuntime): Promise<void> {
  const text = notificationOf(alert);
  const quiet = { unfurl_links: false, unfurl_media: false, mrkdwn: false };
  try {
    await send(url, { ...quiet, text, blocks: blocksOf(alert) }, runtime);
  } catch (error) {
    const isAboutBlocks = error instanceof RefusedError && /block/.test(error.body);
    if (!isAboutBlocks) throw error;
    await send(url, { ...quiet, text: textMessageOf(alert) }, runtime);
  }
}

type Message = Parameters<IncomingWebhook['send']>[0];

async function send(url: string, message: Message, runtime: ChannelRuntime): Promise<void> {
  let waitMs: number | null = null;
  const webhook = new IncomingWebhook(withSlackUrl(url, runtime), {
    timeout: requestTimeout,
    // The library neither waits nor reports how long Slack asks to wait.
    async fetch(input, init) {
      const response = await fetch(input, init);
      waitMs = retryAfterMs(response.headers.get('retry-after'));
      return response;
    },
  });
  const attempt = async () => {
    waitMs = null;
    try {
      await webhook.send(message);
    } catch (error) {
      // The cause is dropped: it may contain the URL, which is the secret.
      if (error instanceof IncomingWebhookHTTPError) throw new RefusedError(error);
      throw new ChannelError(`Slack's webhook could not be reached: ${nameOf(error)}`);
    }
  };
  await retryUntilDeadline(
    attempt,
    (error) => {
      const status = error instanceof RefusedError ? error.status : 500;
      return { isTransient: status === 429 || status >= 500, waitMs };
    },
    runtime,
  );
}

/** The same path at the base URL of Slack. */
const withSlackUrl = (url: string, { slackUrl }: ChannelRuntime): string =>
  slackUrl === null ? url : new URL(new URL(url).pathname, slackUrl).href;
