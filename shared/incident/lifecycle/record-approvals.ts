import { isDeepStrictEqual } from 'node:util';
import {
  type Approval,
  type ApprovalRules,
  type ChangeRef,
  isMeant,
  isPending,
  resultOf,
} from '#reconcile/approval.ts';
import { changeKey } from '#reconcile/change-key.ts';
import { driftIn, type Plan } from '#reconcile/plan.ts';
import { later } from '#text/time.ts';
import type { TrailStatus } from '../trail-status.ts';
import type { LifecycleRules, ReconcileReport } from './report.ts';

/** Records what waits for a decision, which deadlines are over, and which drift is gone. */
export function recordApprovals(
  status: TrailStatus,
  { at, run, phase, outcome }: ReconcileReport,
  { approval }: LifecycleRules,
): TrailStatus {
  const { open } = status;
  if (open === null || outcome === null) return status;
  if (outcome.mode === 'observe' || phase === 'detected') return status;
  const approvals = nextApprovals(open.approvals, outcome.verified, { at, run }, approval);
  return withApprovals(status, approvals, at);
}

/** The approvals after a plan: those of drift that is gone end, and new drift that must wait is added. */
export function nextApprovals(
  before: readonly Approval[],
  plan: Plan,
  { at, run }: Pick<ReconcileReport, 'at' | 'run'>,
  rules: ApprovalRules,
): readonly Approval[] {
  const now = new Date(at);
  const present = driftIn(plan).map((change) => ({
    ...change,
    key: changeKey(change.kind, change),
  }));
  const unread = new Set(
    plan.findings.flatMap((one) => (one.status === 'unknown' ? one.kind : [])),
  );
  const isLeft = (change: ChangeRef) =>
    unread.has(change.kind) || present.some((one) => isMeant(change, one));
  const [pending] = before.filter((one) => isPending(one, now));
  const known = before.map((one) => {
    if (one.endedAt !== null) return one;
    const decided = { ...one, decision: one.decision ?? deadlineDecision(one, now) };
    return decided.changes.some(isLeft) ? decided : { ...decided, endedAt: at };
  });
  const active = known.filter(({ endedAt }) => endedAt === null).flatMap(({ changes }) => changes);
  const added = present.filter(
    ({ treatment, key }) => treatment === 'approve' && !active.some((one) => one.key === key),
  );
  if (added.length === 0) return bounded(known);
  const approval: Approval = {
    id: `${run}-${before.length + 1}`,
    changes: added.map(({ key, kind, path }) => ({ key, kind, path })),
    requestedAt: at,
    // Another change must not postpone what waits already.
    until: pending?.until ?? later(at, { minutes: rules.minutes }),
    otherwise: rules.otherwise,
    decision: null,
    endedAt: null,
  };
  return bounded([...known, approval]);
}

const deadlineDecision = (approval: Approval, now: Date): Approval['decision'] => {
  const treatment = resultOf(approval, now);
  if (treatment === null) return null;
  return { treatment, at: approval.until, by: null, via: null, reason: null };
};

/** What has not ended is kept, and the latest of the others. */
function bounded(approvals: readonly Approval[]): readonly Approval[] {
  const ended = approvals.filter(({ endedAt }) => endedAt !== null);
  const dropped = new Set(ended.slice(0, Math.max(0, ended.length - mostEnded)));
  return approvals.filter((one) => !dropped.has(one));
}

const mostEnded = 10;

/** A status with these approvals; the same status if they are the same. */
export function withApprovals(
  status: TrailStatus,
  approvals: readonly Approval[],
  at: string,
): TrailStatus {
  const { open } = status;
  if (open === null || isDeepStrictEqual(approvals, open.approvals)) return status;
  const incident = { ...open.incident, approvals, updatedAt: at };
  return { ...status, open: { ...open, approvals, incident } };
}
