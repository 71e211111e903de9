import { setTimeout } from 'node:timers/promises';

export type Clock = { now(): number; sleep(ms: number): Promise<unknown> };

/**
 * Limits calls to `most` in any second. A call may reach the service at any time until it ends, so it occupies one of `most` places
 * until a second after its end.
 */
export function rateLimiter(
  most: number,
  { now, sleep }: Clock = { now: Date.now, sleep: setTimeout },
) {
  /** When the last call in each place ended, in milliseconds. */
  const ends: Promise<number>[] = [];
  let count = 0;
  return <Result>(call: () => Promise<Result>): Promise<Result> => {
    const place = count % most;
    count += 1;
    const called = waitAfter(ends[place]).then(call);
    ends[place] = called.then(now, now);
    return called;
  };

  async function waitAfter(end: Promise<number> | undefined): Promise<void> {
    if (end === undefined) return;
    const ms = (await end) + 1000 - now();
    if (ms > 0) await sleep(ms);
  }
}
