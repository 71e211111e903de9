import type { ProtectedTrail } from '#baseline/known-trail.ts';
import { mayRestoreByRetry } from '#reconcile/outcome.ts';
import type { ControllerDeps, TrailReport, Trigger } from './controller-deps.ts';
import type { FirstReads } from './first-reads.ts';
import { reconcileTrail } from './trail-controller.ts';

/**
 * Reconciles several trails: none waits for the end of another, and every one is finished before a failure is thrown. `ahead` has
 * the reads that began before, by trail.
 * Throws `NotRestoredError` if a retry may restore what is left, so that Lambda retries.
 */
export async function reconcileTrails(
  protectedTrails: readonly ProtectedTrail[],
  trigger: Trigger,
  deps: ControllerDeps,
  ahead: ReadonlyMap<string, FirstReads> = new Map(),
): Promise<TrailReport[]> {
  const later = protectedTrails.filter(({ trail }) => !ahead.has(trail));
  const runs = [
    ...protectedTrails.flatMap((one) => {
      const reads = ahead.get(one.trail);
      return reads === undefined ? [] : [reconcileTrail(one, trigger, deps, reads)];
    }),
    ...inTurn(later, (one) => reconcileTrail(one, trigger, deps), deps),
  ];
  await Promise.allSettled(runs);
  const reports = await Promise.all(runs);
  const unrestored = reports.filter(isRetryable).map(({ trail }) => trail);
  if (unrestored.length === 0) return reports;
  throw new NotRestoredError(unrestored, reports);
}

/** How many CloudTrail reads a check of a trail in sync makes. */
export const readsOfCheck = 6;

/**
 * Begins checks at the pace at which CloudTrail allows their reads. If they all began at once, reads of the last ones would wait for
 * their turn for so long that they would count as reads that hang.
 */
export function inTurn<Checked extends { readonly trail: string }, Report>(
  trails: readonly Checked[],
  check: (one: Checked) => Promise<Report>,
  { readsPerSecond, sleep }: Pick<ControllerDeps, 'readsPerSecond' | 'sleep'>,
): readonly Promise<Report>[] {
  const inRegions = Map.groupBy(trails, ({ trail }) => trail.split(':')[3]);
  const places = new Map([...inRegions.values()].flatMap((all) => all.map((one, i) => [one, i])));
  return trails.map(async (one) => {
    const place = places.get(one) ?? 0;
    if (place > 0) await sleep((place * readsOfCheck * 1000) / readsPerSecond);
    return check(one);
  });
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
