import { isTransient, messageOf, nameOf } from '#aws/errors.ts';
import { regionsOf } from '#aws/partitions.ts';
import { names } from '#aws/resource-names.ts';
import type { Guarded } from '#baseline/known-trail.ts';
import { eventAffectsTrail } from '#baseline/matches-event.ts';
import type { TriggerEvents } from '#drift/kind.ts';
import type { TimeRange } from '#gaps/history.ts';
import { readRecord } from '#trail/recorded-call.ts';
import { parseTrailArn, type TrailArn, trailArn } from '#trail/trail-arn.ts';
import type { Lookup } from './event-history.ts';
import type { Backfill } from './job-deps.ts';
import { type BackfillState, historyLag, isAbandoned, type Progress } from './job-state.ts';
import { compileReport } from './report.ts';
import { type KeptRecord, StaleStateError } from './report-store.ts';
import {
  type BackfillPayload,
  checkRequest,
  InvalidPayloadError,
  parseBackfill,
  reportKey,
} from './request.ts';

/** The result of an invocation: the key and progress of the report, or why the payload is refused. */
export type BackfillAnswer = Pick<BackfillState, 'problem' | 'progress'> & {
  readonly report: string;
  readonly status: BackfillState['status'] | 'refused';
};

/**
 * Starts a backfill, joins one that is running or done, or continues one. An invalid payload is refused in the result and is no
 * error: Lambda would retry it in vain and keep it as a dead letter.
 */
export async function runBackfill(payload: unknown, backfill: Backfill): Promise<BackfillAnswer> {
  try {
    const { request, resume } = parseBackfill(payload);
    const state =
      resume === null
        ? await start(request, backfill)
        : await proceed(resume.report, resume.version, backfill);
    return answerOf(state);
  } catch (error) {
    if (error instanceof InvalidPayloadError) return refuse(payload, error, backfill);
    throw error;
  }
}

const answerOf = ({ key, status, problem, progress }: BackfillState): BackfillAnswer => ({
  report: key,
  status,
  problem,
  progress,
});

/** Stores the refusal under its key, for a caller that waits for the report. Keeps the results of an earlier run. */
async function refuse(
  payload: unknown,
  { message: problem }: InvalidPayloadError,
  { reports, guard }: Backfill,
): Promise<BackfillAnswer> {
  const key = reportKey(payload);
  guard.logger.warn('the payload cannot be used', { report: key, problem });
  const seen = await reports.state(key);
  const now = guard.now().toISOString();
  const refused = { ...blank(key, now), status: 'failed', problem } as const;
  if (seen === null || seen.status === 'failed') {
    await reports.save(refused, seen).catch(unlessLost);
  }
  return { report: key, status: 'refused', problem, progress: refused.progress };
}

const blank = (key: string, now: string): Omit<BackfillState, 'version'> => ({
  key,
  request: null,
  status: 'running',
  problem: null,
  trails: [],
  run: 0,
  startedAt: now,
  updatedAt: now,
  progress: { lookupsDone: 0, lookups: 0, lookup: null, pages: 0, calls: 0 },
  token: null,
  owner: null,
  failures: 0,
  parts: 0,
  mayGrow: false,
});

function unlessLost(error: unknown): void {
  if (!(error instanceof StaleStateError)) throw error;
}

/**
 * Joins a running backfill, or returns a final report. Otherwise hands the work to another invocation, so that the caller gets an
 * answer at once.
 */
async function start(
  request: BackfillPayload['request'],
  backfill: Backfill,
): Promise<BackfillState> {
  const { guard, reports } = backfill;
  const key = reportKey(request.trails === null ? { ...request, trails: undefined } : request);
  const seen = await reports.state(key);
  const now = guard.now();
  if (seen?.status === 'running' && !isAbandoned(seen, now)) return seen;
  const trails = selected(await backfill.baselines.list(), request.trails);
  const isAbout = JSON.stringify(seen?.trails) === JSON.stringify(trails);
  if (seen?.status === 'done' && !seen.mayGrow && isAbout) return seen;
  checkRequest(request, guard.mode, now);

  const lookups = lookupsOf(trails, backfill.hints);
  const isGoingOn = seen?.status === 'running' && isAbout;
  const begun: Omit<BackfillState, 'version'> = {
    ...blank(key, now.toISOString()),
    request,
    trails,
    run: (seen?.run ?? 0) + 1,
    progress: progressOf(lookups, { lookupsDone: 0, pages: 0, calls: 0 }),
    mayGrow: now.getTime() < Date.parse(request.to) + historyLag,
  };
  const next = isGoingOn ? { ...seen, updatedAt: now.toISOString(), failures: 0 } : begun;
  try {
    const state = await reports.save(next, seen);
    return await begin(state, backfill);
  } catch (error) {
    unlessLost(error);
    return (await reports.state(key)) ?? start(request, backfill);
  }
}

