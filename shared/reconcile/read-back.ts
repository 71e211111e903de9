import type { Step } from '#drift/kind.ts';
import { isSame, type Json } from '#text/diff.ts';
import { type Finding, type Plan, planOf } from './plan.ts';

/**
 * How long a read may still show a trail as it was before a write, in milliseconds. CloudTrail documents that reads lag
 * ("Managing data consistency in CloudTrail") and no bound: ten seconds, and the second to which an event tells its time.
 */
export const readLagMs = 12_000;

/** What a kind showed when it was last read, and when that was, in milliseconds. */
export type Reading = { readonly finding: Finding; readonly at: number };
export type Readings = ReadonlyMap<string, Reading>;

/** What was done about the drift of one kind. */
export type Attempt = {
  /** `stale`: refused because the trail is not what was read; `elsewhere`: another function is restoring it. */
  readonly result: 'applied' | 'failed' | 'stale' | 'elsewhere';
  /** The fields that the steps were to restore; an empty one is the whole trail. */
  readonly paths: ReadonlySet<string>;
  readonly steps: readonly Step[];
  /** The steps that failed and have no parts. */
  readonly failed: readonly Step[];
  /** Until when a read may show the trail as it was before, in milliseconds. */
  readonly until: number;
};
export type Attempts = ReadonlyMap<string, Attempt>;

/** The findings of a plan, all read at one time. */
export const readingsOf = ({ findings }: Pick<Plan, 'findings'>, at: number): Readings =>
  new Map(findings.map((finding) => [finding.kind, { finding, at }]));

/** The kinds whose drift no attempt was made to restore. */
export const freshIn = (readings: Readings, attempts: Attempts): ReadonlySet<string> =>
  kindsOf(readings, (reading, kind) => isFresh(reading, attempts.get(kind)));

/** The kinds that were written, and whose reads may not show it yet. */
export const pendingIn = (readings: Readings, attempts: Attempts): ReadonlySet<string> =>
  kindsOf(readings, (reading, kind) => isPending(reading, attempts.get(kind)));

function isFresh({ finding, at }: Reading, attempt: Attempt | undefined): boolean {
  if (finding.status !== 'drifted' || finding.steps.length === 0) return false;
  if (attempt === undefined) return true;
  if (attempt.result === 'elsewhere' && at >= attempt.until) return true;
  if (attempt.result === 'stale') return !isSame(asJson(finding.steps), asJson(attempt.steps));
  // A new trail is read in parts: with its settings before it is read to log.
  if (attempt.result === 'applied' && attempt.paths.has('')) return false;
  return pathsIn(finding).some((path) => !attempt.paths.has(path));
}

function isPending({ finding, at }: Reading, attempt: Attempt | undefined): boolean {
  if (attempt === undefined || attempt.result === 'failed' || at >= attempt.until) return false;
  if (finding.status === 'unknown') return finding.retryable;
  return finding.status === 'drifted' && !isWhatFailed(finding.steps, attempt.failed);
}

/** Whether all that is left is what failed: waiting shows nothing else. */
const isWhatFailed = (left: readonly Step[], failed: readonly Step[]): boolean =>
  left.every(({ action, input }) =>
    Object.entries(input).every(([name, value]) =>
      failed.some(
        (step) => step.action === action && isSame(Reflect.get(step.input, name) ?? null, value),
      ),
    ),
  );

/** The fields of a finding that are to be restored. */
export const pathsIn = (finding: Finding): readonly string[] =>
  finding.status !== 'drifted'
    ? []
    : finding.changes.flatMap(({ path, treatment }) => (treatment === 'restore' ? [path] : []));

/** All that was found so far: drift stays, with what is found later beside it. */
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
