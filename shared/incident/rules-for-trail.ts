import type { ProtectedTrail } from '#baseline/known-trail.ts';
import { couldHaveCaused, kindsAffectedBy } from './attribution.ts';
import type { ControllerDeps } from './controller-deps.ts';
import { incidentGaps } from './incident-gaps.ts';
import type { LifecycleRules } from './lifecycle/report.ts';

/** What the lifecycle of a trail's incidents asks of the drift kinds and the configuration. */
export const rulesForTrail = (
  protectedTrail: ProtectedTrail,
  { kinds, rules }: Pick<ControllerDeps, 'kinds' | 'rules'>,
): LifecycleRules => ({
  ...rules,
  couldHaveCaused: couldHaveCaused(kinds),
  kindsAffectedBy: kindsAffectedBy(kinds),
  gapsOf: incidentGaps(protectedTrail, kinds),
});
