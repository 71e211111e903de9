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
import { inertTextOf, notificationOf } from './slack-text.ts';

/** A channel of Slack, by an incoming webhook. What was said can not be changed: each phase is a message. */
export const slackWebhook: Channel = {
  name: 'slack-webhook',
  permissions: readingSecret,
  open,
};

async function open({ slack }: AlertConfig, outside: ChannelRuntime): Promise<Sender | null> {
  if (slack === null) return null;
  const secret = outside.secretOf(slack.secret);
  if (parseSlackSecret(await secret.read()).type !== 'webhook') return null;
  return {
    canEdit: false,
    minSeverity: 'low',
    receivesTamperAlerts: true,
    async send(alert) {
      await withSecret(
        secret,
        async (now) => {
          if (now.type === 'webhook') return post(now.url, alert, outside);
          throw new ChannelError('the webhook was replaced by a bot: it is told by that');
        },
        (error) => error instanceof RefusedError && [401, 403, 404, 410].includes(error.status),
      );
      return null;
    },
  };
}

/** An answer of Slack that is no success. */
class RefusedError extends ChannelError {
  readonly status: number;
  readonly body: string;

  constructor({ statusCode, body }: IncomingWebhookHTTPError) {
    super(`Slack's webhook answered ${statusCode}: ${body.slice(0, 200)}`);
    this.status = statusCode;
    this.body = body;
  }
}

/** Slack refuses a message whose blocks it does not like: then it gets the text alone, as no message may be lost. */
async function post(url: string, alert: Alert, outside: ChannelRuntime): Promise<void> {
  const text = notificationOf(alert);
  const quiet = { unfurl_links: false, unfurl_media: false, mrkdwn: false };
  try {
    await send(url, { ...quiet, text, blocks: blocksOf(alert) }, outside);
  } catch (error) {
    const isOfBlocks = error instanceof RefusedError && /block/.test(error.body);
    if (!isOfBlocks) throw error;
    await send(url, { ...quiet, text: inertTextOf(alert) }, outside);
  }
}

type Message = Parameters<IncomingWebhook['send']>[0];

async function send(url: string, message: Message, outside: ChannelRuntime): Promise<void> {
  let waitMs: number | null = null;
  const webhook = new IncomingWebhook(at(url, outside), {
    timeout: requestTimeout,
    // The library says neither how long Slack asks to wait, nor waits.
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
      // The cause is not kept: it may name the URL, which is the secret.
      if (error instanceof IncomingWebhookHTTPError) throw new RefusedError(error);
      throw new ChannelError(`Slack's webhook could not be reached: ${nameOf(error)}`);
    }
  };
  await retryUntilDeadline(
    attempt,
    (error) => {
      const status = error instanceof RefusedError ? error.status : 500;
      return { isPassing: status === 429 || status >= 500, waitMs };
    },
    outside,
  );
}

/** The same path where Slack is. */
const at = (url: string, { slackUrl }: ChannelRuntime): string =>
  slackUrl === null ? url : new URL(new URL(url).pathname, slackUrl).href;
