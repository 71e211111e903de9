import { setTimeout } from 'node:timers/promises';
import { isActive, type MaintenanceWindow } from '#reconcile/maintenance-window.ts';
import type { Plan } from '#reconcile/plan.ts';
import { suppressSteps } from '#reconcile/suppress-steps.ts';
import type { TrailArn } from '#trail/trail-arn.ts';
import type { ControllerDeps } from './controller-deps.ts';
import { problemsIn } from './finding-key.ts';
import type { RunContext } from './trail-run.ts';
import { emptyStatus, isClaimed, type TrailStatus } from './trail-status.ts';

/** What is read beside the first observation of a trail: its status and its maintenance windows. */
export type Surroundings = {
  /** Null if it could not be read in time. */
  readonly status: Promise<TrailStatus | null>;
  /** The windows in force, for their notices; null if they could not be read. */
  readonly windows: Promise<readonly MaintenanceWindow[] | null>;
  /** A plan without the steps that a window or the backoff suppresses. */
  suppress(plan: Plan): Promise<Plan>;
  /** The kinds of a plan whose drift other runs are restoring; `isLater`: they may have begun since the status was loaded. */
  claimed(plan: Plan, isLater: boolean): Promise<ReadonlySet<string>>;
};

/** The first write waits for these reads no longer than for an observation: what cannot be read in time suppresses nothing. */
export function readSurroundings(trail: TrailArn, { run, row, deps }: RunContext): Surroundings {
  const status = within(patienceMs, row.load());
  const active = activeWindows(trail, deps);
  const suspending = within(patienceMs, active);
  return {
    status,
    windows: within(noticePatienceMs, active),
    async suppress(plan) {
      const windows = (await suspending) ?? [];
      const repairs = run.call === null ? null : ((await status)?.repairs ?? null);
      return suppressSteps(plan, { windows, repairs }, deps.rules, deps.now());
    },
    async claimed(plan, isLater) {
      // A sweep that found drift has time to ask again; the first write after an event does not wait for it.
      const isWorthARead = isLater || run.call === null;
      const latest = isWorthARead ? await within(patienceMs, row.load()) : null;
      const known = latest ?? (await status) ?? emptyStatus;
      return claimedKinds(plan, known, { run, at: deps.now().toISOString() });
    },
  };
}

async function activeWindows(
  trail: TrailArn,
  { windows, rules, now }: ControllerDeps,
): Promise<readonly MaintenanceWindow[]> {
  const stored = await windows.list(now(), trail);
  return stored.flatMap((one) => {
    const isOver = 'error' in one || one.ended !== null;
    return isOver || !isActive(one.window, now(), rules.maxWindowHours) ? [] : [one.window];
  });
}

/** The kinds of a plan whose every problem another run repairs. */
export function claimedKinds(
  plan: Plan,
  status: TrailStatus,
  { run, at }: { readonly run: Pick<RunContext['run'], 'run' | 'call'>; readonly at: string },
): ReadonlySet<string> {
  const asker = { run: run.run, at, calledAt: run.call?.at ?? null };
  const byKind = Map.groupBy(problemsIn(null, plan), ({ kind }) => kind);
  const claimed = [...byKind].filter(([, problems]) =>
    problems.every((problem) => isClaimed(status, problem.fingerprint, asker)),
  );
  return new Set(claimed.map(([kind]) => kind));
}

/** What a read gives in time; null if it fails or takes longer. */
const within = <Read>(ms: number, read: Promise<Read>): Promise<Read | null> =>
  Promise.race([read, setTimeout(ms, null, { ref: false })]).catch(() => null);

/** In milliseconds. */
const patienceMs = 2000;
/** Notices of windows can wait: an attacker may have written more rows than can be read in time. */
const noticePatienceMs = 8000;
