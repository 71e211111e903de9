import { isDeepStrictEqual } from 'node:util';
import { recentMinutes } from '#reconcile/suppress-steps.ts';
import { later } from '#text/time.ts';
import { highestSeverity, type Problem, problemsIn } from '../finding-key.ts';
import type { Incident } from '../incident.ts';
import { repairsOfOthers } from '../leases.ts';
import type { OpenIncident, TrailStatus } from '../trail-status.ts';
import { isLikelyCause } from './attribute.ts';
import { hasNewRepair, isFlapping, recordEpisode } from './episode.ts';
import { isWorse, openOrNew, withEntry } from './open-incident.ts';
import { type LifecycleRules, type ReconcileReport, signalOf } from './report.ts';
import { isUnresolved, nextState, type Signal } from './states.ts';

/** Records what a run found and did: opens an incident, adds to the open one, or resolves it. */
export function recordFindings(
  before: TrailStatus,
  report: ReconcileReport,
  rules: LifecycleRules,
): TrailStatus {
  const signal = signalOf(report);
  const decides = decidesState(before, report);
  const moves = decides && nextState(before.open?.incident.state ?? 'none', signal) !== null;
  const status = decides ? markInSync(before, signal, report) : before;
  const found = problemsOf(report);
  const known = status.open?.known ?? [];
  const fresh = found.all.filter(({ fingerprint }) => !known.includes(fingerprint));
  const isRepeated = !moves || isUnchanged(status.open, signal, found.left, report);
  if (fresh.length === 0 && isRepeated) return status;

  const { incident } = openOrNew(status, report, rules);
  const recorded = withEntry(status, report, rules, {
    signal: moves ? signal : null,
    severity: highestSeverity(found.all),
    fields: {
      ...(moves && findingFields(incident, signal, found.all, report, rules)),
      problemCount: incident.problemCount + fresh.length,
    },
  });
  const keys = fresh.map(({ fingerprint }) => fingerprint);
  const left = moves ? found.left : [...(status.open?.unresolved ?? []), ...keys];
  return withProblems(recorded, keys, left);
}

/** While other runs repair, they decide the state: a run that does not repair, or fails to, only adds problems. */
const decidesState = (status: TrailStatus, report: ReconcileReport): boolean =>
  status.open === null ||
  report.phase === 'detected' ||
  report.outcome?.applied.some(({ status }) => status === 'applied') === true ||
  repairsOfOthers(status, report).length === 0;

/** The same finding again, and nothing else was restored: it is recorded only when people are reminded of it. */
const isUnchanged = (
  open: OpenIncident | null,
  signal: Signal,
  left: readonly string[],
  { at, outcome }: ReconcileReport,
): boolean =>
  open !== null &&
  !hasNewRepair(open.incident, outcome) &&
  nextState(open.incident.state, signal) === open.incident.state &&
  isUnresolved(open.incident.state) &&
  isDeepStrictEqual(open.unresolved, left) &&
  open.remindAt > at;

type Found = {
  readonly all: readonly Problem[];
  /** The dedupe keys of those that are left. */
  readonly left: readonly string[];
};

/** Drift that went away without our repair counts only if an earlier run recorded it. */
function problemsOf({ baselineError, outcome }: ReconcileReport): Found {
  const { plan, verified, applied = [] } = outcome ?? {};
  const left = problemsIn(baselineError, verified);
  const repaired = applied.length > 0 ? problemsIn(null, plan) : [];
  const all = new Map([...repaired, ...left].map((problem) => [problem.fingerprint, problem]));
  return { all: [...all.values()], left: left.map(({ fingerprint }) => fingerprint) };
}

function findingFields(
  incident: Incident,
  signal: Signal,
  problems: readonly Problem[],
  report: ReconcileReport,
  rules: LifecycleRules,
): Partial<Incident> {
  return {
    ...recordEpisode(incident, signal, report),
    cause: causeOf(incident, problems, report, rules),
    baselineError: report.baselineError ?? incident.baselineError,
    flapping: incident.flapping || isFlapping(incident, signal, rules),
  };
}

/** The first cause stays, unless what was found now is the first finding, or worse. */
function causeOf(
  incident: Incident,
  problems: readonly Problem[],
  { call, isNoOp, outcome }: ReconcileReport,
  rules: LifecycleRules,
): Incident['cause'] {
  const { cause, episodes, severity } = incident;
  if (call === null || isNoOp || outcome === null) return cause;
  const isOpen = episodes.length > 0 && !isWorse(highestSeverity(problems), severity);
  if (cause !== null && isOpen) return cause;
  return isLikelyCause(call, outcome.plan, incident, rules) ? call : cause;
}

function withProblems(
  status: TrailStatus,
  fresh: readonly string[],
  unresolved: readonly string[],
): TrailStatus {
  const { open } = status;
  if (open === null) return status;
  const known = [...open.known, ...fresh].slice(-mostProblems);
  return { ...status, open: { ...open, known, unresolved: unresolved.slice(-mostProblems) } };
}

const mostProblems = 500;

/**
 * To ten minutes, so that sweeps of a trail in sync write nothing in between; exactly, if it ends a drift. A run that finds the trail
 * in sync read it when it started.
 */
function markInSync(
  status: TrailStatus,
  signal: Signal,
  { at, startedAt }: ReconcileReport,
): TrailStatus {
  if (signal !== 'in-sync' && signal !== 'restored') return status;
  const isRecent = (status.lastInSyncAt ?? '') > later(at, { minutes: -recentMinutes });
  const endsDrift = status.open !== null && isUnresolved(status.open.incident.state);
  if (isRecent && !endsDrift) return status;
  return { ...status, lastInSyncAt: signal === 'restored' ? at : startedAt };
}
