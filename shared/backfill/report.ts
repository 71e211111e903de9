import { messageOf } from '#aws/errors.ts';
import { calledByRole } from '#trail/api-call.ts';
import { readRecord } from '#trail/recorded-call.ts';
import type { BackfillDeps } from './backfill-deps.ts';
import {
  type BackfillReport,
  type BackfillState,
  reachesUpTo,
  type TrailReport,
} from './job-state.ts';
import { lastCause } from './last-cause.ts';
import { renderBackfill } from './render-report.ts';
import { observeNow, restore } from './repair.ts';
import { type FoundCalls, type TrailInput, trailHistory } from './trail-history.ts';

/** Compiles the report, and restores current drift if the request and the deployment ask for it. */
export async function compileReport(
  state: BackfillState,
  deps: BackfillDeps,
): Promise<BackfillReport> {
  const { key, request, mayGrow } = state;
  const { from, to, mode } = request;
  const all = await deps.baselines.list();
  const found = await foundCalls(key, deps);
  const trails = await Promise.all(
    state.trails.map((trail) => {
      const protectedTrail = all.find((one) => one.trail === trail);
      return reportTrail({ trail, protectedTrail, found, window: { from, to } }, state, deps);
    }),
  );
  const report = { from, to, mode, mayGrow, trails };
  return { ...report, text: renderBackfill(report) };
}

/** A repair is stored as soon as it is done: if the report fails, the next attempt finds the trail in sync. */
async function reportTrail(
  input: TrailInput,
  state: BackfillState,
  deps: BackfillDeps,
): Promise<TrailReport> {
  const { trail, protectedTrail, window } = input;
  const { controller, reports } = deps;
  const isEnforcing = state.request.mode === 'enforce' && controller.mode === 'enforce';
  const repaired = isEnforcing ? await reports.repair(state.key, state.run, trail) : null;
  const { findings, now } = repaired ?? (await observeNow(protectedTrail, deps));
  const isInWindow = reachesUpTo(window, controller.now());
  const past = await trailHistory(input, { findings, isInWindow }, deps);
  const version =
    protectedTrail !== undefined && 'baseline' in protectedTrail
      ? protectedTrail.baseline.version
      : null;
  if (
    !isEnforcing ||
    repaired !== null ||
    protectedTrail === undefined ||
    now.verdict !== 'drifted'
  ) {
    return { trail, version, ...past, now };
  }
  const cause = isInWindow ? lastCause(past, findings) : null;
  const restored = await restore(protectedTrail, cause, now, deps);
  await reports.keepRepair(state.key, state.run, trail, { findings, now: restored });
  return { trail, version, ...past, now: restored };
}

/** The stored calls; the calls by our role count as ours. */
async function foundCalls(key: string, { reports, ownRoles }: BackfillDeps): Promise<FoundCalls> {
  const calls: FoundCalls['calls'][number][] = [];
  const unreadable: string[] = [];
  for await (const record of reports.calls(key)) {
    try {
      const { cause, ...call } = readRecord(record);
      const selfTriggered = calledByRole(cause, ownRoles);
      calls.push({ ...call, cause: { ...cause, selfTriggered } });
    } catch (error) {
      unreadable.push(`a record cannot be read: ${messageOf(error)}`);
    }
  }
  return { calls, unreadable };
}
