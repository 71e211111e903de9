import type { Step } from '#drift/kind.ts';
import { isSame, type Json } from '#text/diff.ts';
import { type Finding, type Plan, planOf } from './plan.ts';

/**
 * How long reads can lag behind a write, in milliseconds. CloudTrail documents the lag ("Managing data consistency in CloudTrail") without
 * a bound. Ten seconds are assumed, and event times are accurate to a second.
 */
export const readLagMs = 12_000;

/** The last finding of a kind, and when it was read, in milliseconds. */
export type Reading = { readonly finding: Finding; readonly at: number };
export type Readings = ReadonlyMap<string, Reading>;

/** An attempt to restore one kind. */
export type Attempt = {
  /** `stale`: refused because the trail has changed since it was read; `elsewhere`: another function is restoring it. */
  readonly result: 'applied' | 'failed' | 'stale' | 'elsewhere';
  /** The fields that the steps restore; an empty one is the whole trail. */
  readonly paths: ReadonlySet<string>;
  readonly steps: readonly Step[];
  /** The steps that failed and have no parts. */
  readonly failed: readonly Step[];
  /** Until when reads can show the trail as it was before, in milliseconds. */
  readonly until: number;
};
export type Attempts = ReadonlyMap<string, Attempt>;

/** The findings of a plan, all read at one time. */
export const readingsOf = ({ findings }: Pick<Plan, 'findings'>, at: number): Readings =>
  new Map(findings.map((finding) => [finding.kind, { finding, at }]));

/** The kinds with drift that no attempt covers yet. */
export const freshIn = (readings: Readings, attempts: Attempts): ReadonlySet<string> =>
  kindsOf(readings, (reading, kind) => isFresh(reading, attempts.get(kind)));

/** The kinds that were written, and whose reads can still lag. */
export const pendingIn = (readings: Readings, attempts: Attempts): ReadonlySet<string> =>
  kindsOf(readings, (reading, kind) => isPending(reading, attempts.get(kind)));

function isFresh({ finding, at }: Reading, attempt: Attempt | undefined): boolean {
  if (finding.status !== 'drifted' || finding.steps.length === 0) return false;
  if (attempt === undefined) return true;
  if (attempt.result === 'elsewhere' && at >= attempt.until) return true;
  if (attempt.result === 'stale') return !isSame(asJson(finding.steps), asJson(attempt.steps));
  // The parts of a new trail become readable one after another.
  if (attempt.result === 'applied' && attempt.paths.has('')) return false;
  return pathsIn(finding).some((path) => !attempt.paths.has(path));
}

function isPending({ finding, at }: Reading, attempt: Attempt | undefined): boolean {
  if (attempt === undefined || attempt.result === 'failed' || at >= attempt.until) return false;
  if (finding.status === 'unknown') return finding.retryable;
  return finding.status === 'drifted' && !hasOnlyFailedSteps(finding.steps, attempt.failed);
}

/** Whether only failed steps are left, so that waiting cannot help. */
const hasOnlyFailedSteps = (left: readonly Step[], failed: readonly Step[]): boolean =>
  left.every(({ action, input }) =>
    Object.entries(input).every(([name, value]) =>
      failed.some(
        (step) => step.action === action && isSame(Reflect.get(step.input, name) ?? null, value),
      ),
    ),
  );

/** The fields of a finding that the policy restores. */
export const pathsIn = (finding: Finding): readonly string[] =>
  finding.status !== 'drifted'
    ? []
    : finding.changes.flatMap(({ path, treatment }) => (treatment === 'restore' ? [path] : []));

/** Adds later findings to a plan. Drift that was found stays in it. */
export const foundSoFar = (plan: Plan, later: Plan): Plan => ({
  ...plan,
  findings: plan.findings.map((finding) => {
    const [now] = planOf(later, new Set([finding.kind])).findings;
    if (now?.status !== 'drifted') return finding;
    return finding.status === 'drifted' ? united(finding, now) : now;
  }),
});

type Drifted = Extract<Finding, { status: 'drifted' }>;

function united(before: Drifted, now: Drifted): Finding {
  const paths = new Set(before.changes.map(({ path }) => path));
  const changes = now.changes.filter(({ path }) => !paths.has(path));
  const steps = now.steps.filter(
    (step) => !before.steps.some((other) => isSame(asJson(other), asJson(step))),
  );
  if (changes.length === 0) return before;
  return {
    ...before,
    changes: [...before.changes, ...changes],
    steps: [...before.steps, ...steps],
  };
}

const kindsOf = (
  readings: Readings,
  is: (reading: Reading, kind: string) => boolean,
): ReadonlySet<string> =>
  new Set([...readings].flatMap(([kind, reading]) => (is(reading, kind) ? [kind] : [])));

const asJson = (value: object): Json => value as Json;
