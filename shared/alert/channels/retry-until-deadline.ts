import { setTimeout } from 'node:timers/promises';
import pRetry from 'p-retry';
import type { ChannelRuntime } from '../channel.ts';

/** Why an attempt failed: whether another one may succeed, and how long to wait before it, if that was said. In milliseconds. */
export type Failure = { readonly isPassing: boolean; readonly waitMs: number | null };

/**
 * Tries again what failed in a way that passes, as long as there is time; a wait that was asked for is kept, and where it is longer
 * than the time there is, nothing more is tried. Slack's own libraries wait without an end in view, or not at all.
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
      const { isPassing, waitMs } = failureOf(error);
      const left = until.getTime() - now().getTime();
      if (!isPassing || (waitMs ?? 0) + retryDelay >= left) return false;
      if (waitMs !== null) await setTimeout(waitMs);
      return true;
    },
  });

/** How long one request may take, in milliseconds. */
export const requestTimeout = 5000;

/** A header `Retry-After` in milliseconds. */
export function retryAfterMs(header: string | null): number | null {
  const seconds = Number(header ?? Number.NaN);
  return Number.isFinite(seconds) ? seconds * 1000 : null;
}
