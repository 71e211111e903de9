import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** A request as it arrived, with the name of each header in lower case. */
export type HttpRequest = {
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
};

/** Why a request is refused before it is read. */
export type Refusal = 'too-large' | 'unsigned' | 'late' | 'forged';

/** In bytes. An interaction contains the message that has the button, which has at most 50 blocks. */
export const mostBytes = 512 * 1024;

/** Older requests are refused. In seconds. Source: Slack, "Verifying requests from Slack". */
export const longestAge = 300;

/**
 * Why a request is not one that Slack has just signed; null if it is. Nothing of the body is read. Source: Slack, "Verifying requests from
 * Slack".
 */
export function refusalOf(
  { headers, body }: HttpRequest,
  secret: string,
  now: Date,
): Refusal | null {
  if (Buffer.byteLength(body) > mostBytes) return 'too-large';
  const { 'x-slack-signature': signature, 'x-slack-request-timestamp': timestamp = '' } = headers;
  if (signature === undefined || !/^\d{1,12}$/.test(timestamp)) return 'unsigned';
  if (Math.abs(now.getTime() / 1000 - Number(timestamp)) > longestAge) return 'late';
  return isSame(signature, signatureOf(secret, timestamp, body)) ? null : 'forged';
}

export const signatureOf = (secret: string, timestamp: string, body: string): string =>
  `v0=${createHmac('sha256', secret).update(`v0:${timestamp}:${body}`).digest('hex')}`;

/** Takes the same time for every signature. */
const isSame = (one: string, other: string): boolean => timingSafeEqual(hash(one), hash(other));

const hash = (text: string): Buffer => createHash('sha256').update(text).digest();
