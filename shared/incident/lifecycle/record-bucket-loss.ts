import type { TrailStatus } from '../trail-status.ts';
import type { ReconcileReport } from './report.ts';

/** Remembers that the bucket was missing, once for each version of the baseline. */
export function recordBucketLoss(
  status: TrailStatus,
  { bucketLoss }: ReconcileReport,
): TrailStatus {
  if (bucketLoss === null || status.bucketLoss?.version === bucketLoss.version) return status;
  return { ...status, bucketLoss };
}
