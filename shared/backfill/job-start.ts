import { InvalidPayloadError, messageOf } from '#aws/errors.ts';
import type { ProtectedTrail } from '#baseline/known-trail.ts';
import { type TrailArn, trailArn } from '#trail/trail-arn.ts';
import type { BackfillDeps } from './backfill-deps.ts';
import { handOver } from './job-end.ts';
import { type BackfillRequest, type BackfillState, historyLag, isAbandoned } from './job-state.ts';
import { lookupsOf } from './read-history.ts';
import { StaleStateError } from './report-store.ts';
import { checkRequest, requestKey } from './request.ts';

/**
 * Joins a running backfill, or returns a final report. Otherwise hands the work to another invocation, so that the caller gets an
 * answer at once.
 */
export async function start(request: BackfillRequest, deps: BackfillDeps): Promise<BackfillState> {
  const { controller, reports } = deps;
  const key = requestKey(request);
  const before = await reports.state(key);
  const now = controller.now();
  if (before?.status === 'running' && !isAbandoned(before, now)) return before;
  const trails = selected(await deps.baselines.list(), request.trails);
  const isAbout = JSON.stringify(before?.trails) === JSON.stringify(trails);
  if (before?.status === 'done' && !before.mayGrow && isAbout) return before;
  checkRequest(request, controller.mode, now);

  const begun: Omit<BackfillState, 'version'> = {
    ...{ key, request, status: 'running', problem: null, trails },
    run: (before?.run ?? 0) + 1,
    startedAt: now.toISOString(),
    updatedAt: now.toISOString(),
    lookups: lookupsOf(trails, deps.triggers),
    ...{ lookupsDone: 0, pages: 0, calls: 0, token: null, failures: 0, parts: 0 },
    mayGrow: now.getTime() < Date.parse(request.to) + historyLag,
  };
  const isContinued = before?.status === 'running' && isAbout;
  const next = isContinued ? { ...before, updatedAt: now.toISOString(), failures: 0 } : begun;
  try {
    return await begin(await reports.save(next, before), deps);
  } catch (error) {
    if (!(error instanceof StaleStateError)) throw error;
    return (await reports.state(key)) ?? start(request, deps);
  }
}

/** Marks the backfill as failed if no invocation can be started. */
async function begin(state: BackfillState, deps: BackfillDeps): Promise<BackfillState> {
  try {
    return await handOver(state, deps);
  } catch (error) {
    await deps.reports.save({ ...state, status: 'failed', problem: messageOf(error) }, state);
    throw error;
  }
}

/** The selected trails, sorted; all protected trails if none is named. */
function selected(
  protectedTrails: readonly ProtectedTrail[],
  named: readonly TrailArn[] | null,
): readonly TrailArn[] {
  const known = protectedTrails.map(({ trail }) => trail);
  const problems = (named ?? []).flatMap((trail, i) =>
    known.includes(trail)
      ? []
      : [`trails.${i}: ${trail} is not protected: npx --no -- trailkeeper capture ${trail}`],
  );
  if (problems.length > 0) throw new InvalidPayloadError(problems.join('; '));
  if (known.length === 0) {
    throw new InvalidPayloadError(
      'trails: none is protected: npx --no -- trailkeeper capture TRAIL_ARN',
    );
  }
  const all = known.flatMap((trail) => trailArn.safeParse(trail).data ?? []);
  return (named ?? all).toSorted();
}
