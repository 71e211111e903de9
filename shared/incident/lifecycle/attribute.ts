import { isDeepStrictEqual } from 'node:util';
import type { Plan } from '#reconcile/plan.ts';
import { readLagMs } from '#reconcile/read-back.ts';
import type { ApiCall } from '#trail/api-call.ts';
import { worstFindings } from '../finding-key.ts';
import type { CallEffect, Incident } from '../incident.ts';
import type { LifecycleRules } from './report.ts';

/**
 * Whether a call could have caused the worst of what was found, and was made after the trail was last in sync: a lesser or
 * earlier call is not named. Advisory only.
 */
export const isLikelyCause = (
  call: ApiCall,
  found: Plan,
  { lastInSyncAt }: Pick<Incident, 'lastInSyncAt'>,
  { couldHaveCaused }: LifecycleRules,
): boolean => !isBefore(call, lastInSyncAt) && couldHaveCaused(worstFindings(found), call);

/** Events record the second of a call, and a trail that was read as in sync was so at some time within the read lag. */
const isBefore = ({ at }: ApiCall, time: string | null): boolean =>
  instantOf(at) + 999 + readLagMs < instantOf(time);

/** An unknown time, NaN, is neither before nor after another one. */
const instantOf = (time: string | null): number => Date.parse(String(time));

/** What a call did, as far as the incident shows it. A call that re-applies the baseline is never a cause. */
export function effectOf(
  call: ApiCall,
  isNoOp: boolean,
  incident: Incident | null,
  rules: LifecycleRules,
): CallEffect {
  if (call.error !== null) return 'failed';
  if (incident === null) return 'reverted';
  if (isDeepStrictEqual(incident.cause, call)) return 'caused';
  const canBeCause = incident.cause === null && !isNoOp;
  if (incident.interruptions.length > 0) {
    if (canBeCause && stopping.has(call.eventName)) return 'caused';
    if (interrupting.has(call.eventName)) return 'related';
  }
  const plan = incident.episodes.at(-1)?.outcome.plan;
  if (canBeCause && plan !== undefined && isLikelyCause(call, plan, incident, rules))
    return 'caused';
  return affectsFindings(call, incident, rules) ? 'related' : 'reverted';
}

/** Whether a call ended one of the incident's interruptions of logging. Events record the second of a call. */
export const endedInterruption = (call: ApiCall, incident: Incident | null): boolean =>
  interrupting.has(call.eventName) &&
  incident?.interruptions.some(
    ({ to }) => Math.abs(instantOf(to) - instantOf(call.at)) <= clockSkewMs,
  ) === true;

const clockSkewMs = 2000;

/** Whether a call that set what the baseline says ended the last drift, which trailkeeper did not restore. Advisory only. */
export function endedDrift(call: ApiCall, incident: Incident, rules: LifecycleRules): boolean {
  const last = incident.episodes.at(-1);
  if (last?.resolution !== 'external') return false;
  const at = instantOf(call.at) + 999;
  return (
    call.error === null &&
    at >= instantOf(last.detectedAt) &&
    at <= instantOf(last.resolvedAt) + clockSkewMs &&
    affectsFindings(call, incident, rules)
  );
}

const stopping: ReadonlySet<string> = new Set(['StopLogging', 'DeleteTrail']);

/** The calls that interrupt logging, or end the interruption. */
const interrupting: ReadonlySet<string> = new Set([...stopping, 'StartLogging', 'CreateTrail']);

/** While the baseline cannot be used, it is unknown what a call changed. */
function affectsFindings(call: ApiCall, incident: Incident, rules: LifecycleRules): boolean {
  if (incident.state === 'baseline-invalid') return true;
  const affected = new Set(rules.kindsAffectedBy(call.eventName));
  return incident.episodes
    .flatMap(({ outcome }) => outcome.plan.findings)
    .some(({ kind, status }) => status !== 'in-sync' && affected.has(kind));
}
