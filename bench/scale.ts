import { cloudTrailReadsPerSecond } from '#aws/clients.ts';
import { rateLimiter } from '#aws/rate-limiter.ts';
import { observeTimeoutMs } from '#drift/observe.ts';
import { inTurn } from '#incident/reconcile-trails.ts';
import { virtualClock } from '../test/support/virtual-clock.ts';
import { type Deployment, isRead } from './deployment.ts';
import { type Figure, figure } from './figure.ts';

/** Trails of an account in five Regions. CloudTrail allows five trails a Region, so 25; more shows that the time grows with them. */
const trailCounts = [5, 25, 100, 1000];
const regions = ['us-east-1', 'us-west-2', 'eu-west-1', 'eu-central-1', 'ap-southeast-2'];

/**
 * How long the reads of one sweep take within CloudTrail's quota, on a simulated clock on which calls take no time, and the longest
 * time in which a check waited for its reads. The limit of the first is the quota; a read that waits for longer than the second's counts as
 * failed.
 */
export async function scale(deployment: Deployment): Promise<readonly Figure[]> {
  const calls = await deployment.callsOf(() => deployment.sweep());
  const reads = calls.filter((call) => call.service === 'cloudtrail' && isRead(call)).length;
  const figures = trailCounts.map(async (trails) => {
    const { seconds, longest } = await simulate(trails, reads);
    const limit = ((trails / regions.length) * reads) / cloudTrailReadsPerSecond;
    return [
      figure({ name: `sweep of ${trails} trails`, unit: 's', ours: [seconds], limit, goal: 1.2 }),
      figure({
        name: `${trails} trails: longest wait`,
        unit: 's',
        ours: [longest],
        goal: observeTimeoutMs / 1000,
      }),
    ];
  });
  return (await Promise.all(figures)).flat();
}

async function simulate(
  trails: number,
  reads: number,
): Promise<{ readonly seconds: number; readonly longest: number }> {
  const { now, sleep, untilDone } = virtualClock();
  const limiters = new Map(
    regions.map((region) => [region, rateLimiter(cloudTrailReadsPerSecond, { now, sleep })]),
  );
  const protectedTrails = Array.from({ length: trails }, (_, i) => {
    const region = regions[i % regions.length] ?? '';
    return { region, trail: `arn:aws:cloudtrail:${region}:111122223333:trail/${i}` };
  });
  const checks = inTurn(
    protectedTrails,
    async ({ region }) => {
      const began = now();
      await Promise.all(
        Array.from({ length: reads }, () => limiters.get(region)?.(async () => {})),
      );
      return now() - began;
    },
    { readsPerSecond: cloudTrailReadsPerSecond, sleep },
  );
  const longest = Math.max(...(await untilDone(checks)));
  return { seconds: now() / 1000, longest: longest / 1000 };
}
