import type { Guarded } from '#aws/baseline-store.ts';
import { messageOf } from '#aws/errors.ts';
import type { BackfillReport, BackfillState, TrailNow, TrailReport } from '#core/backfill.ts';
import type { Baseline } from '#core/baseline.ts';
import { type Cause, causeOf, isBy } from '#core/cause.ts';
import { pastOf, type TrailPast } from '#core/gap.ts';
import type { Window } from '#core/history.ts';
import { verdict } from '#core/outcome.ts';
import { type RecordedCall, readRecord } from '#core/recorded-call.ts';
import { renderPlan } from '#core/render.ts';
import { renderBackfill } from '#core/render-backfill.ts';
import { parseTrailArn, type Trail, type TrailArn } from '#core/trail.ts';
import type { TrailEvent } from '#core/trail-event.ts';
import { describeFlip, type Flip } from '#core/watermark.ts';
import type { Backfill } from './backfill.ts';
import { isConcerned } from './concerned.ts';
import { guardTrails, NotRestoredError } from './guard.ts';
import { reconcile } from './reconcile.ts';

/** Puts together what was found, and reconciles what is still drifted where that is asked for and deployed. */
export async function compileReport(
  { key, request, trails, mayGrow }: BackfillState,
  backfill: Backfill,
): Promise<BackfillReport> {
  if (request === null) throw new Error(`${key} has no request`);
  const { from, to, mode } = request;
  const guarded = await backfill.baselines.list();
  const found = await foundCalls(key, backfill);
  const told = await Promise.all(
    trails.map(async (trail): Promise<TrailReport> => {
      const one = guarded.find((other) => other.trail === trail);
      const past = await pastOfTrail(trail, one, { found, window: { from, to } }, backfill);
      const isEnforcing = mode === 'enforce' && backfill.guard.mode === 'enforce';
      const now = await nowOf(one, isEnforcing ? lastCause(past) : null, isEnforcing, backfill);
      const version = one !== undefined && 'baseline' in one ? one.baseline.version : null;
      return { trail, version, ...past, now };
    }),
  );
  const report = { from, to, mode, mayGrow, trails: told };
  return { ...report, text: renderBackfill(report) };
}

type Found = {
  readonly calls: readonly (RecordedCall & { readonly event: TrailEvent })[];
  /** Why records could not be read. */
  readonly unreadable: readonly string[];
};

async function foundCalls(key: string, { reports, ownRole }: Backfill): Promise<Found> {
  const calls: Found['calls'][number][] = [];
  const unreadable: string[] = [];
  for await (const record of reports.calls(key)) {
    try {
      const call = readRecord(record);
      calls.push({ ...call, cause: { ...call.cause, isOwn: isBy(call.cause, ownRole) } });
    } catch (error) {
      unreadable.push(`a record can not be read: ${messageOf(error)}`);
    }
  }
  return { calls, unreadable };
}

async function pastOfTrail(
  arn: TrailArn,
  guarded: Guarded | undefined,
  { found, window }: { readonly found: Found; readonly window: Window },
  { guard, incidents }: Backfill,
): Promise<TrailPast> {
  const trail = parseTrailArn(arn);
  const seen = await incidents(arn, window);
  // Whoever takes our role is somebody else: incidents know what we wrote.
  const others = new Set(seen.causes.filter(({ isOwn }) => !isOwn).map(({ eventId }) => eventId));
  const recorded = found.calls
    .filter(({ event }) => guarded !== undefined && isConcerned(guarded, event))
    .map((call) =>
      others.has(call.cause.eventId) ? { ...call, cause: { ...call.cause, isOwn: false } } : call,
    );
  const known = new Set(recorded.map(({ cause }) => cause.eventId));
  const heard = seen.causes.filter(({ eventId }) => !known.has(eventId)).flatMap(callOf);
  const flipped = seen.flips.filter(({ how, isFromKnown }) => how === 'stopped' && isFromKnown);
  const inferred = flipped.flatMap((flip) => callsOfFlip(flip, trail, [...recorded, ...heard]));
  const calls = [
    ...recorded,
    ...[...heard, ...inferred].filter(({ at }) => at >= window.from && at <= window.to),
  ];
  const baseline = guarded !== undefined && 'baseline' in guarded ? guarded.baseline : null;
  const { gaps, unknown, ...past } = pastOf(
    {
      trail,
      states: baseline?.states ?? {},
      policy: baseline?.policy ?? {},
      calls: calls.map(({ eventName, at, cause, parameters, response }) => ({
        eventName,
        at,
        cause,
        parameters,
        response,
      })),
      looks: seen.looks,
      window,
    },
    guard.kinds,
  );
  return {
    ...past,
    gaps,
    unknown: [
      ...unknown,
      ...seen.flips.filter((flip) => !flipped.includes(flip)).map(describeFlip),
      ...notKnown(trail, baseline, window),
      ...found.unreadable,
      ...seen.unreadable.map((key) => `the incident ${key} can not be read`),
    ],
  };
}

