import type { Aws } from '#aws/clients.ts';
import { isPassing, isRetryable, isStale, messageOf, nameOf } from '#aws/errors.ts';
import type { Baseline } from '#core/baseline.ts';
import { isSame, type Json } from '#core/diff.ts';
import type { AppliedStep, Mode, Outcome } from '#core/outcome.ts';
import {
  changesOf,
  type Finding,
  findingOf,
  isOfMissingTrail,
  type Observation,
  type Plan,
  type Step,
  stepsOf,
} from '#core/plan.ts';
import { type RefusedCall, remedyFor } from '#core/remedy.ts';
import { parseTrailArn, type Trail } from '#core/trail.ts';
import type { DriftKind, States } from '#drift/kind.ts';

export type Reconcile = {
  readonly kinds: readonly DriftKind[];
  readonly aws: Aws;
  readonly mode: Mode;
  readonly now: () => Date;
  /** Told what each kind sees, each time that it looks. */
  readonly onObservation?: (kind: string, observation: Observation) => void;
  /** Keeps steps of a plan back: what a Hold or a pace asks for. */
  readonly withhold?: (plan: Plan) => Promise<Plan>;
  /** Told what was found before the first write, and each step once attempted: a function cut short leaves a trace. */
  readonly onPlan?: (plan: Plan) => void;
  readonly onStep?: (step: AppliedStep) => void;
};

/** Brings one trail to its baseline: observe, plan, apply, observe again. Takes no event: only observed state decides. */
export async function reconcile(baseline: Baseline, options: Reconcile): Promise<Outcome> {
  const { mode, onPlan } = options;
  const plan = await planFor(baseline, options);
  onPlan?.(plan);

  const applied: AppliedStep[] = [];
  let verified = plan;
  for (let round = 0; round < rounds && mode === 'enforce' && hasSteps(verified); round += 1) {
    const before = verified;
    const { steps, wasStale } = await apply(before, options);
    applied.push(...steps);
    verified = await planFor(baseline, options);
    if (!wasStale || isSame(stepsIn(verified), stepsIn(before))) break;
  }
  return { mode, plan, applied, verified };
}

/** How often to plan anew at most, where the trail was deleted, or made by somebody else, while we wrote. */
const rounds = 3;

/** What a kind sees of a trail; a kind that fails to look, or looks for too long, reports *unknown*. */
export const observe = (
  kind: DriftKind,
  aws: Aws,
  trail: Trail,
  now: Date,
  desired: States,
): Promise<Observation> =>
  Promise.race([kind.observe(aws, trail, now, desired), tooLate()]).then(
    (state) => ({ status: 'observed', state }),
    unknownFor,
  );

function unknownFor(error: unknown) {
  const reason = `${nameOf(error)}: ${messageOf(error)}`;
  return { status: 'unknown', reason, retryable: isRetryable(error) } as const;
}

/** The first write waits for every look: one that hangs must not keep the others' repairs back. In milliseconds. */
const patience = 8000;

function tooLate(): Promise<never> {
  const signal = AbortSignal.timeout(patience);
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason));
  });
}

async function planFor(
  baseline: Baseline,
  { kinds, aws, now, withhold, onObservation }: Reconcile,
): Promise<Plan> {
  const trail = parseTrailArn(baseline.trail);
  const findings = kinds.map(async (kind): Promise<Finding> => {
    if (baseline.states[kind.name] === undefined) return { kind: kind.name, status: 'unmanaged' };
    const observation = await observe(kind, aws, trail, now(), baseline.states);
    onObservation?.(kind.name, observation);
    try {
      return findingOf(kind, baseline, observation, trail);
    } catch (error) {
      // A kind that can not judge what it sees keeps no other kind from being repaired.
      return { kind: kind.name, ...unknownFor(error) };
    }
  });
  const plan = {
    trail: trail.arn,
    version: baseline.version,
    findings: await Promise.all(findings),
  };
  return withhold?.(plan) ?? plan;
}

const hasSteps = (plan: Plan): boolean => stepsIn(plan).length > 0;

const stepsIn = (plan: Plan): readonly Json[] =>
  plan.findings.flatMap(({ kind }) => stepsOf(plan, kind)) as readonly object[] as readonly Json[];

type Attempt = 'applied' | 'failed' | 'stale';

/**
 * Attempts every step in order. A step that fails is recorded and keeps none of the others back; one that is refused is
 * attempted in its parts, so that what is broken in one of them does not keep the others from coming back. Only where the
 * trail is gone and can not be made again is there nothing more to attempt.
 */
async function apply(
  plan: Plan,
  { kinds, aws, onStep }: Reconcile,
): Promise<{ readonly steps: readonly AppliedStep[]; readonly wasStale: boolean }> {
  const trail = parseTrailArn(plan.trail);
  const steps: AppliedStep[] = [];
  let wasStale = false;
  let isThere = false;
  for (const kind of kinds) {
    const attempts: Attempt[] = [];
    for (const step of stepsOf(plan, kind.name)) attempts.push(await attempt(kind, step));
    wasStale ||= attempts.includes('stale');
    if (!isOfMissingTrail(plan, kind.name)) continue;
    isThere ||= attempts.includes('applied');
    if (!isThere) break;
  }
  return { steps, wasStale };

  async function attempt(kind: DriftKind, step: Step): Promise<Attempt> {
    try {
      await kind.perform(aws, step);
      record({ kind: kind.name, ...step, status: 'applied' });
      return 'applied';
    } catch (thrown) {
      const refusal = { error: nameOf(thrown), changes: changesOf(plan, kind.name) };
      const parts = isPassing(thrown) ? [] : (kind.split?.(step, refusal, trail) ?? []);
      record({
        kind: kind.name,
        ...step,
        ...failureOf(thrown, parts.length > 0, { ...step, trail }),
      });
      if (isStale(thrown)) return 'stale';
      return attemptParts(kind, parts);
    }
  }

  /** Parts stand alone, but for those of a trail that is gone: without the first, which makes it, there is nothing to add to. */
  async function attemptParts(kind: DriftKind, parts: readonly Step[]): Promise<Attempt> {
    const attempts: Attempt[] = [];
    for (const part of parts) {
      const result = await attempt(kind, part);
      attempts.push(result);
      const isNeeded = attempts.length === 1 && isOfMissingTrail(plan, kind.name);
      if (result === 'stale' || (isNeeded && result !== 'applied')) break;
    }
    return (['applied', 'stale'] as const).find((one) => attempts.includes(one)) ?? 'failed';
  }

  function record(result: AppliedStep): void {
    steps.push(result);
    onStep?.(result);
  }
}

/** A failure as it is told; of a step that has parts, these say whether a retry helps and what to do. */
function failureOf(thrown: unknown, hasParts: boolean, call: RefusedCall) {
  const error = nameOf(thrown);
  const remedy = hasParts ? null : remedyFor(error, call);
  const retryable = !hasParts && isRetryable(thrown);
  return { status: 'failed', error, message: messageOf(thrown), remedy, retryable } as const;
}
