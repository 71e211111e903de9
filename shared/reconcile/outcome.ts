import type { Step } from '#drift/kind.ts';
import { type Finding, type Plan, planOf, stepsOf } from './plan.ts';

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
        /** What a person has to do where it goes on, if that is known and the step has no parts. */
        readonly remedy: string | null;
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

/**
 * What a reconcile came to. *Drifted*: nothing was attempted. *Restored*: what was read back is as it must be. *Degraded*: all
 * was read back, and what is not as it must be costs no record. *Failed*: something that costs record is left, whoever may
 * restore it. *Held*: what is left waits for the end of a Hold, or for a person; *deferred*: for the next sweep.
 */
export type Verdict =
  | 'in-sync'
  | 'drifted'
  | 'restored'
  | 'degraded'
  | 'failed'
  | 'unknown'
  | 'held'
  | 'deferred';

/** Sums an outcome up by what was read back, never by which calls succeeded. */
export function verdict({ applied, verified }: Outcome): Verdict {
  const drifted = verified.findings.filter((finding) => finding.status === 'drifted');
  const left = drifted.filter(({ withheld }) => withheld === undefined);
  if (left.length > 0 && applied.length === 0) return 'drifted';
  if (left.some(isBlinding)) return 'failed';
  if (has(verified, 'unknown')) return 'unknown';
  if (left.length > 0) return 'degraded';
  if (drifted.some(({ withheld }) => withheld?.by === 'pace')) return 'deferred';
  if (drifted.length > 0) return 'held';
  return applied.some(({ status }) => status === 'applied') ? 'restored' : 'in-sync';
}

/** An outcome as far as it is about some kinds. */
export const outcomeOf = (outcome: Outcome, kinds: ReadonlySet<string>): Outcome => ({
  mode: outcome.mode,
  plan: planOf(outcome.plan, kinds),
  applied: outcome.applied.filter(({ kind }) => kinds.has(kind)),
  verified: planOf(outcome.verified, kinds),
});

/**
 * Whether running again may mend what is left: a read failed in a way that passes, or a kind is not seen in sync although its
 * steps succeeded, or one of them failed in a way that passes, or it drifted only after the plan was made.
 */
export function mayMendByRetry({ plan, applied, verified }: Outcome): boolean {
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

const isBlinding = ({ changes }: Extract<Finding, { status: 'drifted' }>): boolean =>
  changes.some(({ impact }) => impact.losesCoverage);

const has = (plan: Plan, status: Finding['status']): boolean =>
  plan.findings.some((finding) => finding.status === status);
