import { changesOf } from '#reconcile/plan.ts';
import { fieldName } from '#reconcile/suppress-steps.ts';
import type { TrailStatus } from '../trail-status.ts';
import type { ReconcileReport } from './report.ts';

/** Remembers our own writes: by their request ids to know their events, and by field for backoff. */
export function recordOwnWrites(
  status: TrailStatus,
  { at, phase, outcome, requestIds }: ReconcileReport,
): TrailStatus {
  if (phase === 'detected' || outcome === null) return status;
  const applied = outcome.applied.filter((step) => step.status === 'applied');
  if (applied.length === 0 && requestIds.length === 0) return status;
  const kinds = [...new Set(applied.map(({ kind }) => kind))];
  const fields = kinds.flatMap((kind) =>
    changesOf(outcome.plan, kind).map(({ path }) => fieldName(kind, path)),
  );
  const repairs = fields.map((field) => [field, [...(status.repairs[field] ?? []), at]] as const);
  return {
    ...status,
    repairs: { ...status.repairs, ...Object.fromEntries(repairs) },
    ownRequests: [...status.ownRequests, ...requestIds],
  };
}
