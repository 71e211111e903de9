import type { Alert } from '../alert.ts';
import type { ChannelRuntime } from '../channel.ts';
import { post, RequestError } from './http.ts';
import type { SlackContent } from './slack-blocks.ts';
import { notificationOf, textMessageOf } from './slack-text.ts';

/** How messages are posted: without previews of links, and without formatting. */
export const quiet = { unfurl_links: false, unfurl_media: false, mrkdwn: false };

/** Where a request goes, and with which token. */
export type SlackEndpoint = { readonly url: string; readonly token?: string };

export type SlackAnswer = { readonly channel?: string; readonly ts?: string };

/** What is posted. */
export type SlackPost = {
  /** Where and how: the members of the request other than the content. */
  readonly message: object;
  readonly alert: Alert;
  readonly content: SlackContent;
  /** Looks for the message after a request without an answer. */
  readonly findPosted?: () => Promise<SlackAnswer | null>;
};

/** Posts a message, with the text alone if Slack refuses the blocks or the attachment. Throws `RequestError`. */
export async function postToSlack(
  { url, token }: SlackEndpoint,
  { message, alert, content, findPosted }: SlackPost,
  runtime: ChannelRuntime,
): Promise<SlackAnswer> {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const endpoint = { product: 'Slack', url, headers };
  const send = (body: object) =>
    post(endpoint, JSON.stringify(body), runtime, answerIn, findPosted);
  try {
    return await send({ ...message, text: notificationOf(alert), ...content });
  } catch (error) {
    if (!(error instanceof RequestError) || !/block|attachment/.test(error.code)) throw error;
    return send({ ...message, text: textMessageOf(alert), blocks: [], attachments: [] });
  }
}

/** The Web API answers 200 with the name of an error, a webhook `ok` as text. */
function answerIn(body: string): SlackAnswer {
  if (!body.startsWith('{')) return {};
  const { ok, error: code = '', ...answer } = JSON.parse(body);
  if (ok === true) return answer;
  const isUnclear = unclearCodes.has(code);
  const isTransient = isUnclear || /^rate_?limited$/.test(code);
  throw new RequestError(`Slack refused: ${code}`, { code, isTransient, isUnclear });
}

/** Some of the operation may have succeeded. Source: Slack, "chat.postMessage", "Errors". */
const unclearCodes: ReadonlySet<string> = new Set([
  'fatal_error',
  'internal_error',
  'request_timeout',
  'service_unavailable',
]);
