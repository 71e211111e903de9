import type { Severity } from '#drift/impact.ts';
import { append, type CallEffect } from '../incident.ts';
import type { TrailStatus } from '../trail-status.ts';
import { effectOf, endedDrift, endedInterruption } from './attribute.ts';
import { withEntry } from './open-incident.ts';
import type { LifecycleRules, ReconcileReport } from './report.ts';
import type { Signal } from './states.ts';

/**
 * Records the call that led to a run, once: that it failed, belongs to what was found, or was undone before it was observed. A
 * call that set only what the baseline says counts only if it ended an interruption of logging or a drift.
 */
export function recordCall(
  status: TrailStatus,
  report: ReconcileReport,
  rules: LifecycleRules,
): TrailStatus {
  const { call, phase, isNoOp } = report;
  if (call === null || call.eventId === null || phase === 'detected') return status;
  if (status.recordedEvents.includes(call.eventId)) return status;
  const incident = status.open?.incident ?? null;
  const isRestore = isNoOp && endedDrift(call, incident, rules);
  if (isNoOp && !isRestore && !endedInterruption(call, incident)) return status;
  const recordedEvents = [...status.recordedEvents, call.eventId];

  const effect = isRestore ? 'restored' : effectOf(call, isNoOp, incident, rules);
  const { calls = [], callCount = 0, cause = null } = incident ?? {};
  const hasFindings = (incident?.episodes ?? []).length > 0;
  const isCause = effect === 'caused' || (effect === 'reverted' && !hasFindings);
  return withEntry({ ...status, recordedEvents }, report, rules, {
    ...entries[effect],
    fields: {
      calls: append(calls, { call, effect }),
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
