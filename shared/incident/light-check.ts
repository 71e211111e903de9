import type { ProtectedTrail } from '#baseline/known-trail.ts';
import { logging } from '#drift/logging.ts';
import { observe } from '#drift/observe.ts';
import { settings } from '#drift/settings.ts';
import { findingOf } from '#reconcile/plan.ts';
import { parseTrailArn } from '#trail/trail-arn.ts';
import type { ControllerDeps } from './controller-deps.ts';

/**
 * Whether a trail needs a check: it does not exist, does not log, or has another setting than its baseline. Two reads. What cannot be
 * read is left to the next sweep.
 */
export async function needsCheck(
  protectedTrail: ProtectedTrail,
  { awsOf, kinds, now }: Pick<ControllerDeps, 'awsOf' | 'kinds' | 'now'>,
): Promise<boolean> {
  if ('error' in protectedTrail) return false;
  const { baseline } = protectedTrail;
  const trail = parseTrailArn(baseline.trail);
  const looked = kinds.filter(({ name }) => name === settings.name || name === logging.name);
  const isDrifted = looked.map(async (kind) => {
    const seen = await observe(kind, awsOf(trail.region), trail, now(), baseline.states);
    return findingOf(kind, baseline, seen, trail).status === 'drifted';
  });
  return (await Promise.all(isDrifted)).includes(true);
}
