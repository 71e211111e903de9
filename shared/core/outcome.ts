import type { Finding, Plan, Step } from './plan.ts';

/** Whether trailkeeper only tells (`observe`) or also writes (`enforce`). */
export type Mode = 'observe' | 'enforce';

/** A step that was attempted; `retryable` says whether the same call may succeed later. */
export type AppliedStep = { readonly kind: string } & Step &
  (
    | { readonly status: 'applied' }
    | {
        readonly status: 'failed';
        readonly error: string;
        readonly message: string;
        readonly retryable: boolean;
      }
  );

/** One reconcile of one trail: what was found, what was done, and what was read back afterwards. */
export type Outcome = {
  readonly mode: Mode;
  readonly plan: Plan;
  readonly applied: readonly AppliedStep[];
  /** Read after the steps; the plan itself where no step was attempted. */
  readonly verified: Plan;
};

export type Verdict = 'in-sync' | 'drifted' | 'restored' | 'failed' | 'unknown';

/** Sums an outcome up by what was read back, never by which calls succeeded. */
export function verdict({ plan, applied, verified }: Outcome): Verdict {
  if (applied.length > 0 && verified.findings.some(isRepairable)) return 'failed';
  if (has(verified, 'drifted')) return 'drifted';
  if (has(verified, 'unknown')) return 'unknown';
  return has(plan, 'drifted') ? 'restored' : 'in-sync';
}

/** Whether running again may mend what an attempt has left: a failed step says so, or nothing failed and drift is still there. */
export function mayMendByRetry(outcome: Outcome): boolean {
  if (verdict(outcome) !== 'failed') return false;
  const failed = outcome.applied.filter((step) => step.status === 'failed');
  return failed.length === 0 || failed.some(({ retryable }) => retryable);
}

const isRepairable = (finding: Finding): boolean =>
  finding.status === 'drifted' && finding.steps.length > 0;

const has = (plan: Plan, status: Finding['status']): boolean =>
  plan.findings.some((finding) => finding.status === status);
