import type { Guarded } from '#baseline/known-trail.ts';
import { mayRestoreByRetry } from '#reconcile/outcome.ts';
import { truncateForStorage } from '#text/truncate-for-storage.ts';
import type { ControllerDeps, TrailReport, Trigger } from './controller-deps.ts';
import type { FirstReads } from './first-reads.ts';
import { reconcileTrail } from './trail-controller.ts';

/**
 * Reconciles several trails at once: none waits for another, and every one is finished before a failure is thrown. `ahead` has
 * the reads that began before, by trail. The reports are truncated: Lambda takes an answer of 6 MB.
 * Throws `NotRestoredError` if a retry may restore what is left, so that Lambda retries.
 */
export async function reconcileTrails(
  guarded: readonly Guarded[],
  trigger: Trigger,
  deps: ControllerDeps,
  ahead: ReadonlyMap<string, FirstReads> = new Map(),
): Promise<TrailReport[]> {
  const runs = guarded.map((one) => reconcileTrail(one, trigger, deps, ahead.get(one.trail)));
  await Promise.allSettled(runs);
  const reports = (await Promise.all(runs)).map(truncateForStorage);
  const unrestored = reports.filter(isRetryable).map(({ trail }) => trail);
  if (unrestored.length === 0) return reports;
  throw new NotRestoredError(unrestored, reports);
}

function isRetryable(report: TrailReport): boolean {
  if ('outcome' in report) return mayRestoreByRetry(report.outcome);
  return report.verdict === 'broken' && report.retryable;
}

/** Thrown after every trail was reconciled, if one was not verified in sync and a retry may restore it. */
export class NotRestoredError extends Error {
  override readonly name = 'NotRestoredError' as const;
  readonly reports: readonly TrailReport[];

  constructor(trails: readonly string[], reports: readonly TrailReport[]) {
    super(`not verified in sync, which a retry may fix: ${trails.join(', ')}`);
    this.reports = reports;
  }
}
