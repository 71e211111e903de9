import { isDenial } from '#drift/dependencies/dependency.ts';
import { stepKey } from '#reconcile/change-key.ts';
import { repairedFields } from '#reconcile/suppress-steps.ts';
import { noticeSk, type WindowNotice } from '../incident.ts';
import type { TrailStatus } from '../trail-status.ts';
import type { ReconcileReport } from './report.ts';

/** Remembers our own writes: by their request ids to know their events, by field for backoff, and those that AWS refused. */
export function recordOwnWrites(
  status: TrailStatus,
  { at, outcome, requestIds }: ReconcileReport,
): TrailStatus {
  if (outcome === null) return status;
  const repairs = repairedFields(outcome).map(
    (field) => [field, [...(status.repairs[field] ?? []), at]] as const,
  );
  const refusals = outcome.applied.flatMap((step) =>
    step.status === 'failed' && isDenial(step.error)
      ? [[stepKey(step.kind, step), at] as const]
      : [],
  );
  return {
    ...status,
    repairs: { ...status.repairs, ...Object.fromEntries(repairs) },
    refusals: { ...status.refusals, ...Object.fromEntries(refusals) },
    ownRequests: [...status.ownRequests, ...requestIds],
  };
}

/** Remembers that the bucket was missing, once for each version of the baseline. */
export function recordBucketLoss(
  status: TrailStatus,
  { bucketLoss }: ReconcileReport,
): TrailStatus {
  if (bucketLoss === null || status.bucketLoss?.version === bucketLoss.version) return status;
  return { ...status, bucketLoss };
}

export const recordOutsideReading = (
  status: TrailStatus,
  { outsideInSync }: ReconcileReport,
): TrailStatus => (outsideInSync === null ? status : { ...status, outsideInSync });

/** Announces each maintenance window twice: when it is first seen, and when it has ended. */
export function announceWindows(
  status: TrailStatus,
  { windows, at, trail }: ReconcileReport,
): TrailStatus {
  if (windows === null) return status;
  const started = windows
    .filter(({ id }) => !Object.hasOwn(status.windows, id))
    .map(
      (window): WindowNotice => ({ id: window.id, trail, window, startedAt: at, endedAt: null }),
    );
  const inForce = new Set(windows.map(({ id }) => id));
  const known = Object.values(status.windows);
  const ended = known
    .filter(({ id }) => !inForce.has(id))
    .map((notice): WindowNotice => ({ ...notice, endedAt: at }));
  const announced = [...known.filter(({ id }) => inForce.has(id)), ...started];
  const news = [...started, ...ended].map((notice) => [noticeSk(notice), { notice }]);
  return {
    ...status,
    windows: Object.fromEntries(announced.map((notice) => [notice.id, notice])),
    outbox: { ...status.outbox, ...Object.fromEntries(news) },
  };
}
