import type { Baseline } from '#baseline/baseline.ts';
import { isRestored } from '#baseline/policy.ts';
import type { DriftKind } from '#drift/kind.ts';
import { type Applied, apply } from './apply.ts';
import { type ObservedRun, observeKinds, planIn } from './observe-kinds.ts';
import type { AppliedStep, Mode, Outcome } from './outcome.ts';
import { isOfMissingTrail, type Plan, planOf } from './plan.ts';
import {
  type Attempts,
  foundSoFar,
  freshIn,
  pendingIn,
  type Readings,
  withAttempts,
} from './read-back.ts';

export type Reconcile = Omit<ObservedRun, 'baseline'> & {
  readonly mode: Mode;
  readonly sleep: (ms: number) => Promise<unknown>;
  /** For how long a read may miss a write, in milliseconds. */
  readonly readLagMs: number;
  /** The write that triggered this run: reads may not show it yet. */
  readonly expected?: Expected | null;
  /** Called with each step once attempted. */
  readonly onStep?: (step: AppliedStep) => void;
  /**
   * Applies the steps that are due, given all that was found so far; `apply` unless the caller does more beside it. `isLater` unless the
   * first observation found them.
   */
  readonly repair?: (due: Plan, found: Plan, isLater: boolean) => Promise<Applied>;
};

/** A write that reads may not show yet. */
export type Expected = {
  /** The kinds that it can have changed. */
  readonly kinds: ReadonlySet<string>;
  /** Until when reads may miss it, in milliseconds. */
  readonly until: number;
  /** Whether a plan holds what it can have done. */
  isIn(plan: Plan): Promise<boolean>;
};

/** How far a run has come. */
type Progress = {
  readonly readings: Readings;
  readonly attempts: Attempts;
  /** All drift that was found so far, whether it is left or not. */
  readonly found: Readings;
  readonly applied: readonly AppliedStep[];
  /** How often it wrote. */
  readonly rounds: number;
  /** How often it has paused since. */
  readonly pauses: number;
};

/**
 * Brings one trail to its baseline: observe, plan, apply, verify. An event decides for how long to observe, never what is found.
 *
 * The first write waits only for the kinds that can be restored. Reads lag behind writes. So a write is verified by reading until it
 * shows, and is not sent again meanwhile; and nothing counts as in sync before an expected write had the time to show.
 */
export async function reconcile(baseline: Baseline, options: Reconcile): Promise<Outcome> {
  const run = { baseline, ...options };
  const reported = observeKinds(
    run,
    run.kinds.filter((kind) => !isRestorable(run, kind)),
  );
  const restorable = await observeKinds(
    run,
    run.kinds.filter((kind) => isRestorable(run, kind)),
  );
  let progress = await restoreDue(run, seen(start, restorable), reported);
  for (;;) {
    const open = await openIn(run, progress);
    if (open.size === 0) return outcomeOf(run, await confirmReported(run, progress));
    await run.sleep(pausesMs[Math.min(progress.pauses, pausesMs.length - 1)] ?? 0);
    progress = await restoreDue(run, await observeOpen(run, progress, open));
  }
}

type Run = Reconcile & ObservedRun;

const start: Progress = {
  readings: new Map(),
  attempts: new Map(),
  found: new Map(),
  applied: [],
  rounds: 0,
  pauses: 0,
};

/** How often to write at most, if the trail changes while we do. */
const mostRounds = 3;

/** Between two observations; the last one again and again. */
const pausesMs = [500, 1000, 2000];

/** Whether a kind can be repaired. A trail that is gone is restored whole, whatever the policy says of its parts. */
const isRestorable = ({ baseline: { policy } }: Run, kind: DriftKind): boolean =>
  kind.permissions.repair.length > 0 && (!kind.isOutsideTrail || isRestored(policy, kind));

/** The kinds whose readings may change without another write. */
async function openIn(
  run: Run,
  { readings, attempts, found }: Progress,
): Promise<ReadonlySet<string>> {
  const { expected = null } = run;
  const pending = pendingIn(readings, attempts);
  if (expected === null || (await expected.isIn(planIn(run, found)))) return pending;
  const early = [...expected.kinds].filter(
    (kind) => (readings.get(kind)?.at ?? Number.POSITIVE_INFINITY) < expected.until,
  );
  return new Set([...pending, ...early]);
}

