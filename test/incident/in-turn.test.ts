import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { cloudTrailReadsPerSecond as readsPerSecond } from '#aws/clients.ts';
import { rateLimiter } from '#aws/rate-limiter.ts';
import { observeTimeoutMs } from '#drift/observe.ts';
import { inTurn, readsOfCheck } from '#incident/reconcile-trails.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

test('no read of 200 trails in a Region waits for its turn until it counts as failed', async () => {
  const limited = rateLimiter(readsPerSecond, { now: Date.now, sleep });
  const trails = Array.from({ length: 200 }, (_, i) => ({
    trail: `arn:aws:cloudtrail:eu-west-1:111122223333:trail/${i}`,
  }));

  const checks = inTurn(
    trails,
    async () => {
      const began = Date.now();
      const reads = Array.from({ length: readsOfCheck }, () => limited(() => sleep(50)));
      await Promise.all(reads);
      return Date.now() - began;
    },
    { readsPerSecond, sleep },
  );
  await vi.runAllTimersAsync();

  expect(Math.max(...(await Promise.all(checks)))).toBeLessThan(observeTimeoutMs);
});

test('checks in several Regions begin together', async () => {
  const trails = ['eu-west-1', 'us-east-1'].map((region) => ({
    trail: `arn:aws:cloudtrail:${region}:111122223333:trail/main`,
  }));

  const checks = inTurn(trails, async () => Date.now(), { readsPerSecond, sleep });
  await vi.runAllTimersAsync();

  const [first, second] = await Promise.all(checks);
  expect(second).toBe(first);
});