/** A call that only an incident tells of: another account recorded it, or event history does not have it. */
const callOf = (cause: Cause): readonly RecordedCall[] =>
  cause.at === null
    ? []
    : [{ eventName: cause.eventName, at: cause.at, cause, parameters: null, response: null }];

/** The calls of a stop that was undone before we looked, as CloudTrail's own clock has them, where no call is known that it was. */
function callsOfFlip(
  { from, to }: Flip,
  { region }: Trail,
  known: readonly RecordedCall[],
): readonly RecordedCall[] {
  const secondOf = (time: string): number => Math.floor(Date.parse(time) / 1000);
  return Object.entries({ StopLogging: from, StartLogging: to })
    .filter(([name, at]) =>
      known.every((call) => call.eventName !== name || secondOf(call.at) !== secondOf(at)),
    )
    .map(([eventName, at]) => {
      const cause = causeOf({ eventTime: at }, { eventName, awsRegion: region });
      return { eventName, at, cause, parameters: null, response: null };
    });
}

/** What no event history of this account can tell. */
function notKnown(trail: Trail, baseline: Baseline | null, { from }: Window): readonly string[] {
  if (baseline === null) {
    return ['its baseline can not be used: what the calls did to the trail is not known'];
  }
  const { DelegatedAdministrators: delegates = [] } = (baseline.states.organization ?? {}) as {
    readonly DelegatedAdministrators?: readonly string[];
  };
  return [
    ...(from < baseline.capturedAt
      ? [
          `the trail was captured at ${baseline.capturedAt}: before that it is held against a baseline that it did not have, and taken to be so until a call says otherwise`,
        ]
      : []),
    ...(delegates.length > 0
      ? [
          `what delegated administrators call is recorded in their own accounts: look in the event history of ${delegates.join(', ')} in ${trail.region}, too`,
        ]
      : []),
  ];
}

/** The last call that did something that is not put right yet. */
function lastCause({ calls }: TrailPast): Cause | null {
  const left = calls.filter(({ weakened }) => weakened.some(({ putRight }) => putRight === null));
  return left.at(-1)?.cause ?? null;
}

/** Looks at a trail and writes nothing; where it has drifted and that is asked for, it goes through the loop that events go through. */
async function nowOf(
  guarded: Guarded | undefined,
  cause: Cause | null,
  isEnforcing: boolean,
  { guard }: Backfill,
): Promise<TrailNow> {
  const nothing = { found: [], left: [], applied: [], incident: null };
  if (guarded === undefined) {
    return { ...nothing, verdict: 'broken', found: ['the trail is not guarded any more'] };
  }
  if ('error' in guarded) {
    return { ...nothing, verdict: 'broken', found: [guarded.error.message] };
  }
  const { baseline } = guarded;
  const { kinds, awsOf, now } = guard;
  const aws = awsOf(parseTrailArn(baseline.trail).region);
  const seen = await reconcile(baseline, { kinds, aws, mode: 'observe', now });
  const found = renderPlan(seen.plan);
  if (!isEnforcing || verdict(seen) !== 'drifted') {
    return { ...nothing, verdict: verdict(seen), found, left: renderPlan(seen.verified) };
  }
  const [report] = await guardTrails([guarded], cause, guard).catch((error: unknown) => {
    if (error instanceof NotRestoredError) return error.reports;
    throw error;
  });
  if (report === undefined || !('outcome' in report)) {
    const problem = report === undefined ? [] : [report.error];
    return { ...nothing, verdict: 'broken', found: problem };
  }
  const { outcome, incident } = report;
  return {
    verdict: report.verdict,
    found: renderPlan(outcome.plan),
    left: renderPlan(outcome.verified),
    applied: outcome.applied.map((step) =>
      step.status === 'applied' ? step.action : `${step.action} failed: ${step.error}`,
    ),
    incident,
  };
}
