import type { Baseline } from '#baseline/baseline.ts';
import type { ProtectedTrail } from '#baseline/known-trail.ts';
import { eventAffectsTrail } from '#baseline/matches-event.ts';
import { reconstructHistory, type TrailHistory } from '#gaps/gap.ts';
import type { CurrentFindings } from '#gaps/history.ts';
import type { TimeRange } from '#text/time.ts';
import type { ApiCall } from '#trail/api-call.ts';
import type { ReadCall, RecordedCall } from '#trail/recorded-call.ts';
import { parseTrailArn, type Trail, type TrailArn } from '#trail/trail-arn.ts';
import type { BackfillDeps } from './backfill-deps.ts';
import type { StoredIncidents } from './stored-incidents.ts';

/** The calls of a backfill, and why records cannot be read. */
export type FoundCalls = {
  readonly calls: readonly ReadCall[];
  readonly unreadable: readonly string[];
};

/** A trail, and what was found about it in a time range. */
export type TrailInput = {
  readonly trail: TrailArn;
  readonly protectedTrail: ProtectedTrail | undefined;
  readonly found: FoundCalls;
  readonly window: TimeRange;
};

/** The history of a trail in a time range, from the calls that were found and from its incidents. */
export async function trailHistory(
  { trail: arn, protectedTrail, found, window }: TrailInput,
  present: CurrentFindings,
  { controller, incidents }: BackfillDeps,
): Promise<TrailHistory & { readonly hasUnread: boolean }> {
  const trail = parseTrailArn(arn);
  const baseline =
    protectedTrail !== undefined && 'baseline' in protectedTrail ? protectedTrail.baseline : null;
  const seen = await incidents(arn, window);
  const ofTrail = found.calls.filter(
    ({ event }) => protectedTrail !== undefined && eventAffectsTrail(protectedTrail, event),
  );
  const { unknown, ...past } = reconstructHistory(
    {
      ...{ trail, window, present },
      states: baseline?.states ?? {},
      policy: baseline?.policy ?? {},
      calls: allCalls(ofTrail, seen, window),
    },
    controller.kinds,
    baseline === null ? [] : seen.gaps,
  );
  const unreadable = [
    ...found.unreadable,
    ...seen.unreadable.map((key) => `the incident ${key} cannot be read`),
  ];
  return {
    ...past,
    hasUnread: unreadable.length > 0,
    unknown: [...unknown, ...limitsOf(trail, baseline, window), ...unreadable],
  };
}

/** The recorded calls, and those that only incidents contain: another account recorded them, or event history lacks them. */
function allCalls(
  recorded: readonly ReadCall[],
  { causes }: StoredIncidents,
  { from, to }: TimeRange,
): readonly RecordedCall[] {
  // Incidents know which calls were ours; any other use of our role is someone else's.
  const ofOthers = new Set(
    causes.filter(({ selfTriggered }) => !selfTriggered).map(({ eventId }) => eventId),
  );
  const known = new Set(recorded.map(({ cause }) => cause.eventId));
  const observed = new Set(causes.map(({ eventId }) => eventId));
  const others = causes
    .filter(({ eventId }) => !known.has(eventId))
    .flatMap(asRecorded)
    .filter(({ at }) => at >= from && at <= to);
  const calls = recorded.map(({ event: _, eventSource: __, cause, ...call }) => {
    const selfTriggered = cause.selfTriggered && !ofOthers.has(cause.eventId);
    const isObserved = observed.has(cause.eventId);
    return { ...call, cause: { ...cause, selfTriggered }, isObserved };
  });
  return [...calls, ...others];
}

/** A call of an incident, without its request; none if it has no time. */
const asRecorded = (cause: ApiCall): readonly RecordedCall[] =>
  cause.at === null
    ? []
    : [
        {
          ...{ eventName: cause.eventName, at: cause.at, cause },
          ...{ parameters: null, response: null, isObserved: true },
        },
      ];

/** What the event history of this account cannot show. */
function limitsOf(trail: Trail, baseline: Baseline | null, { from }: TimeRange): readonly string[] {
  if (baseline === null) {
    return ['its baseline cannot be used: the effect of the calls on the trail is unknown'];
  }
  const { DelegatedAdministrators: delegates = [] } = (baseline.states.organization ?? {}) as {
    readonly DelegatedAdministrators?: readonly string[];
  };
  return [
    ...(from < baseline.capturedAt
      ? [
          `version ${baseline.version} of the baseline was captured at ${baseline.capturedAt}: earlier, the trail is compared with this baseline too, and assumed to match it until a call shows otherwise`,
        ]
      : []),
    ...(delegates.length > 0
      ? [
          `calls of delegated administrators are recorded in their accounts: check the event history of ${delegates.join(', ')} in ${trail.region} as well`,
        ]
      : []),
  ];
}
