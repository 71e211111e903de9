import type { Step } from '#drift/kind.ts';
import { isSame, type Json } from '#text/diff.ts';
import type { Finding } from './plan.ts';

/**
 * How long reads can lag behind a write, in milliseconds. CloudTrail documents the lag ("Managing data consistency in CloudTrail") without
 * a bound. Ten seconds are assumed, and event times are accurate to a second.
 */
export const readLagMs = 12_000;

/** The last finding of a kind, and when it was read, in milliseconds. */
export type Reading = {
  readonly finding: Finding;
  readonly at: number;
  /** When the trail became as it was read, in milliseconds; null if it is not reported. */
  readonly since: number | null;
};
export type Readings = ReadonlyMap<string, Reading>;

/** An attempt to restore one kind. */
export type Attempt = {
  /** `stale`: refused because the trail has changed since it was read; `elsewhere`: left to the run that restores it. */
  readonly result: 'applied' | 'failed' | 'stale' | 'elsewhere';
  /** The fields that the steps restore; an empty one is the whole trail. */
  readonly paths: ReadonlySet<string>;
  readonly steps: readonly Step[];
  /** The steps that failed and have no parts. */
  readonly failed: readonly Step[];
  /** The dependencies of the trail for which AWS refused steps, as drift kinds. */
  readonly refusedFor: ReadonlySet<string>;
  /** When it was made, and until when reads can show the trail as it was before, in milliseconds. */
  readonly at: number;
  readonly until: number;
};
export type Attempts = ReadonlyMap<string, Attempt>;

/** The kinds with drift that no attempt covers yet. */
export const freshIn = (readings: Readings, attempts: Attempts): ReadonlySet<string> =>
  kindsOf(readings, (reading, kind) => isFresh(reading, attempts.get(kind), attempts));

/** The kinds that were written, and whose reads can still lag, or that can be tried again in a moment. */
export const pendingIn = (readings: Readings, attempts: Attempts): ReadonlySet<string> =>
  kindsOf(readings, (reading, kind) => isPending(reading, attempts.get(kind), attempts));

const kindsOf = (
  readings: Readings,
  is: (reading: Reading, kind: string) => boolean,
): ReadonlySet<string> =>
  new Set([...readings].flatMap(([kind, reading]) => (is(reading, kind) ? [kind] : [])));

function isFresh(
  { finding, at, since }: Reading,
  attempt: Attempt | undefined,
  attempts: Attempts,
): boolean {
  if (finding.status !== 'drifted' || finding.steps.length === 0) return false;
  if (attempt === undefined) return true;
  if (isDependencyRestored(attempt, attempts)) return at >= attempt.at + retryDelayMs;
  if (attempt.result === 'elsewhere' && at >= attempt.until) return true;
  if (attempt.result === 'stale') return !isSameJson(finding.steps, attempt.steps);
  if (attempt.result === 'applied' && since !== null && since > attempt.at + clockSkewMs)
    return true;
  // The parts of a new trail become readable one after another.
  if (attempt.result === 'applied' && attempt.paths.has('')) return false;
  return pathsIn(finding).some((path) => !attempt.paths.has(path));
}

/**
 * Whether a dependency for which AWS refused the attempt was restored since, or shortly before: CloudTrail may not have seen it then.
 */
const isDependencyRestored = ({ refusedFor, at }: Attempt, attempts: Attempts): boolean =>
  [...refusedFor].some((kind) => {
    const repair = attempts.get(kind);
    return repair?.result === 'applied' && repair.until > at;
  });

/** Before what was refused is tried again, in milliseconds. */
const retryDelayMs = 500;

/** The difference between our clock and CloudTrail's. */
const clockSkewMs = 1000;

function isPending(
  { finding, at }: Reading,
  attempt: Attempt | undefined,
  attempts: Attempts,
): boolean {
  if (attempt === undefined) return false;
  if (isDependencyRestored(attempt, attempts)) return at < attempt.at + retryDelayMs;
  if (attempt.result === 'failed' || at >= attempt.until) return false;
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

/** Adds what was read of some kinds, or of all, to what was found before. Drift stays found. */
export const foundSoFar = (
  before: Readings,
  latest: Readings,
  kinds: ReadonlySet<string> = new Set(latest.keys()),
): Readings =>
  new Map([
    ...before,
    ...[...latest]
      .filter(([kind]) => kinds.has(kind))
      .map(([kind, reading]): [string, Reading] => [
        kind,
        { ...reading, finding: withEarlier(reading.finding, before.get(kind)?.finding) },
      ]),
  ]);

function withEarlier(now: Finding, before: Finding = now): Finding {
  if (now.status !== 'drifted') return before;
  if (before.status !== 'drifted') return now;
  const paths = new Set(before.changes.map(({ path }) => path));
  const changes = now.changes.filter(({ path }) => !paths.has(path));
  const steps = now.steps.filter((step) => !before.steps.some((other) => isSameJson(other, step)));
  if (changes.length === 0) return before;
  return {
    ...before,
    changes: [...before.changes, ...changes],
    steps: [...before.steps, ...steps],
  };
}

/** An attempt before its time is known. */
export type NewAttempt = Omit<Attempt, 'at' | 'until'>;

/** Adds attempts that were made at a time: reads may miss them until another. */
export const withAttempts = (
  before: Attempts,
  made: ReadonlyMap<string, NewAttempt>,
  times: Pick<Attempt, 'at' | 'until'>,
): Attempts =>
  new Map([
    ...before,
    ...[...made].map(([kind, attempt]): [string, Attempt] => {
      const paths = new Set([...(before.get(kind)?.paths ?? []), ...attempt.paths]);
      return [kind, { ...attempt, ...times, paths }];
    }),
  ]);

const isSameJson = (one: object, other: object): boolean => isSame(one as Json, other as Json);
