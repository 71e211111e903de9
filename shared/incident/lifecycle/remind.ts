import { later } from '#text/time.ts';
import { repairsOfOthers } from '../leases.ts';
import type { TrailStatus } from '../trail-status.ts';
import type { LifecycleRules, ReconcileReport } from './report.ts';
import { isUnresolved } from './states.ts';

/** Reminds of an unresolved incident at the configured interval, in sweeps. A repair in flight is not reminded of. */
export function remind(
  status: TrailStatus,
  { run, at, call, phase }: ReconcileReport,
  { remindEvery }: LifecycleRules,
): TrailStatus {
  const { open } = status;
  if (open === null || call !== null || phase === 'detected' || open.remindAt > at) return status;
  if (!isUnresolved(open.incident.state) || repairsOfOthers(status, { run, at }).length > 0)
    return status;
  const incident = { ...open.incident, reminders: open.incident.reminders + 1, updatedAt: at };
  return { ...status, open: { ...open, incident, remindAt: later(at, { hours: remindEvery }) } };
}
