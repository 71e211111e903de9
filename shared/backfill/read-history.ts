import { nameOf } from '#aws/errors.ts';
import { regionsOf } from '#aws/partitions.ts';
import type { ProtectedTrail } from '#baseline/known-trail.ts';
import { eventAffectsTrail } from '#baseline/matches-event.ts';
import type { TriggerEvents } from '#drift/kind.ts';
import type { TimeRange } from '#text/time.ts';
import { readRecord } from '#trail/recorded-call.ts';
import { parseTrailArn, type TrailArn } from '#trail/trail-arn.ts';
import type { BackfillDeps } from './backfill-deps.ts';
import type { HistoryPage, Lookup } from './event-history.ts';
import { StepError } from './job-end.ts';
import type { BackfillState } from './job-state.ts';
import type { KeptRecord } from './report-store.ts';

/** The calls after which a trail may have drifted, each in every Region that records it for one of the trails. */
export function lookupsOf(
  trails: readonly TrailArn[],
  triggers: readonly TriggerEvents[],
): readonly Lookup[] {
  const regions = trails.map((trail) => parseTrailArn(trail).region);
  const lookups = triggers.flatMap(({ eventSource, eventNames }) =>
    regionsOf(eventSource, regions).flatMap((region) =>
      eventNames.map((eventName) => ({ region, eventName })),
    ),
  );
  const byName = new Map(lookups.map((lookup) => [`${lookup.region} ${lookup.eventName}`, lookup]));
  return [...byName]
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([, lookup]) => lookup);
}

export const isRead = ({ lookups, lookupsDone }: BackfillState): boolean =>
  lookupsDone === lookups.length;

/** Reads pages of event history, at least one, while there is time. Each page is a new version of the state. */
export async function readPages(
  begun: BackfillState,
  deps: BackfillDeps,
  hasTime: () => boolean,
): Promise<BackfillState> {
  const all = await deps.baselines.list();
  const protectedTrails = all.filter(({ trail }) => begun.trails.some((one) => one === trail));
  let state = begun;
  do {
    state = await readPage(state, protectedTrails, deps);
  } while (!isRead(state) && hasTime());
  return state;
}

/** Reads one page, stores the calls that concern one of the trails, and then the progress. */
async function readPage(
  state: BackfillState,
  protectedTrails: readonly ProtectedTrail[],
  deps: BackfillDeps,
): Promise<BackfillState> {
  const { key } = state;
  const lookup = state.lookups[state.lookupsDone];
  if (lookup === undefined) throw new Error(`${key} has no lookup left`);
  const { records, next } = await lookUp(lookup, state, deps);
  const found = records.flatMap((record) => relevant(record, protectedTrails, deps.triggers));
  await deps.reports.keepCalls(key, found);
  const calls = state.calls + found.length;
  const pages = state.pages + 1;
  checkSize(calls, pages);
  return deps.reports.save(
    {
      ...state,
      token: next === restarted ? null : next,
      lookupsDone: state.lookupsDone + (next === null ? 1 : 0),
      ...{ pages, calls },
      problem: null,
      failures: 0,
      updatedAt: deps.controller.now().toISOString(),
    },
    state,
  );
}

/** Waits for the rate limit, then reads the next page. Throws `StepError`. */
async function lookUp(
  lookup: Lookup,
  { request, startedAt, token }: BackfillState,
  { controller, history, rateLimiter, lookupsPerSecond, pause }: BackfillDeps,
): Promise<HistoryPage> {
  const turn = await rateLimiter.acquire(controller.now(), 1000 / lookupsPerSecond);
  await pause(Math.max(0, turn.getTime() - controller.now().getTime()));
  try {
    return await history.page(lookup, lookedUp(request, startedAt), token);
  } catch (error) {
    if (token === null || nameOf(error) !== 'InvalidNextTokenException') {
      const step = `lookup of ${lookup.eventName} in ${lookup.region}`;
      throw new StepError(step, 'cloudtrail:LookupEvents', error);
    }
    // Tokens expire. A call that is found again is stored once.
    controller.logger.warn('the lookup starts again: its token has expired', { ...lookup });
    return { records: [], next: restarted };
  }
}

/** In place of the token of the next page: the lookup starts again. */
const restarted = 'restarted';

/** The time range without the future. A token is valid for the same range only, so the range is that of the start. */
const lookedUp = ({ from, to }: TimeRange, startedAt: string): TimeRange => ({
  from,
  to: to < startedAt ? to : startedAt.replace(/\.\d+Z$/, '.000Z'),
});

/** A record that concerns one of the trails, or cannot be read. Calls of other services may have the same name. */
function relevant(
  record: unknown,
  protectedTrails: readonly ProtectedTrail[],
  triggers: readonly TriggerEvents[],
): readonly KeptRecord[] {
  try {
    const { at, cause, event, eventSource } = readRecord(record);
    const isTrigger = triggers.some(
      (one) => one.eventSource === eventSource && one.eventNames.includes(cause.eventName),
    );
    const isAbout = protectedTrails.some((one) => eventAffectsTrail(one, event));
    return isTrigger && isAbout ? [{ at, eventId: cause.eventId, record }] : [];
  } catch {
    // The report says that it cannot be read.
    return [{ at: '1970-01-01T00:00:00Z', eventId: null, record }];
  }
}

/**
 * The calls that a report can hold, and the pages that are read for it in about 28 hours: an attacker may make any number of
 * calls. It also ends the loop of invocations.
 */
const most = { calls: 20_000, pages: 100_000 };

/** Throws an error if the time range holds too much. */
function checkSize(calls: number, pages: number): void {
  if (calls <= most.calls && pages <= most.pages) return;
  const what =
    calls > most.calls ? `${most.calls} calls about the trails` : `${most.pages} pages of calls`;
  throw new Error(`from, to: the time range holds more than ${what}: choose a shorter one`);
}
