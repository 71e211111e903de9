import { type Alarms, listed } from '#drift/dependencies/alarm-state.ts';
import { parseTrailArn, trailArn } from '#trail/trail-arn.ts';
import { matchesTrail, type TrailEvent } from '#trail/trail-event.ts';
import type { ProtectedTrail } from './known-trail.ts';

/** Whether an event is about a protected trail, or about a destination in its baseline. */
export function eventAffectsTrail(protectedTrail: ProtectedTrail, event: TrailEvent): boolean {
  const identity = trailArn.safeParse(protectedTrail.trail);
  return (
    identity.success &&
    matchesTrail(event, parseTrailArn(identity.data), destinationsOf(protectedTrail))
  );
}

/** The settings of the baseline, and the ARNs of its alarms. */
function destinationsOf(protectedTrail: ProtectedTrail): object | undefined {
  if (!('baseline' in protectedTrail)) return undefined;
  const { settings, alarms } = protectedTrail.baseline.states;
  const { Alarms } = (alarms ?? {}) as Partial<Alarms>;
  return { ...settings, Alarms: listed(Alarms).map(({ AlarmArn }) => AlarmArn) };
}