/** Marks the backfill as failed if no invocation can be started. */
async function begin(state: BackfillState, backfill: Backfill): Promise<BackfillState> {
  try {
    await handOver(state, backfill);
    return state;
  } catch (error) {
    const problem = messageOf(error);
    await backfill.reports.save({ ...state, status: 'failed', problem }, state);
    throw error;
  }
}

/** Lets another invocation continue. */
const handOver = (state: BackfillState, { goOn }: Backfill): Promise<void> =>
  goOn(resumption(state)).catch((error: unknown) => {
    throw new StepError('the next invocation cannot be started', 'lambda:InvokeFunction', error);
  });

/** The selected trails, sorted. */
function selected(
  guarded: readonly Guarded[],
  named: readonly TrailArn[] | null,
): readonly TrailArn[] {
  const known = guarded.map(({ trail }) => trail);
  const problems = (named ?? [])
    .map((trail, i) => ({ trail, i }))
    .filter(({ trail }) => !known.includes(trail))
    .map(
      ({ trail, i }) => `trails.${i}: ${trail} is not guarded: npx trailkeeper capture ${trail}`,
    );
  if (problems.length > 0) throw new InvalidPayloadError(problems.join('; '));
  if (known.length === 0) {
    throw new InvalidPayloadError('trails: none is guarded: npx trailkeeper capture TRAIL_ARN');
  }
  const all = known.flatMap((trail) => trailArn.safeParse(trail).data ?? []);
  return (named ?? all).toSorted();
}

const resumption = ({ key, request, version }: BackfillState): object => {
  const { trails, ...rest } = request ?? { trails: null };
  return { ...rest, ...(trails && { trails }), resume: { report: key, version } };
};

/** The calls after which a trail may have drifted, each in every Region that records it for one of the trails. */
function lookupsOf(
  trails: readonly TrailArn[],
  hints: readonly TriggerEvents[],
): readonly Lookup[] {
  const regions = trails.map((trail) => parseTrailArn(trail).region);
  const lookups = hints.flatMap(({ eventSource, eventNames }) =>
    regionsOf(eventSource, regions).flatMap((region) =>
      eventNames.map((eventName) => ({ region, eventName })),
    ),
  );
  const byName = new Map(lookups.map((lookup) => [`${lookup.region} ${lookup.eventName}`, lookup]));
  return [...byName]
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([, lookup]) => lookup);
}

function progressOf(
  lookups: readonly Lookup[],
  done: Pick<Progress, 'lookupsDone' | 'pages' | 'calls'>,
): Progress {
  const next = lookups[done.lookupsDone];
  const lookup = next === undefined ? null : `${next.eventName} in ${next.region}`;
  return { ...done, lookups: lookups.length, lookup };
}

/**
 * Goes on where a backfill was left, until it is done or the time is nearly over; then another invocation goes on. Every page
 * is kept as it comes, and each page is another version: of two invocations that are at the same, one stops.
 */
async function proceed(key: string, version: number, backfill: Backfill): Promise<BackfillState> {
  const { guard, owner, reports } = backfill;
  const left = await reports.state(key);
  if (left === null) {
    throw new InvalidPayloadError(`resume.report: there is none of this key: leave resume out`);
  }
  const isMine = left.version === version || left.owner === owner || isAbandoned(left, guard.now());
  if (left.status !== 'running' || !isMine) {
    guard.logger.info('the backfill went on already', { report: key, status: left.status });
    return left;
  }
  let state = left;
  try {
    state = await reports.save({ ...left, owner, updatedAt: guard.now().toISOString() }, left);
    return await advance(state, backfill, (next) => {
      state = next;
    });
  } catch (error) {
    if (error instanceof StaleStateError) return (await reports.state(key)) ?? state;
    return setback(error, state, backfill);
  }
}

async function advance(
  begun: BackfillState,
  backfill: Backfill,
  onProgress: (state: BackfillState) => void,
): Promise<BackfillState> {
  const { guard, reports, remainingMs } = backfill;
  const lookups = lookupsOf(begun.trails, backfill.hints);
  let state = begun;
  if (state.progress.lookups !== lookups.length) {
    // Another version of trailkeeper was deployed meanwhile, which looks for other calls.
    const progress = progressOf(lookups, { ...state.progress, lookupsDone: 0 });
    state = { ...state, progress, token: null };
  }
  const guarded = (await backfill.baselines.list()).filter(({ trail }) =>
    state.trails.some((meant) => meant === trail),
  );
  while (state.progress.lookupsDone < lookups.length) {
    state = await turnPage(state, { lookups, guarded }, backfill);
    onProgress(state);
    if (remainingMs() < reserveMs) {
      await handOver(state, backfill);
      return state;
    }
  }
  const report = await compileReport(state, backfill);
  const parts = await reports.write(state.key, state.run, report);
  guard.logger.info('the backfill is done', { report: state.key, progress: state.progress });
  const done = { ...state, status: 'done', problem: null, owner: null, parts } as const;
  return reports.save({ ...done, updatedAt: guard.now().toISOString() }, state);
}

/** What compiling the report, and restoring what is still drifted, may take: as long as a sweep. */
const reserveMs = 120_000;

