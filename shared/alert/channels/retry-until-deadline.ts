import { setTimeout } from 'node:timers/promises';
import pRetry from 'p-retry';
import type { ChannelRuntime } from '../channel.ts';

/** Why an attempt failed: whether another one may succeed, and how long Slack asks to wait before it, in milliseconds. */
export type Failure = { readonly isTransient: boolean; readonly waitMs: number | null };

/**
 * Retries transient failures until the deadline, with the waits that Slack asks for. A wait that ends after the deadline ends the
 * retries. Slack's libraries wait without a limit, or not at all.
 */
export const retryUntilDeadline = <Done>(
  attempt: () => Promise<Done>,
  failureOf: (error: unknown) => Failure,
  { now, until }: Pick<ChannelRuntime, 'now' | 'until'>,
): Promise<Done> =>
  pRetry(attempt, {
    retries: 100,
    minTimeout: 500,
    maxTimeout: 8000,
    randomize: true,
    async shouldRetry({ error, retryDelay }) {
      const { isTransient, waitMs } = failureOf(error);
      const left = until.getTime() - now().getTime();
      if (!isTransient || (waitMs ?? 0) + retryDelay >= left) return false;
      if (waitMs !== null) await setTimeout(waitMs);
      return true;
    },
  });

/** The timeout of one request in milliseconds. */
export const requestTimeout = 5000;

/** A `Retry-After` header in milliseconds. */
export function retryAfterMs(header: string | null): number | null {
  const seconds = Number(header ?? Number.NaN);
  return Number.isFinite(seconds) ? seconds * 1000 : null;
}
