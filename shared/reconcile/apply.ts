import type { Aws } from '#aws/clients.ts';
import { isConflict, isRetryable, isTransient, messageOf, nameOf } from '#aws/errors.ts';
import type { DriftKind, Step } from '#drift/kind.ts';
import { parseTrailArn } from '#trail/trail-arn.ts';
import type { AppliedStep } from './outcome.ts';
import { changesOf, isOfMissingTrail, type Plan, stepsOf } from './plan.ts';
import { type Attempt, pathsIn } from './read-back.ts';
import { type RefusedCall, remedyFor } from './refusal-remedy.ts';

type Applying = {
  readonly kinds: readonly DriftKind[];
  readonly aws: Aws;
  readonly onStep?: (step: AppliedStep) => void;
};

/** The attempted steps, and the result for each kind. */
export type Applied = {
  readonly steps: readonly AppliedStep[];
  readonly attempts: ReadonlyMap<string, Omit<Attempt, 'until'>>;
};

type Result = 'applied' | 'failed' | 'stale';

/**
 * Attempts every step, kind by kind in the given order. A failed step is recorded and does not block the others. A refused step is
 * attempted again in parts, so that one broken dependency does not block the rest. If the trail is missing and cannot be created, the
 * rest is not attempted.
 */
export async function apply(plan: Plan, { kinds, aws, onStep }: Applying): Promise<Applied> {
  const trail = parseTrailArn(plan.trail);
  const steps: AppliedStep[] = [];
  const failed: Step[] = [];
  const attempts = new Map<string, Omit<Attempt, 'until'>>();
  let isThere = false;
  for (const kind of kinds) {
    const planned = stepsOf(plan, kind.name);
    if (planned.length === 0) continue;
    const results: Result[] = [];
    for (const step of planned) results.push(await attempt(kind, step));
    attempts.set(kind.name, attemptAt(kind.name, sumOf(results, ['stale', 'applied'])));
    if (!isOfMissingTrail(plan, kind.name)) continue;
    isThere ||= results.includes('applied');
    if (!isThere) break;
  }
  for (const { kind } of plan.findings) {
    if (!attempts.has(kind)) attempts.set(kind, attemptAt(kind, 'failed'));
  }
  return { steps, attempts };

  function attemptAt(kind: string, result: Result): Omit<Attempt, 'until'> {
    const paths = plan.findings.filter((finding) => finding.kind === kind).flatMap(pathsIn);
    const planned = stepsOf(plan, kind);
    return { result, paths: new Set(paths), steps: planned, failed: failed.splice(0) };
  }

  async function attempt(kind: DriftKind, step: Step): Promise<Result> {
    try {
      await kind.apply(aws, step);
      record({ kind: kind.name, ...step, status: 'applied' });
      return 'applied';
    } catch (thrown) {
      const refusal = { error: nameOf(thrown), changes: changesOf(plan, kind.name) };
      const parts = isTransient(thrown) ? [] : (kind.decompose?.(step, refusal, trail) ?? []);
      const call = { ...step, trail };
      record({ kind: kind.name, ...step, ...failureOf(thrown, parts.length > 0, call) });
      if (isConflict(thrown)) return 'stale';
      if (parts.length === 0) failed.push(step);
      return attemptParts(kind, parts);
    }
  }

  /** Parts are independent, except for a missing trail: its first part creates it, and the others need it. */
  async function attemptParts(kind: DriftKind, parts: readonly Step[]): Promise<Result> {
    const results: Result[] = [];
    for (const part of parts) {
      const result = await attempt(kind, part);
      results.push(result);
      const isNeeded = results.length === 1 && isOfMissingTrail(plan, kind.name);
      if (result === 'stale' || (isNeeded && result !== 'applied')) break;
    }
    return sumOf(results, ['applied', 'stale']);
  }

  function record(result: AppliedStep): void {
    steps.push(result);
    onStep?.(result);
  }
}

const sumOf = (results: readonly Result[], order: readonly Result[]): Result =>
  order.find((one) => results.includes(one)) ?? 'failed';

/** How a failed step is recorded. If it has parts, they record whether a retry can help, and the remedy. */
function failureOf(thrown: unknown, hasParts: boolean, call: RefusedCall) {
  const error = nameOf(thrown);
  const remedy = hasParts ? null : remedyFor(error, call);
  const retryable = !hasParts && isRetryable(thrown);
  return { status: 'failed', error, message: messageOf(thrown), remedy, retryable } as const;
}
