import * as z from 'zod';
import type { Call } from './service.ts';
import type { World } from './world.ts';

/** How long CloudTrail's reads show a trail as it was before a write, in milliseconds; of one operation, or of all (`*`). */
export type Consistency = z.infer<typeof consistency>;

/** What `/_sandbox/consistency` takes. */
export const consistency = z.strictObject({
  lagMs: z.int().nonnegative(),
  operation: z.string().default('*'),
});

export const consistent: Consistency = { lagMs: 0, operation: '*' };

/** The reads that CloudTrail answers from a copy. Source: CloudTrail user guide, "Managing data consistency in CloudTrail". */
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

/** The time as of which a call is answered: its own, or an earlier one for a read that lags. */
export function answeredAsOf({ service, operation, at }: Call, asked: Consistency): Date {
  const isMeant = ['*', operation].includes(asked.operation);
  const isLagging = service === 'cloudtrail' && lagging.has(operation) && isMeant;
  return isLagging ? new Date(at.getTime() - asked.lagMs) : at;
}

/** The world with its trails as they were at a time. */
export function worldAt(world: World, at: Date): World {
  const earlier = world.earlierTrails.find(({ until }) => until > at);
  return earlier === undefined ? world : { ...world, trails: earlier.trails };
}

/** Keeps the trails as they are now, before they change at a time: reads that lag still show them. */
export function rememberTrails(world: World, until: Date): void {
  const recent = until.getTime() - longestLag;
  while ((world.earlierTrails[0]?.until.getTime() ?? recent) < recent) world.earlierTrails.shift();
  world.earlierTrails.push({ until, trails: new Map(world.trails) });
}

/** Beyond this nothing is remembered. In milliseconds. */
const longestLag = 60_000;
