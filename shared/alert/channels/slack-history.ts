import { createHmac } from 'node:crypto';
import * as z from 'zod';
import { jsonText } from '#text/json-text.ts';
import type { ChannelRuntime, Target, Thread } from '../channel.ts';
import { post, RequestError } from './http.ts';

/** Where a bot reads. */
export type Reader = {
  readonly channel: string;
  readonly token: string;
  readonly runtime: ChannelRuntime;
};

/** A message that an earlier request left in Slack. */
export type Found = {
  readonly thread: Thread;
  /** Whether it is the notification that is being sent, and not an earlier one about the record. */
  readonly isSame: boolean;
};

/**
 * What a message carries for programs, so that it can be found after a request without an answer. Every app in the channel can read it
 * and write its own, so the marks are made with the token of the bot.
 */
export const metadataOf = ({ key, id }: Target, token: string) => ({
  metadata: {
    event_type: eventType,
    event_payload: { record: markOf(key, token), notification: markOf(id, token) },
  },
});

const eventType = 'trailkeeper_alert';

const markOf = (text: string, token: string): string =>
  createHmac('sha256', token).update(text).digest('hex');

/** The first message of a record among the last 100 of the channel. */
export async function findFirst(target: Target, reader: Reader): Promise<Found | null> {
  const { channel } = reader;
  const messages = await read('conversations.history', { channel, limit: '100' }, reader);
  const { record, notification } = marksOf(target, reader);
  const found = messages.find(
    ({ ts, thread_ts = ts, payload }) => thread_ts === ts && payload?.record === record,
  );
  if (found === undefined) return null;
  const isSame = found.payload?.notification === notification;
  return { thread: { channel, ts: found.ts }, isSame };
}

/** Whether a reply is in its thread. Slack lists the oldest first, and at most 1000. */
export async function hasReply(target: Target, { channel, ts }: Thread, reader: Reader) {
  const messages = await read('conversations.replies', { channel, ts, limit: '1000' }, reader);
  const { notification } = marksOf(target, reader);
  return messages.some(
    (message) => message.ts !== ts && message.payload?.notification === notification,
  );
}

const marksOf = (target: Target, { token }: Reader) =>
  metadataOf(target, token).metadata.event_payload;

/**
 * Messages with their marks; none if they cannot be read, for example because the app lacks the scope: a message that arrives twice is
 * better than none. Source: Slack, "conversations.history", "conversations.replies".
 */
async function read(
  method: string,
  parameters: Readonly<Record<string, string>>,
  { token, runtime }: Reader,
): Promise<readonly Message[]> {
  const headers = {
    authorization: `Bearer ${token}`,
    'content-type': 'application/x-www-form-urlencoded',
  };
  const form = new URLSearchParams({ ...parameters, include_all_metadata: 'true' }).toString();
  const longest = new Date(runtime.now().getTime() + longestMs);
  const until = longest < runtime.until ? longest : runtime.until;
  const endpoint = { product: 'Slack', url: `https://slack.com/api/${method}`, headers };
  try {
    return await post(endpoint, form, { ...runtime, until }, messagesIn);
  } catch (error) {
    if (error instanceof RequestError) return [];
    throw error;
  }
}

const messagesIn = (body: string): readonly Message[] =>
  answer.safeParse(body).data?.messages ?? [];

type Message = z.infer<typeof message>;

const marks = z.object({ record: z.string(), notification: z.string() });

/** Other apps may have any metadata. */
const message = z
  .object({
    ts: z.string(),
    thread_ts: z.string().optional(),
    metadata: z
      .object({ event_type: z.literal(eventType), event_payload: marks })
      .optional()
      .catch(undefined),
  })
  .transform(({ metadata, ...rest }) => ({ ...rest, payload: metadata?.event_payload }));

const answer = jsonText(z.object({ messages: z.array(message) }));

/** How long reading may take, in milliseconds. */
const longestMs = 15_000;