/** Writes drift that no attempt covers yet, and reads it back, until there is none. `meanwhile` are readings that no write waits for. */
async function restoreDue(
  run: Run,
  before: Progress,
  meanwhile: Promise<Readings> | null = null,
): Promise<Progress> {
  const { repair = (plan) => apply(plan, run) } = run;
  const { readings, rounds } = before;
  const fresh = freshIn(readings, before.attempts);
  if (run.mode === 'observe' || rounds === mostRounds || fresh.size === 0) {
    return seen(before, (await meanwhile) ?? new Map());
  }
  const found = foundSoFar(before.found, readings, fresh);
  const due = planOf(planIn(run, readings), fresh);
  const { steps, attempts: made } = await repair(due, planIn(run, found), meanwhile === null);
  const at = run.now().getTime();
  const attempts = withAttempts(before.attempts, made, { at, until: at + run.readLagMs });
  const applied = [...before.applied, ...steps];
  const after = seen({ ...before, found, attempts, applied }, (await meanwhile) ?? new Map());
  if (steps.length === 0) return after;
  return restoreDue(run, await readBack(run, { ...after, rounds: rounds + 1, pauses: 0 }));
}

/**
 * Reads again what was written or was not in sync, and the dependencies for which AWS refused a write; everything, if there is drift
 * that was not there before.
 */
async function readBack(run: Run, progress: Progress): Promise<Progress> {
  const { readings, attempts } = progress;
  const again = [...readings].filter(
    ([kind, { finding }]) => attempts.has(kind) || finding.status !== 'in-sync',
  );
  const refused = [...attempts.values()].flatMap(({ refusedFor }) => [...refusedFor]);
  const doubted = new Set([...refused, ...reportedDrift(run, readings)]);
  const due = new Set([...again.map(([kind]) => kind), ...doubted]);
  const latest = await observeAgain(run, readings, due, doubted);
  const isNew = freshIn(latest, attempts).size > 0;
  return { ...progress, readings: isNew ? await observeAgain(run, latest) : latest };
}

/** Observes the kinds that are open again; everything, if there is new drift or one of them is settled. */
async function observeOpen(
  run: Run,
  before: Progress,
  open: ReadonlySet<string>,
): Promise<Progress> {
  const readings = await observeAgain(run, before.readings, open);
  const progress = { ...seen(before, readings), pauses: before.pauses + 1 };
  const isNew = freshIn(readings, progress.attempts).size > 0;
  const isSettled = progress.attempts.size > 0 && (await openIn(run, progress)).size < open.size;
  if (!isNew && !isSettled) return progress;
  // What changed in one kind may have changed in the others, which were not read again.
  const everything = new Set(run.kinds.map(({ name }) => name));
  const doubted = reportedDrift(run, readings);
  return seen(progress, await observeAgain(run, readings, everything, doubted));
}

/**
 * Drift that is only reported may be a consequence of drift that another run has repaired after this run read it, such as failing
 * deliveries. So a run that repaired nothing reads it again before it reports it.
 */
async function confirmReported(run: Run, progress: Progress): Promise<Progress> {
  const { readings, attempts, found } = progress;
  const reported = reportedDrift(run, readings);
  if (attempts.size > 0 || reported.size === 0) return progress;
  const latest = await observeAgain(run, readings, reported, reported);
  const confirmed = [...latest].filter(([kind]) => reported.has(kind));
  return { ...progress, readings: latest, found: new Map([...found, ...confirmed]) };
}

/** The latest readings of all kinds, after some or all were observed again. */
async function observeAgain(
  run: Run,
  readings: Readings,
  only: ReadonlySet<string> = new Set(run.kinds.map(({ name }) => name)),
  doubted: ReadonlySet<string> = new Set(),
): Promise<Readings> {
  const kinds = run.kinds.filter(
    (kind) => only.has(kind.name) && canChange(run, kind, readings, doubted),
  );
  return new Map([...readings, ...(await observeKinds(run, kinds, doubted))]);
}

/** The kinds that drifted and are only reported: a repair of another kind can have ended that, such as failing deliveries. */
const reportedDrift = (run: Run, readings: Readings): ReadonlySet<string> =>
  new Set(
    run.kinds
      .filter((kind) => !isRestorable(run, kind))
      .map(({ name }) => name)
      .filter((name) => readings.get(name)?.finding.status === 'drifted'),
  );

/** What is only reported is read once, unless it is doubted, or the expected call can have changed it. */
function canChange(
  run: Run,
  kind: DriftKind,
  readings: Readings,
  doubted: ReadonlySet<string>,
): boolean {
  return (
    isRestorable(run, kind) ||
    doubted.has(kind.name) ||
    readings.get(kind.name)?.finding.status === 'unknown' ||
    isOfMissingTrail(planIn(run, readings), kind.name) ||
    (run.expected?.kinds.has(kind.name) ?? false)
  );
}

const seen = (progress: Progress, latest: Readings): Progress => ({
  ...progress,
  readings: new Map([...progress.readings, ...latest]),
  found: foundSoFar(progress.found, latest),
});

const outcomeOf = (run: Run, { found, applied, readings }: Progress): Outcome => ({
  mode: run.mode,
  plan: planIn(run, found),
  applied,
  verified: planIn(run, readings),
});
