import { parseTrailArn, trailArn } from '#trail/trail-arn.ts';
import { matchesTrail, type TrailEvent } from '#trail/trail-event.ts';
import type { ProtectedTrail } from './known-trail.ts';

/** Whether an event is about a protected trail, or about a destination in its baseline. */
export function eventAffectsTrail(protectedTrail: ProtectedTrail, event: TrailEvent): boolean {
  const identity = trailArn.safeParse(protectedTrail.trail);
  const settings =
    'baseline' in protectedTrail ? protectedTrail.baseline.states.settings : undefined;
  return identity.success && matchesTrail(event, parseTrailArn(identity.data), settings);
}
