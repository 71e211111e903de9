import fc from 'fast-check';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { rateLimiter } from '#aws/rate-limiter.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** The start and end times of concurrent calls with these durations, in milliseconds. */
async function timesOf(most: number, durations: readonly number[]) {
  const limited = rateLimiter(most, { now: Date.now, sleep });
  const calls = durations.map((ms) =>
    limited(async () => {
      const begin = Date.now();
      await sleep(ms);
      return { begin, end: Date.now() };
    }),
  );
  await vi.runAllTimersAsync();
  return Promise.all(calls);
}

test('limits the calls that run or ended within the last second', async () => {
  const durations = fc.array(fc.nat(500), { maxLength: 40 });

  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 10 }), durations, async (most, all) => {
      const times = await timesOf(most, all);

      for (const { begin } of times) {
        const recent = times.filter((one) => one.begin <= begin && one.end > begin - 1000);
        expect(recent.length).toBeLessThanOrEqual(most);
      }
    }),
  );
});

test('a failed call frees its slot', async () => {
  const limited = rateLimiter(1, { now: Date.now, sleep });
  const failed = limited(() => Promise.reject(new Error('no')));
  await expect(failed).rejects.toThrow('no');

  const called = limited(async () => 'yes');
  await vi.runAllTimersAsync();

  expect(await called).toBe('yes');
});