/**
 * How many calls a report can hold, and pages be read for it, some 28 hours of them: anyone who makes more wants it to be
 * unreadable. It also ends a loop, which Lambda lets this function go on with.
 */
const most = { calls: 20_000, pages: 100_000 };

/** Reads one page of event history, keeps what touched one of the trails, and then the pace. */
async function turnPage(
  state: BackfillState,
  { lookups, guarded }: { lookups: readonly Lookup[]; guarded: readonly Guarded[] },
  { guard, history, reports, turns, hints, lookupsPerSecond, pause }: Backfill,
): Promise<BackfillState> {
  const { key, request, progress } = state;
  const lookup = lookups[progress.lookupsDone];
  if (lookup === undefined || request === null) throw new Error(`${key} has nothing to look up`);
  const turn = await turns.take(guard.now(), 1000 / lookupsPerSecond);
  await pause(Math.max(0, turn.getTime() - guard.now().getTime()));

  const page = await history
    .page(lookup, lookedUp(state, request), state.token)
    .catch((error: unknown) => {
      if (state.token === null || nameOf(error) !== 'InvalidNextTokenException') {
        const step = `lookup of ${lookup.eventName} in ${lookup.region}`;
        throw new StepError(step, 'cloudtrail:LookupEvents', error);
      }
      // Tokens do not last for ever: the lookup begins again, and what it finds again is kept once.
      guard.logger.warn('the lookup begins again: its token is not taken any more', { ...lookup });
      return { records: [], next: 'again' as const };
    });
  const found = page.records.flatMap((record) => relevant(record, guarded, hints));
  await reports.keepCalls(key, found);
  const calls = progress.calls + found.length;
  const pages = progress.pages + 1;
  if (calls > most.calls || pages > most.pages) {
    throw new TooMuchError(
      `from, to: the window holds more than ${calls > most.calls ? `${most.calls} calls about the trails` : `${most.pages} pages of calls`}: choose a shorter one`,
    );
  }
  const isOver = page.next === null;
  return reports.save(
    {
      ...state,
      token: page.next === 'again' ? null : page.next,
      progress: progressOf(lookups, {
        lookupsDone: progress.lookupsDone + (isOver ? 1 : 0),
        pages,
        calls,
      }),
      problem: null,
      failures: 0,
      updatedAt: guard.now().toISOString(),
    },
    state,
  );
}

/** The window without what is in the future. Tokens are taken for the same window only: it stays as it was at the start. */
const lookedUp = ({ startedAt }: BackfillState, { from, to }: TimeRange): TimeRange => ({
  from,
  to: to < startedAt ? to : startedAt.replace(/\.\d+Z$/, '.000Z'),
});

/** A record that is about one of the trails, or cannot be read. Calls of other services may have the same name. */
function relevant(
  record: unknown,
  guarded: readonly Guarded[],
  hints: readonly TriggerEvents[],
): readonly KeptRecord[] {
  try {
    const { at, cause, event, eventSource } = readRecord(record);
    const isHint = hints.some(
      (hint) => hint.eventSource === eventSource && hint.eventNames.includes(cause.eventName),
    );
    const isAbout = guarded.some((one) => eventAffectsTrail(one, event));
    return isHint && isAbout ? [{ at, eventId: cause.eventId, record }] : [];
  } catch {
    return [{ at: '1970-01-01T00:00:00Z', eventId: null, record }];
  }
}

/** A call to AWS that failed; the message says which, and what to do where it was denied. */
class StepError extends Error {
  override readonly name = 'StepError' as const;

  constructor(step: string, permission: string, cause: unknown) {
    const remedy = isDenial(cause)
      ? `: give the role ${names.reconcileRole} its permission ${permission} back (npx cdk deploy --all --revert-drift), then start the backfill again`
      : '';
    super(`${step}: ${nameOf(cause)}: ${messageOf(cause)}${remedy}`, { cause });
  }
}

const isDenial = (error: unknown): boolean => /^(AccessDenied|Unauthorized)/.test(nameOf(error));

class TooMuchError extends Error {
  override readonly name = 'TooMuchError' as const;
}

/**
 * A failure that passes is tried again, as often as Lambda does, from the last page on. Any other one is final. Either is reported
 * in the state, where anyone who waits sees it. A denial is someone's doing: the function fails by it, so that its alarm rings, and the
 * retry finds that the backfill is over.
 */
async function setback(
  error: unknown,
  state: BackfillState,
  { guard, reports, retries }: Backfill,
): Promise<BackfillState> {
  const failures = state.failures + 1;
  const cause = error instanceof StepError ? error.cause : error;
  const isFinal = failures > retries || !isTransient(cause);
  const problem = messageOf(error);
  guard.logger.error(isFinal ? 'the backfill failed' : 'the backfill is held up', {
    report: state.key,
    problem,
  });
  const updatedAt = guard.now().toISOString();
  const status = isFinal ? 'failed' : 'running';
  const reported = await reports.save({ ...state, status, problem, failures, updatedAt }, state);
  if (isFinal && !isDenial(cause)) return reported;
  throw error;
}
