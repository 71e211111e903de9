import type { SlackMessage, Workspace } from './workspace.ts';

/**
 * The methods that read messages: of a channel, newest first, or of a thread, oldest first. A channel is named by its ID, which begins
 * with C if it is public. Source: Slack, "conversations.history", "conversations.replies".
 */
export function history(
  method: string,
  input: Readonly<Record<string, unknown>>,
  { channels, messages, scopes }: Workspace,
): object {
  const channel = String(input.channel);
  const needed = channel.startsWith('C') ? 'channels:history' : 'groups:history';
  if (!scopes.includes(needed)) {
    return { ok: false, error: 'missing_scope', needed, provided: scopes.join(',') };
  }
  if (!channels.includes(channel)) return { ok: false, error: 'channel_not_found' };
  const all = messages.filter((one) => one.channel === channel);
  const found =
    method === 'conversations.history'
      ? all.filter(({ threadTs, isBroadcast }) => threadTs === null || isBroadcast).reverse()
      : all.filter(({ ts, threadTs }) => (threadTs ?? ts) === input.ts);
  if (found.length === 0 && method === 'conversations.replies') {
    return { ok: false, error: 'thread_not_found' };
  }
  const limit = Number(input.limit ?? 100);
  const isThread = ({ ts }: SlackMessage) => all.some(({ threadTs }) => threadTs === ts);
  return {
    ok: true,
    messages: found.slice(0, limit).map((one) => ({
      type: 'message',
      ts: one.ts,
      ...((one.threadTs !== null || isThread(one)) && { thread_ts: one.threadTs ?? one.ts }),
      text: one.text,
      ...(String(input.include_all_metadata) === 'true' &&
        one.metadata !== undefined && { metadata: one.metadata }),
    })),
    has_more: found.length > limit,
  };
}
