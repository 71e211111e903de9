import * as z from 'zod';
import { type Of, text } from '#text/schema-parts.ts';
import { awaitsApproval, type Finding, type Plan, plan, step, stepsOf } from './plan.ts';

/** Whether trailkeeper only reports (`observe`) or also restores (`enforce`). */
export const mode = z.enum(['observe', 'enforce']);

export type Mode = Of<typeof mode>;

/** An attempted step; `retryable` says whether the same call can succeed later. */
const appliedStep = z.union([
  z.strictObject({ kind: text, ...step, status: z.literal('applied') }),
  z.strictObject({
    kind: text,
    ...step,
    status: z.literal('failed'),
    error: text,
    message: text,
    /** What to do if it keeps failing; null if unknown, or if the step has parts. */
    remedy: text.nullable(),
    retryable: z.boolean(),
  }),
]);

export type AppliedStep = Of<typeof appliedStep>;

/** The reconciliation of one trail: what was found, what was done, and what was read back. */
export const outcome = z.strictObject({
  mode,
  plan,
  applied: z.array(appliedStep),
  /** Read after the steps; the plan itself if no step was attempted. */
  verified: plan,
});

export type Outcome = Of<typeof outcome>;

/**
 * The result of a reconciliation. *Drifted*: nothing was attempted. *Restored*: no drift was read back. *Degraded*: drift is left that
 * loses no events. *Failed*: drift is left that loses events. *Suspended*: the drift that is left waits for the end of a maintenance
 * window; *backing off*: for the next sweep; *awaiting approval*: some of it, for a decision.
 */
export type Verdict =
  | 'in-sync'
  | 'drifted'
  | 'restored'
  | 'degraded'
  | 'failed'
  | 'unknown'
  | 'suspended'
  | 'backing-off'
  | 'awaiting-approval';

/** Sums up an outcome by what was read back, not by which calls succeeded. */
export function verdict({ mode, applied, verified }: Outcome): Verdict {
  const drifted = verified.findings.filter((finding) => finding.status === 'drifted');
  const waiting = mode === 'enforce' ? drifted.filter(awaitsApproval) : [];
  const refused = drifted.filter(({ suppressed }) => suppressed?.by === 'refusal');
  const left = drifted.filter(
    (one) => refused.includes(one) || (one.suppressed === undefined && !waiting.includes(one)),
  );
  const isAttempted = applied.length > 0 || refused.length > 0;
  if (left.length > 0 && !isAttempted && waiting.length === 0) return 'drifted';
  if (isAttempted && left.some(losesCoverage)) return 'failed';
  if (has(verified, 'unknown')) return 'unknown';
  if (waiting.length > 0) return 'awaiting-approval';
  if (left.length > 0) return 'degraded';
  if (drifted.some(({ suppressed }) => suppressed?.by === 'backoff')) return 'backing-off';
  if (drifted.length > 0) return 'suspended';
  return applied.some(({ status }) => status === 'applied') ? 'restored' : 'in-sync';
}

/**
 * Whether running again can help: a read failed with a transient error, a kind is not in sync although its steps succeeded, a step failed
 * with a transient error, or a kind drifted after the plan was made.
 */
export function mayRestoreByRetry({ plan, applied, verified }: Outcome): boolean {
  return verified.findings.some((finding) => {
    if (finding.status === 'unknown' && finding.retryable) return true;
    const steps = applied.filter(({ kind }) => kind === finding.kind);
    if (steps.length === 0) {
      return isRepairable(finding) && stepsOf(plan, finding.kind).length === 0;
    }
    const failed = steps.filter((step) => step.status === 'failed');
    const isLeft = finding.status === 'unknown' || isRepairable(finding);
    return isLeft && (failed.length === 0 || failed.some(({ retryable }) => retryable));
  });
}

const isRepairable = (finding: Finding): boolean =>
  finding.status === 'drifted' && finding.steps.length > 0;

const losesCoverage = ({ changes }: Extract<Finding, { status: 'drifted' }>): boolean =>
  changes.some(({ impact }) => impact.losesCoverage);

const has = (plan: Plan, status: Finding['status']): boolean =>
  plan.findings.some((finding) => finding.status === status);
