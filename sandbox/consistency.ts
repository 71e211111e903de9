import * as z from 'zod';
import type { Call } from './service.ts';
import type { World } from './world.ts';

/** How long CloudTrail's reads return a trail's state before a write, in milliseconds, by operation; `*` means all. */
export type Consistency = z.infer<typeof consistency>;

/** The body of `/_sandbox/consistency`. */
export const consistency = z.strictObject({
  lagMs: z.int().nonnegative(),
  operation: z.string().default('*'),
});

export const consistent: Consistency = { lagMs: 0, operation: '*' };

/** The reads that are eventually consistent. Source: CloudTrail user guide, "Managing data consistency in CloudTrail". */
const lagging: ReadonlySet<string> = new Set([
  'DescribeTrails',
  'GetEventConfiguration',
  'GetEventSelectors',
  'GetInsightSelectors',
  'GetTrail',
  'GetTrailStatus',
  'ListTags',
  'ListTrails',
]);

/** The time whose state answers a call: the time of the call, or an earlier one for a read that lags. */
export function readTime({ service, operation, at }: Call, asked: Consistency): Date {
  const isMeant = ['*', operation].includes(asked.operation);
  const isLagging = service === 'cloudtrail' && lagging.has(operation) && isMeant;
  return isLagging ? new Date(at.getTime() - asked.lagMs) : at;
}

/** The world with the trails' state at the given time. */
export function worldAt(world: World, at: Date): World {
  const earlier = world.earlierTrails.find(({ until }) => until > at);
  return earlier === undefined ? world : { ...world, trails: earlier.trails };
}

/** Keeps the trails' current state, which changes at the given time, for reads that lag. */
export function rememberTrails(world: World, until: Date): void {
  const recent = until.getTime() - longestLag;
  while ((world.earlierTrails[0]?.until.getTime() ?? recent) < recent) world.earlierTrails.shift();
  world.earlierTrails.push({ until, trails: new Map(world.trails) });
}

/** The longest time for which earlier states are kept, in milliseconds. */
const longestLag = 60_000;
