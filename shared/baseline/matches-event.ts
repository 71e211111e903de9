import { parseTrailArn, trailArn } from '#trail/trail-arn.ts';
import { matchesTrail, type TrailEvent } from '#trail/trail-event.ts';
import type { Guarded } from './known-trail.ts';

/** Whether an event is about a guarded trail, or about a destination in its baseline. */
export function eventAffectsTrail(guarded: Guarded, event: TrailEvent): boolean {
  const identity = trailArn.safeParse(guarded.trail);
  const settings = 'baseline' in guarded ? guarded.baseline.states.settings : undefined;
  return identity.success && matchesTrail(event, parseTrailArn(identity.data), settings);
}
