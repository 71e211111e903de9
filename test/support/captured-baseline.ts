import type { Aws } from '#aws/clients.ts';
import type { Baseline } from '#baseline/baseline.ts';
import { capturedStates } from '#baseline/captured-states.ts';
import { readStates } from '#baseline/read-states.ts';
import { kinds } from '#drift/index.ts';
import type { Trail } from '#trail/trail-arn.ts';

/** The first baseline of a live trail. */
export async function capturedBaseline(aws: Aws, trail: Trail, now: Date): Promise<Baseline> {
  return {
    schema: 1,
    trail: trail.arn,
    version: 1,
    previous: null,
    capturedAt: now.toISOString(),
    capturedBy: 'owner',
    reason: 'captured',
    states: capturedStates(kinds, {
      live: await readStates({ kinds, aws, trail, now }),
      given: {},
    }),
    policy: {},
  };
}
