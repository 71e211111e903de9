import type { Alert } from '../alert.ts';
import type { ChannelRuntime } from '../channel.ts';
import { postJson, RequestError } from './http.ts';
import type { SlackContent } from './slack-blocks.ts';
import { notificationOf, textMessageOf } from './slack-text.ts';

/** How messages are posted: without previews of links, and without formatting. */
export const quiet = { unfurl_links: false, unfurl_media: false, mrkdwn: false };

/** Where a request goes, and with which token. */
export type SlackEndpoint = { readonly url: string; readonly token?: string };

export type SlackAnswer = { readonly channel?: string; readonly ts?: string };

/** Posts a message, with the text alone if Slack refuses the blocks or the attachment. Throws `RequestError`. */
export async function postToSlack(
  { url, token }: SlackEndpoint,
  message: object,
  alert: Alert,
  content: SlackContent,
  runtime: ChannelRuntime,
): Promise<SlackAnswer> {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const post = (content: object) =>
    postJson({ product: 'Slack', url, headers }, JSON.stringify(content), runtime, answerIn);
  try {
    return await post({ ...message, text: notificationOf(alert), ...content });
  } catch (error) {
    if (!(error instanceof RequestError) || !/block|attachment/.test(error.code)) throw error;
    return post({ ...message, text: textMessageOf(alert), blocks: [], attachments: [] });
  }
}

/** The Web API answers 200 with the name of an error, a webhook `ok` as text. */
function answerIn(body: string): SlackAnswer {
  if (!body.startsWith('{')) return {};
  const { ok, error: code = '', ...answer } = JSON.parse(body);
  if (ok === true) return answer;
  throw new RequestError(`Slack refused: ${code}`, { code, isTransient: transientCodes.has(code) });
}

/** Source: Slack, "chat.postMessage", "Errors". */
const transientCodes: ReadonlySet<string> = new Set([
  'fatal_error',
  'internal_error',
  'ratelimited',
  'rate_limited',
  'request_timeout',
  'service_unavailable',
]);
