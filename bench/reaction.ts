import { setTimeout } from 'node:timers/promises';
import { names } from '#aws/resource-names.ts';
import { type Reaction, reactions } from './attacks.ts';
import type { Deployment } from './deployment.ts';
import { type Figure, figure } from './figure.ts';

/** Added latency of each call, in milliseconds. */
const latencies = [0, 20, 100];

/**
 * The time from the event's arrival at a warm function to the reverting call, compared with the floor. At best, one
 * round trip of parallel reads precedes the write.
 */
export async function reaction(
  deployment: Deployment,
  iterations: number,
): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  for (const ms of latencies) {
    for (const one of reactions) figures.push(await measure(deployment, one, { ms, iterations }));
  }
  await deployment.slowDown(0);
  return figures;
}

async function measure(
  deployment: Deployment,
  { name, attack, revertedBy }: Reaction,
  { ms, iterations }: { readonly ms: number; readonly iterations: number },
): Promise<Figure> {
  const { outsider, trail } = deployment;
  await deployment.slowDown(ms);
  const ours: number[] = [];
  const floor: number[] = [];
  // The first pair is a warm-up.
  for (let i = 0; i <= iterations; i += 1) {
    const sentAfter = await timed(deployment, names.remediate, revertedBy, async () => {
      await attack(outsider, trail);
      await deployment.settled();
    });
    const event = await deployment.stopLogging();
    // The floor's call would start Remediate during the next attack.
    deployment.deliver({ drop: true });
    const floorSentAfter = await timed(deployment, names.backfill, 'StartLogging', () =>
      deployment.invokeFloor(event),
    );
    await deployment.settled();
    deployment.deliver({ drop: false });
    // Reads wait for their turn in CloudTrail's quota: those of this attack must not delay the next one.
    await setTimeout(1500);
    if (i === 0) continue;
    ours.push(sentAfter - ms);
    floor.push(floorSentAfter - ms);
  }
  return figure({
    name: `${name}, ${ms} ms latency`,
    unit: 'ms',
    ours,
    floor,
    ...(ms > 0 && { limit: ms, goal: 1.1 }),
  });
}

/**
 * The milliseconds from a function's first invocation to the reverting call. The sandbox's timestamp of a call is later
 * by the added latency.
 */
async function timed(
  { calls, invocations }: Deployment,
  functionName: string,
  revertedBy: string,
  act: () => Promise<unknown>,
): Promise<number> {
  const earlier = { calls: calls.length, invocations: invocations.length };
  await act();
  const began = invocations
    .slice(earlier.invocations)
    .filter((one) => one.functionName === functionName)
    .map(({ at }) => Date.parse(at));
  const undone = calls
    .slice(earlier.calls)
    .find(
      ({ operation, principal }) => operation === revertedBy && principal.endsWith(functionName),
    );
  if (began.length === 0 || undone === undefined) {
    throw new Error(`${functionName} did not call ${revertedBy}`);
  }
  return Date.parse(undone.at) - Math.min(...began);
}
