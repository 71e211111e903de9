import type { Aws } from '#aws/clients.ts';
import { isConflict, isRetryable, isTransient, messageOf, nameOf } from '#aws/errors.ts';
import type { DriftKind, Step } from '#drift/kind.ts';
import { logging } from '#drift/logging.ts';
import { organization } from '#drift/organization.ts';
import { settings } from '#drift/settings.ts';
import { parseTrailArn } from '#trail/trail-arn.ts';
import type { RefusedCall } from './dependency-remedy.ts';
import type { AppliedStep } from './outcome.ts';
import { changesOf, isOfMissingTrail, type Plan, stepsOf } from './plan.ts';
import { type NewAttempt, pathsIn } from './read-back.ts';
import { remedyFor } from './refusal-remedy.ts';
import { dependenciesRefused } from './refused-dependencies.ts';

type Applying = {
  readonly kinds: readonly DriftKind[];
  readonly aws: Aws;
  readonly onStep?: (step: AppliedStep) => void;
};

/** The attempted steps, and the result for each kind. */
export type Applied = {
  readonly steps: readonly AppliedStep[];
  readonly attempts: ReadonlyMap<string, NewAttempt>;
};

/**
 * Attempts every step, kind by kind in the given order. A failed step is recorded and does not block the others. A refused step is
 * attempted again in parts, so that one broken dependency does not block the rest. If the trail is missing and cannot be created, what
 * needs it is not attempted.
 */
export async function apply(plan: Plan, options: Applying): Promise<Applied> {
  const made = new Map<string, Attempted>();
  let notMade: Attempted = { result: 'failed', steps: [], failed: [], refusedFor: [] };
  for (const { kind, steps } of inOrder(plan, options.kinds)) {
    const ofMissing = [...made].filter(([name]) => isOfMissingTrail(plan, name));
    const isNotCreated = ofMissing.every(([, { result }]) => result !== 'applied');
    if (!kind.isOutsideTrail && ofMissing.length > 0 && isNotCreated) {
      // What needs the trail waits for what its creation waits for.
      notMade = { ...notMade, refusedFor: ofMissing.flatMap(([, { refusedFor }]) => refusedFor) };
      continue;
    }
    const attempts = [made.get(kind.name) ?? []].flat();
    for (const step of steps) attempts.push(await attempt(step, { ...options, plan, kind }));
    made.set(kind.name, summed(attempts, ['stale', 'applied']));
  }
  return {
    steps: [...made.values()].flatMap(({ steps }) => steps),
    attempts: new Map(
      plan.findings.map((finding) => {
        const { result, failed, refusedFor } = made.get(finding.kind) ?? notMade;
        const steps = stepsOf(plan, finding.kind);
        const paths = new Set(pathsIn(finding));
        return [finding.kind, { result, paths, steps, failed, refusedFor: new Set(refusedFor) }];
      }),
    ),
  };
}

type Steps = { readonly kind: DriftKind; readonly steps: readonly Step[] };

/**
 * The steps in the order of repair. If logging needs no other call before it, it is started first, and otherwise after what the trail needs:
 * other repairs do not delay it, however many an attacker makes necessary.
 */
function inOrder(plan: Plan, kinds: readonly DriftKind[]): readonly Steps[] {
  const needsMore =
    isOfMissingTrail(plan, logging.name) ||
    [organization, settings].some(({ name }) => stepsOf(plan, name).length > 0);
  const isFirst = (kind: DriftKind, step: Step) =>
    needsMore ? (kind.isNeededByTrail?.(step) ?? true) : kind.name === logging.name;
  const those = (are: boolean): readonly Steps[] =>
    kinds.map((kind) => ({
      kind,
      steps: stepsOf(plan, kind.name).filter((step) => isFirst(kind, step) === are),
    }));
  return [...those(true), ...those(false)].filter(({ steps }) => steps.length > 0);
}

/** The results of a step and its parts. */
type Attempted = {
  readonly result: 'applied' | 'failed' | 'stale';
  readonly steps: readonly AppliedStep[];
  /** The steps that failed and have no parts, and the dependencies for which AWS refused them. */
  readonly failed: readonly Step[];
  readonly refusedFor: readonly string[];
};

type Context = Pick<Applying, 'aws' | 'onStep'> & {
  readonly plan: Plan;
  readonly kind: DriftKind;
};

async function attempt(step: Step, context: Context): Promise<Attempted> {
  const { plan, kind, aws, onStep } = context;
  const trail = parseTrailArn(plan.trail);
  try {
    await kind.apply(aws, step);
    const applied = { kind: kind.name, ...step, status: 'applied' } as const;
    onStep?.(applied);
    return { result: 'applied', steps: [applied], failed: [], refusedFor: [] };
  } catch (thrown) {
    const message = messageOf(thrown);
    const refusal = { error: nameOf(thrown), message, changes: changesOf(plan, kind.name) };
    const parts = isTransient(thrown) ? [] : (kind.decompose?.(step, refusal, trail) ?? []);
    const call = { kind: kind.name, ...step, message, trail };
    const refused = { kind: kind.name, ...step, ...failureOf(thrown, parts.length > 0, call) };
    onStep?.(refused);
    if (isConflict(thrown)) {
      return { result: 'stale', steps: [refused], failed: [], refusedFor: [] };
    }
    if (parts.length === 0) {
      const refusedFor = dependenciesRefused(refusal.error);
      return { result: 'failed', steps: [refused], failed: [step], refusedFor };
    }
    const { steps, ...sum } = summed(await attemptParts(parts, context), ['applied', 'stale']);
    return { ...sum, steps: [refused, ...steps] };
  }
}

/** Parts are independent, except for a missing trail: its first part creates it, and the others need it. */
async function attemptParts(parts: readonly Step[], context: Context): Promise<Attempted[]> {
  const attempts: Attempted[] = [];
  for (const part of parts) {
    const made = await attempt(part, context);
    attempts.push(made);
    const isNeeded = attempts.length === 1 && isOfMissingTrail(context.plan, context.kind.name);
    if (made.result === 'stale' || (isNeeded && made.result !== 'applied')) break;
  }
  return attempts;
}

/** Several attempts as one, with the first of the results in `order` that one of them has. */
const summed = (
  attempts: readonly Attempted[],
  order: readonly Attempted['result'][],
): Attempted => ({
  result: order.find((one) => attempts.some(({ result }) => result === one)) ?? 'failed',
  steps: attempts.flatMap(({ steps }) => steps),
  failed: attempts.flatMap(({ failed }) => failed),
  refusedFor: attempts.flatMap(({ refusedFor }) => refusedFor),
});

/** How a failed step is recorded. If it has parts, they record whether a retry can help, and the remedy. */
function failureOf(thrown: unknown, hasParts: boolean, call: RefusedCall) {
  const error = nameOf(thrown);
  const remedy = hasParts ? null : remedyFor(error, call);
  const retryable = !hasParts && isRetryable(thrown);
  return { status: 'failed', error, message: messageOf(thrown), remedy, retryable } as const;
}
