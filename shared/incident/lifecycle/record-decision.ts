import { type Approval, type Decision, isPending } from '#reconcile/approval.ts';
import { type TrailStatus, withIncident } from '../trail-status.ts';
import { withApprovals } from './record-approvals.ts';

/**
 * Decides the approvals with these ids that still wait. The first decision counts, and none counts after the deadline. Gives those that it
 * decided; the status is the same if there are none.
 */
export function recordDecision(
  status: TrailStatus,
  ids: readonly string[],
  decision: Decision,
): { readonly status: TrailStatus; readonly decided: readonly Approval[] } {
  const now = new Date(decision.at);
  const before = status.open?.approvals ?? [];
  const isMeant = (one: Approval) => ids.includes(one.id) && isPending(one, now);
  const approvals = before.map((one) => (isMeant(one) ? { ...one, decision } : one));
  const after = withApprovals(status, approvals, decision.at);
  if (after.open === null || after === status) return { status, decided: [] };
  return {
    status: withIncident(after, after.open),
    decided: approvals.filter((one) => one.decision === decision),
  };
}
