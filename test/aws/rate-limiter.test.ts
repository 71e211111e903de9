import fc from 'fast-check';
import { expect, test } from 'vitest';
import { rateLimiter } from '#aws/rate-limiter.ts';
import { virtualClock } from '../support/virtual-clock.ts';

/** The start and end times of concurrent calls with these durations, in milliseconds. */
function timesOf(most: number, durations: readonly number[]) {
  const { now, sleep, untilDone } = virtualClock();
  const limited = rateLimiter(most, { now, sleep });
  const calls = durations.map((ms) =>
    limited(async () => {
      const begin = now();
      await sleep(ms);
      return { begin, end: now() };
    }),
  );
  return untilDone(calls);
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
  const { now, sleep, untilDone } = virtualClock();
  const limited = rateLimiter(1, { now, sleep });
  const failed = limited(() => Promise.reject(new Error('no')));
  await expect(failed).rejects.toThrow('no');

  expect(await untilDone([limited(async () => 'yes')])).toEqual(['yes']);
});
