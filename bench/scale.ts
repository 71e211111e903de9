import { setImmediate } from 'node:timers/promises';
import { cloudTrailReadsPerSecond } from '#aws/clients.ts';
import { rateLimiter } from '#aws/rate-limiter.ts';
import type { Deployment } from './deployment.ts';
import { isRead } from './deployment.ts';
import { type Figure, figure } from './figure.ts';

/** Trails of an account in five Regions. CloudTrail allows five trails a Region, so 25; more shows that the time grows with them. */
const trailCounts = [5, 25, 100, 1000];
const regions = 5;

/**
 * How long the reads of one sweep take within CloudTrail's quota, on a simulated clock on which calls take no time. The
 * limit is the quota.
 */
export async function scale(deployment: Deployment): Promise<readonly Figure[]> {
  const calls = await deployment.callsOf(() => deployment.sweep());
  const reads = calls.filter((call) => call.service === 'cloudtrail' && isRead(call)).length;
  return Promise.all(
    trailCounts.map(async (trails) => {
      const inRegion = (trails / regions) * reads;
      const seconds = await secondsOf(inRegion);
      const limit = inRegion / cloudTrailReadsPerSecond;
      return figure({
        name: `sweep of ${trails} trails`,
        unit: 's',
        ours: [seconds],
        limit,
        goal: 1.2,
      });
    }),
  );
}

async function secondsOf(reads: number): Promise<number> {
  let now = 0;
  const sleepers: { readonly until: number; readonly wake: () => void }[] = [];
  const sleep = (ms: number) =>
    new Promise<void>((wake) => sleepers.push({ until: now + ms, wake }));
  const limited = rateLimiter(cloudTrailReadsPerSecond, { now: () => now, sleep });
  const calls = Array.from({ length: reads }, () => limited(async () => {}));
  const isOver = Promise.all(calls).then(() => true);
  while (!(await Promise.race([isOver, setImmediate(false)]))) {
    now = Math.min(...sleepers.map(({ until }) => until));
    for (const { wake } of sleepers.splice(0)) wake();
  }
  return now / 1000;
}
