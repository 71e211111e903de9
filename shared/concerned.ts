import type { Guarded } from '#aws/baseline-store.ts';
import { parseTrailArn, trailArn } from '#core/trail.ts';
import { concerns, type TrailEvent } from '#core/trail-event.ts';

/** Whether a call is about a guarded trail, or about what that trail delivers to as its baseline says. */
export function isConcerned(guarded: Guarded, event: TrailEvent): boolean {
  const identity = trailArn.safeParse(guarded.trail);
  const settings = 'baseline' in guarded ? guarded.baseline.states.settings : undefined;
  return identity.success && concerns(event, parseTrailArn(identity.data), settings);
}
