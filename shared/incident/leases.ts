import { isOfMissingTrail, type Plan, planOf, stepsOf } from '#reconcile/plan.ts';
import { type NewAttempt, pathsIn } from '#reconcile/read-back.ts';
import { problemsIn } from './finding-key.ts';
import type { ReconcileReport } from './lifecycle/report.ts';
import type { Lease, TrailStatus } from './trail-status.ts';

/** In milliseconds: a lease outlives the function timeout, so a run that holds one at its end has failed. */
const leaseMs = 150_000;

/** A lease from the far future does not count: an attacker may have written it. */
const isInForce = ({ from }: Lease, at: string): boolean =>
  Math.abs(Date.parse(at) - Date.parse(from)) < leaseMs;

/** The repairs of other runs that are in flight. */
export const repairsOfOthers = (
  { leases }: Pick<TrailStatus, 'leases'>,
  { run, at }: Pick<ReconcileReport, 'run' | 'at'>,
): readonly Lease[] =>
  Object.entries(leases).flatMap(([holder, lease]) =>
    holder !== run && isInForce(lease, at) ? [lease] : [],
  );

/** Takes the lease of a run when it begins to repair, and gives it back at its end. Those of runs that were cut short expire. */
export function recordLease(
  status: TrailStatus,
  { run, at, phase, outcome }: ReconcileReport,
): TrailStatus {
  const leases = Object.fromEntries(
    Object.entries(status.leases).filter(
      ([holder, lease]) => holder !== run && isInForce(lease, at),
    ),
  );
  if (phase !== 'detected' || outcome === null) return { ...status, leases };
  const { plan } = outcome;
  const lease = {
    from: at,
    problems: problemsIn(null, plan).map(({ fingerprint }) => fingerprint),
    isWhole: plan.findings.some(({ kind }) => isOfMissingTrail(plan, kind)),
  };
  return { ...status, leases: { ...leases, [run]: lease } };
}

/**
 * For how long drift is left to another run that repairs it, in lags of reads. It says so in the state table, which an attacker may
 * have written.
 */
const longestWait = 4;

/**
 * The kinds of a plan whose every problem another run repairs, as attempts of that run. A call that was made after its repair began
 * may have caused a problem again. Events record the second of a call only, but the call came before the run that its event started.
 */
export function repairedElsewhere(
  plan: Plan,
  status: Pick<TrailStatus, 'leases'>,
  { run, startedAt, call }: Pick<ReconcileReport, 'run' | 'startedAt' | 'call'>,
  { now, readLagMs }: { readonly now: () => Date; readonly readLagMs: number },
): ReadonlyMap<string, NewAttempt> {
  const at = now();
  if (at.getTime() >= Date.parse(startedAt) + longestWait * readLagMs) return new Map();
  const calledBy = call && Math.min(Date.parse(call.at ?? startedAt) + 999, Date.parse(startedAt));
  const leases = repairsOfOthers(status, { run, at: at.toISOString() }).filter(
    ({ from }) => calledBy === null || calledBy < Date.parse(from),
  );
  const isLeased = (fingerprint: string): boolean =>
    leases.some(({ problems, isWhole }) => isWhole || problems.includes(fingerprint));
  const leased = plan.findings.filter(({ kind }) =>
    problemsIn(null, planOf(plan, new Set([kind]))).every(({ fingerprint }) =>
      isLeased(fingerprint),
    ),
  );
  return new Map(
    leased.map((finding) => [
      finding.kind,
      {
        result: 'elsewhere',
        refusedFor: new Set(),
        paths: new Set(pathsIn(finding)),
        steps: stepsOf(plan, finding.kind),
        failed: [],
      },
    ]),
  );
}
