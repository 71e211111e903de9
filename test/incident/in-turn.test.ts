import { expect, test } from 'vitest';
import { cloudTrailReadsPerSecond as readsPerSecond } from '#aws/clients.ts';
import { rateLimiter } from '#aws/rate-limiter.ts';
import { observeTimeoutMs } from '#drift/observe.ts';
import { inTurn, readsOfCheck } from '#incident/reconcile-trails.ts';
import { virtualClock } from '../support/virtual-clock.ts';

test('no read of 200 trails in a Region waits for its turn until it counts as failed', async () => {
  const { now, sleep, untilDone } = virtualClock();
  const limited = rateLimiter(readsPerSecond, { now, sleep });
  const trails = Array.from({ length: 200 }, (_, i) => ({
    trail: `arn:aws:cloudtrail:eu-west-1:111122223333:trail/${i}`,
  }));

  const checks = inTurn(
    trails,
    async () => {
      const began = now();
      const reads = Array.from({ length: readsOfCheck }, () => limited(() => sleep(50)));
      await Promise.all(reads);
      return now() - began;
    },
    { readsPerSecond, sleep },
  );

  expect(Math.max(...(await untilDone(checks)))).toBeLessThan(observeTimeoutMs);
});

test('checks in several Regions begin together', async () => {
  const { now, sleep, untilDone } = virtualClock();
  const trails = ['eu-west-1', 'us-east-1'].map((region) => ({
    trail: `arn:aws:cloudtrail:${region}:111122223333:trail/main`,
  }));

  const checks = inTurn(trails, async () => now(), { readsPerSecond, sleep });

  expect(await untilDone(checks)).toEqual([0, 0]);
});
