import type { Aws } from '#aws/clients.ts';
import { isPassing, isRetryable, messageOf, nameOf } from '#aws/errors.ts';
import type { Baseline } from '#core/baseline.ts';
import type { AppliedStep, Mode, Outcome } from '#core/outcome.ts';
import {
  type Finding,
  findingOf,
  type Observation,
  type Plan,
  type Step,
  stepsOf,
} from '#core/plan.ts';
import { parseTrailArn, type Trail } from '#core/trail.ts';
import type { DriftKind } from '#drift/kind.ts';

export type Reconcile = {
  readonly kinds: readonly DriftKind[];
  readonly aws: Aws;
  readonly mode: Mode;
  /** Told what was found before the first write, and each step once attempted: a function cut short leaves a trace. */
  readonly onPlan?: (plan: Plan) => void;
  readonly onStep?: (step: AppliedStep) => void;
};

/** Brings one trail to its baseline: observe, plan, apply, observe again. Takes no event: only observed state decides. */
export async function reconcile(baseline: Baseline, options: Reconcile): Promise<Outcome> {
  const { mode, onPlan } = options;
  const plan = await planFor(baseline, options);
  onPlan?.(plan);
  const applied = mode === 'enforce' ? await apply(plan, options) : [];
  const verified = applied.length > 0 ? await planFor(baseline, options) : plan;
  return { mode, plan, applied, verified };
}

/** What a kind sees of a trail; a kind that fails to look reports *unknown*. */
export const observe = (kind: DriftKind, aws: Aws, trail: Trail): Promise<Observation> =>
  kind.observe(aws, trail).then(
    (state) => ({ status: 'observed', state }),
    (error: unknown) => ({
      status: 'unknown',
      reason: `${nameOf(error)}: ${messageOf(error)}`,
      retryable: isRetryable(error),
    }),
  );

async function planFor(baseline: Baseline, { kinds, aws }: Reconcile): Promise<Plan> {
  const trail = parseTrailArn(baseline.trail);
  const findings = kinds.map(async (kind): Promise<Finding> => {
    const desired = baseline.states[kind.name];
    if (desired === undefined) return { kind: kind.name, status: 'unmanaged' };
    return findingOf(kind, desired, await observe(kind, aws, trail), trail);
  });
  return { trail: trail.arn, version: baseline.version, findings: await Promise.all(findings) };
}

/**
 * Attempts every step in order. A step that fails is recorded and keeps none of the others back; one that is refused is
 * attempted in its parts, so that what is broken in one of them does not keep the others from coming back.
 */
async function apply(plan: Plan, { kinds, aws, onStep }: Reconcile): Promise<AppliedStep[]> {
  const trail = parseTrailArn(plan.trail);
  const applied: AppliedStep[] = [];
  for (const kind of kinds) {
    for (const step of stepsOf(plan, kind.name)) {
      const { isRefused } = await attempt(kind, step);
      if (!isRefused) continue;
      for (const part of kind.split?.(step, trail) ?? []) await attempt(kind, part);
    }
  }
  return applied;

  async function attempt(kind: DriftKind, step: Step): Promise<{ isRefused: boolean }> {
    try {
      await kind.perform(aws, step);
      record({ kind: kind.name, ...step, status: 'applied' });
      return { isRefused: false };
    } catch (error) {
      const failure = { error: nameOf(error), message: messageOf(error) };
      const retryable = isRetryable(error);
      record({ kind: kind.name, ...step, status: 'failed', ...failure, retryable });
      return { isRefused: !isPassing(error) };
    }
  }

  function record(result: AppliedStep): void {
    applied.push(result);
    onStep?.(result);
  }
}
