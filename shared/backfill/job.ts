import { InvalidPayloadError } from '#aws/errors.ts';
import type { BackfillDeps } from './backfill-deps.ts';
import { handOver, reportFailure } from './job-end.ts';
import { start } from './job-start.ts';
import {
  type BackfillRequest,
  type BackfillState,
  progressOf,
  type StartedBackfill,
} from './job-state.ts';
import { isRead, readPages } from './read-history.ts';
import { compileReport } from './report.ts';
import { parseBackfill, requestKey } from './request.ts';

/** The result of an invocation; or why the payload is refused. */
export type BackfillAnswer =
  | StartedBackfill
  | { readonly status: 'refused'; readonly problem: string };

/**
 * Starts a backfill, joins one that is running or done, or continues one. An invalid payload is refused in the result and is no
 * error: Lambda would retry it in vain and keep it as a dead letter.
 */
export async function runBackfill(payload: unknown, deps: BackfillDeps): Promise<BackfillAnswer> {
  try {
    const { request, isResumed } = parseBackfill(payload);
    return answerOf(isResumed ? await resume(request, deps) : await start(request, deps));
  } catch (error) {
    if (!(error instanceof InvalidPayloadError)) throw error;
    const { message: problem } = error;
    deps.controller.logger.warn('the payload cannot be used', { problem });
    return { status: 'refused', problem };
  }
}

/**
 * Continues a backfill until it is done or the time is nearly over; then another invocation continues. Each page of event history
 * is a new version of the state: of two invocations that work on the same backfill, one stops.
 */
async function resume(request: BackfillRequest, deps: BackfillDeps): Promise<BackfillState> {
  const key = requestKey(request);
  const state = await deps.reports.state(key);
  if (state === null) throw new InvalidPayloadError('resume: start the backfill without it');
  if (state.status !== 'running') return state;
  try {
    if (isRead(state)) return await finish(state, deps);
    const read = await readPages(state, deps, () => deps.remainingMs() > reserveMs);
    return deps.remainingMs() > reserveMs ? await finish(read, deps) : await handOver(read, deps);
  } catch (error) {
    return reportFailure(error, key, deps);
  }
}

/** In milliseconds: as long as it may take to compile the report and restore what is still drifted. */
const reserveMs = 120_000;

async function finish(state: BackfillState, deps: BackfillDeps): Promise<BackfillState> {
  const { controller, reports } = deps;
  const report = await compileReport(state, deps);
  const parts = await reports.write(state.key, state.run, report);
  const updatedAt = controller.now().toISOString();
  const done = { ...state, status: 'done', problem: null, parts, updatedAt } as const;
  controller.logger.info('the backfill is done', {
    report: state.key,
    progress: progressOf(state),
  });
  return reports.save(done, state);
}

const answerOf = (state: BackfillState): StartedBackfill => ({
  report: state.key,
  status: state.status,
  problem: state.problem,
  progress: progressOf(state),
});
