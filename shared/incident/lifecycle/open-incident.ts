import { compareSeverity, type Severity } from '#drift/impact.ts';
import { later } from '#text/time.ts';
import type { Incident } from '../incident.ts';
import { repairsOfOthers } from '../leases.ts';
import { type OpenIncident, type TrailStatus, withIncident } from '../trail-status.ts';
import type { LifecycleRules, ReconcileReport } from './report.ts';
import { type IncidentState, isQuiet, isUnresolved, nextState, type Signal } from './states.ts';

/** The open incident of a trail, or a new one that nothing was recorded in yet. */
export function openOrNew(
  { open, lastInSyncAt }: TrailStatus,
  { at, run, trail }: Pick<ReconcileReport, 'at' | 'run' | 'trail'>,
  { remindEvery }: LifecycleRules,
): OpenIncident {
  if (open !== null) return open;
  const incident: Incident = {
    id: run,
    trail,
    state: 'detected',
    severity: 'low',
    openedAt: at,
    updatedAt: at,
    closedAt: null,
    lastInSyncAt,
    cause: null,
    calls: [],
    callCount: 0,
    episodes: [],
    episodeCount: 0,
    approvals: [],
    actions: [],
    interruptions: [],
    gaps: [],
    problemCount: 0,
    flapping: false,
    reminders: 0,
    baselineError: null,
  };
  const remindAt = later(at, { hours: remindEvery });
  return { incident, known: [], unresolved: [], approvals: [], quietUntil: null, remindAt };
}

/** What is recorded in an incident: the signal that moves it, how severe it is, and the fields that change. */
export type Entry = {
  /** Null if it moves nothing. */
  readonly signal: Signal | null;
  readonly severity: Severity;
  readonly fields: Partial<Incident>;
};

/** A status whose open incident has one more entry: moved by its signal, never less severe than before. */
export function withEntry(
  status: TrailStatus,
  report: Pick<ReconcileReport, 'at' | 'run' | 'trail'>,
  rules: LifecycleRules,
  { signal, severity, fields }: Entry,
): TrailStatus {
  const { at } = report;
  const before = openOrNew(status, report, rules);
  const from = status.open === null ? 'none' : before.incident.state;
  // No entry closes an incident.
  const next = (signal && nextState(from, signal)) as IncidentState | null;
  const state = next ?? before.incident.state;
  const incident: Incident = {
    ...before.incident,
    ...fields,
    state,
    severity: worse(before.incident.severity, severity),
    updatedAt: at,
  };
  const quietUntil = isQuiet(state) ? quietEnd(state, at, rules) : null;
  return { ...status, open: { ...before, incident, quietUntil } };
}

/** For so long an incident whose trail is restored stays open, so that another attack joins it. */
const quietMinutes = 10;

/** Failed calls are gathered for longer: they changed nothing, and another one adds little. */
const quietEnd = (state: Incident['state'], at: string, { remindEvery }: LifecycleRules): string =>
  later(at, state === 'attempted' ? { hours: remindEvery } : { minutes: quietMinutes });

export const isWorse = (one: Severity, other: Severity): boolean => compareSeverity(one, other) < 0;

const worse = (one: Severity, other: Severity): Severity => (isWorse(other, one) ? other : one);

/** Closes an incident whose trail stayed quiet for long enough. */
export function closeIfQuiet(
  status: TrailStatus,
  { at }: Pick<ReconcileReport, 'at'>,
): TrailStatus {
  const { open } = status;
  if (open === null || open.quietUntil === null || open.quietUntil > at) return status;
  const incident = { ...open.incident, closedAt: at, updatedAt: at };
  return withIncident(status, { ...open, incident });
}

/** The status of a trail that is no longer protected: its incident is closed, and says who retired it and why. */
export function closeRetired(
  status: TrailStatus,
  { at, by, reason }: { readonly at: string; readonly by: string; readonly reason: string },
): TrailStatus {
  const { open } = status;
  if (open === null) return status;
  const end = { closedAt: at, updatedAt: at, retired: { by, reason } };
  return withIncident(status, { ...open, incident: { ...open.incident, ...end } });
}

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
