import { setTimeout } from 'node:timers/promises';
import pRetry from 'p-retry';
import { nameOf } from '#aws/errors.ts';
import type { Alert } from '../alert.ts';
import { ChannelError, type ChannelRuntime } from '../channel.ts';
import type { SlackContent } from './slack-blocks.ts';
import { notificationOf, textMessageOf } from './slack-text.ts';

/** Slack refused a request or could not be reached. The message never contains the request, which has the secret. */
export class SlackError extends ChannelError {
  /** Slack's name for the error; empty if Slack could not be reached. */
  readonly code: string;
  /** The HTTP status; 0 if Slack could not be reached. */
  readonly status: number;
  readonly isTransient: boolean;
  /** How long Slack asks to wait. */
  readonly waitMs: number | null;

  constructor(
    message: string,
    { code = '', status = 0, isTransient = false, waitMs = null as number | null },
  ) {
    super(message);
    this.code = code;
    this.status = status;
    this.isTransient = isTransient;
    this.waitMs = waitMs;
  }
}

/** How messages are posted: without previews of links, and without formatting. */
export const quiet = { unfurl_links: false, unfurl_media: false, mrkdwn: false };

/** Where a request goes, and with which token. */
export type Endpoint = { readonly url: string; readonly token?: string };

export type SlackAnswer = { readonly channel?: string; readonly ts?: string };

/**
 * Posts a message, with the text alone if Slack refuses the blocks or the attachment. Retries transient failures until the deadline, with the waits
 * that Slack asks for; a wait that ends after the deadline ends the retries. Throws `SlackError`.
 */
export async function postToSlack(
  endpoint: Endpoint,
  message: object,
  alert: Alert,
  content: SlackContent,
  runtime: ChannelRuntime,
): Promise<SlackAnswer> {
  try {
    return await retried({ ...message, text: notificationOf(alert), ...content });
  } catch (error) {
    if (!(error instanceof SlackError) || !/block|attachment/.test(error.code)) throw error;
    return retried({ ...message, text: textMessageOf(alert), blocks: [], attachments: [] });
  }

  function retried(content: object): Promise<SlackAnswer> {
    return pRetry(() => post(endpoint, content), {
      ...{ retries: 100, minTimeout: 500, maxTimeout: 8000, randomize: true },
      async shouldRetry({ error, retryDelay }) {
        if (!(error instanceof SlackError) || !error.isTransient) return false;
        const left = runtime.until.getTime() - runtime.now().getTime();
        if ((error.waitMs ?? 0) + retryDelay >= left) return false;
        if (error.waitMs !== null) await setTimeout(error.waitMs);
        return true;
      },
    });
  }
}

async function post({ url, token }: Endpoint, content: object): Promise<SlackAnswer> {
  const request = {
    method: 'POST',
    headers: {
      'content-type': 'application/json; charset=utf-8',
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(content),
    signal: AbortSignal.timeout(timeoutMs),
  };
  const unreachable = (error: unknown) => {
    // The cause is dropped: it may contain the URL, which is the secret of a webhook.
    throw new SlackError(`Slack could not be reached: ${nameOf(error)}`, { isTransient: true });
  };
  const response = await fetch(url, request).catch(unreachable);
  const body = await response.text().catch(unreachable);
  return answerIn(response, body);
}

/** The Web API answers 200 with the name of an error, a webhook answers 4xx with it as text. */
function answerIn({ status, headers }: Response, body: string): SlackAnswer {
  if (status !== 200) {
    const isTransient = status === 429 || status >= 500;
    const seconds = Number(headers.get('retry-after') ?? Number.NaN);
    const waitMs = Number.isFinite(seconds) ? seconds * 1000 : null;
    const message = `Slack answered ${status}: ${body.slice(0, 200)}`;
    throw new SlackError(message, { code: isTransient ? '' : body, status, isTransient, waitMs });
  }
  if (!body.startsWith('{')) return {};
  const { ok, error: code = '', ...answer } = JSON.parse(body);
  if (ok === true) return answer;
  throw new SlackError(`Slack refused: ${code}`, { code, isTransient: transientCodes.has(code) });
}

const timeoutMs = 5000;

/** Source: Slack, "chat.postMessage", "Errors". */
const transientCodes: ReadonlySet<string> = new Set([
  'fatal_error',
  'internal_error',
  'ratelimited',
  'rate_limited',
  'request_timeout',
  'service_unavailable',
]);
