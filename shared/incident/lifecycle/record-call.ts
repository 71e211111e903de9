import type { Severity } from '#drift/impact.ts';
import type { ApiCall } from '#trail/api-call.ts';
import { type CallEffect, type IncidentCall, mostEntries } from '../incident.ts';
import type { TrailStatus } from '../trail-status.ts';
import { effectOf, endedDrift, endedInterruption } from './attribute.ts';
import { withEntry } from './open-incident.ts';
import type { LifecycleRules, ReconcileReport } from './report.ts';
import type { Signal } from './states.ts';

/**
 * Records the call that led to a run, once: that it failed, belongs to what was found, or was undone before it was observed. A
 * call that set only what the baseline says counts only if it ended an interruption of logging or a drift. A call that adds nothing
 * to the list of calls does not count: a flood of calls must not become a flood of writes.
 */
export function recordCall(
  status: TrailStatus,
  report: Pick<ReconcileReport, 'at' | 'run' | 'trail' | 'call' | 'phase' | 'isNoOp'>,
  rules: LifecycleRules,
): TrailStatus {
  const { call, phase, isNoOp } = report;
  if (call === null || call.eventId === null || phase === 'detected') return status;
  if (status.recordedEvents.includes(call.eventId)) return status;
  const incident = status.open?.incident ?? null;
  const isRestore = isNoOp && incident !== null && endedDrift(call, incident, rules);
  if (isNoOp && !isRestore && !endedInterruption(call, incident)) return status;

  const effect = isRestore ? 'restored' : effectOf(call, isNoOp, incident, rules);
  const { callCount = 0, cause = null, episodes = [], interruptions = [] } = incident ?? {};
  const calls = withCall(incident?.calls ?? [], { call, effect });
  if (calls === null) return status;
  const recordedEvents = [...status.recordedEvents, call.eventId];
  const hasFindings = episodes.length > 0 || interruptions.length > 0;
  const isCause = effect === 'caused' || (effect === 'reverted' && !hasFindings);
  return withEntry({ ...status, recordedEvents }, report, rules, {
    ...entries[effect],
    fields: {
      calls,
      callCount: callCount + 1,
      cause: cause ?? (isCause ? call : null),
    },
  });
}

/** A call that belongs to a finding does not change the state of the incident: the finding does. */
const entries: Readonly<Record<CallEffect, { signal: Signal | null; severity: Severity }>> = {
  failed: { signal: 'call-failed', severity: 'low' },
  reverted: { signal: 'change-reverted', severity: 'high' },
  caused: { signal: null, severity: 'low' },
  related: { signal: null, severity: 'low' },
  restored: { signal: null, severity: 'low' },
};

/**
 * A list with one more call; null if it adds nothing. A full list drops the oldest of those that say least, but keeps the first one: calls
 * that failed cannot displace those that changed something. It takes one that failed every ten seconds, by any caller.
 */
function withCall(
  calls: readonly IncidentCall[],
  added: IncidentCall,
): readonly IncidentCall[] | null {
  const isFull = calls.length >= mostEntries;
  const recent = calls.filter((listed) => isRecent(listed, added));
  const isKnown = recent.some(({ call }) => callerOf(call) === callerOf(added.call));
  if (isKnown || (isFull && added.effect === 'failed' && recent.length > 0)) return null;
  if (!isFull) return [...calls, added];
  const ranks = calls.map(({ effect }) => ranking.indexOf(effect));
  const least = Math.min(...ranks.slice(1));
  if (least > ranking.indexOf(added.effect)) return null;
  return [...calls.toSpliced(ranks.indexOf(least, 1), 1), added];
}

/** The effects of calls, from those that say least. */
const ranking: readonly CallEffect[] = ['failed', 'reverted', 'restored', 'related', 'caused'];

/** Whether two calls with the same effect were made within seconds. */
function isRecent(listed: IncidentCall, { call, effect }: IncidentCall): boolean {
  const apart = Math.abs(Date.parse(listed.call.at ?? '') - Date.parse(call.at ?? ''));
  return apart < repeatedMs && listed.effect === effect;
}

const repeatedMs = 10_000;

/** Who made which call, and how it failed. The sessions of a role are one caller. */
const callerOf = ({ eventName, principal: { issuerArn, arn, name }, error }: ApiCall): string =>
  JSON.stringify([eventName, issuerArn ?? arn ?? name, error?.code]);
