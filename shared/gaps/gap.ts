import * as z from 'zod';
import { type CoverageLoss, totalLoss } from '#drift/history-model.ts';
import { severities, trailIsGone } from '#drift/impact.ts';
import type { Outcome } from '#reconcile/outcome.ts';
import { changesOf } from '#reconcile/plan.ts';
import { fieldOf } from '#text/diff.ts';
import { type Of, text, texts } from '#text/schema-parts.ts';
import { type ApiCall, apiCall, describeApiCall } from '#trail/api-call.ts';
import type { RecordedCall } from '#trail/recorded-call.ts';
import type { KindHistory, ReplayInput } from './history.ts';
import type { LoggingInterruption } from './logging-interruption.ts';
import { coverageOf, isRecorded, recoverability, recoverabilityOf } from './recoverability.ts';
import { replay } from './replay.ts';
import type { Interval } from './replay-model.ts';
import { coverageLossOf, keyOf, replayedKinds, trailKey } from './replayed-kind.ts';

/** A reference to a call, with its caller. */
const callRef = z.strictObject({ eventId: text.nullable(), eventName: text, at: text, by: text });

export type CallRef = Of<typeof callRef>;

/** The field that drifted; `trail` with an empty path if the trail did not exist. */
const drift = {
  kind: text,
  path: text,
  description: text,
  severity: z.enum(severities),
  /** False if events may be missing, for all or a part of the time. */
  isCertain: z.boolean(),
};

/** A time in which events of a trail were not recorded, or not delivered where they belong. */
export const gap = z.strictObject({
  ...drift,
  from: text,
  to: text,
  /** Whether it lasted beyond the window. */
  isOpen: z.boolean(),
  /** Present if it began before the window, or may have. */
  isFromBefore: z.literal(true).optional(),
  /** The calls that began and ended it; null if no known call did. */
  startedBy: callRef.nullable(),
  endedBy: callRef.nullable(),
  /** Null if it is not known which events are missing. */
  recoverability: recoverability.nullable(),
});

export type Gap = Of<typeof gap>;

/** A call and the drift that it caused. */
const callEffect = z.strictObject({
  ...callRef.shape,
  region: text,
  cause: apiCall,
  drifts: z.array(
    z.strictObject({
      ...drift,
      /** Null if it was not reverted within the window. */
      reverted: z.strictObject({ at: text, by: callRef.nullable() }).nullable(),
    }),
  ),
});

export type CallEffect = Of<typeof callEffect>;

/** The history of a trail in a window, reconstructed from its calls, its incidents, and how it is now. */
export const trailHistory = z.strictObject({
  /** The earliest first. Gaps of one kind and path do not overlap. */
  gaps: z.array(gap),
  calls: z.array(callEffect),
  /** Sentences about what the history does not show. */
  unknown: texts,
  /** The drift of now that no call in the window explains, as `kind.field`. */
  unexplained: texts,
});

export type TrailHistory = Of<typeof trailHistory>;

/** The calls about one trail with the drift that they caused, and the gaps in its record: `found` are those of its incidents. */
export function reconstructHistory(
  history: ReplayInput,
  kinds: readonly KindHistory[],
  found: readonly Gap[] = [],
): TrailHistory {
  const { intervals, calls, unknown, ...replayed } = replay(history, kinds);
  const gapOf = gapsOf(history, kinds);
  const gaps = intervals.flatMap(({ coverageLoss, startedBy, endedBy, ...gap }) =>
    gapOf(coverageLoss, {
      ...gap,
      startedBy: startedBy && callRefOf(startedBy),
      endedBy: endedBy && callRefOf(endedBy),
    }),
  );
  const explained = found.filter(({ isOpen }) => isOpen).map(keyOfGap);
  const unexplained = replayed.unexplained.filter((field) => !explained.includes(field));
  return {
    gaps: withIncidentGaps(gaps, found),
    calls: calls.map((call) => effectOf(call, intervals)),
    unknown: [...unknown, ...describeUnexplained(unexplained, history)],
    unexplained,
  };
}

/** Gaps of a trail by the coverage that was lost: none if the trail never covered it. */
function gapsOf(history: Desired, kinds: readonly KindHistory[]) {
  const coverage = coverageOf(history, kinds);
  const known = { coverage, trail: history.trail };
  return (
    loss: CoverageLoss | 'unknown' | null,
    gap: Omit<Gap, 'recoverability'>,
  ): readonly Gap[] => {
    if (loss === 'unknown') return [{ ...gap, recoverability: null }];
    if (loss === null || !isRecorded(loss, coverage)) return [];
    return [{ ...gap, recoverability: recoverabilityOf(loss, gap, known) }];
  };
}

/**
 * The gaps that calls explain, and those of incidents that no call explains, the earliest first. What an incident found is known: it
 * replaces what may be missing.
 */
const withIncidentGaps = (gaps: readonly Gap[], found: readonly Gap[]): readonly Gap[] =>
  found
    .reduce((all, gap) => {
      if (all.some((one) => one.isCertain && isSameLoss(gap, one))) return all;
      return [...all.flatMap((one) => (isSameLoss(gap, one) ? after(gap, one) : [one])), gap];
    }, gaps)
    .toSorted((one, other) => Date.parse(one.from) - Date.parse(other.from));

/** Whether two gaps are one loss: of the same field, or of all logging, at the same time. Records have whole seconds. */
const isSameLoss = (gap: Gap, one: Gap): boolean =>
  (keyOfGap(gap) === keyOfGap(one) || (gap.kind === trailKey && one.kind === 'logging')) &&
  secondOf(one.from) <= secondOf(gap.to) &&
  secondOf(one.to) >= secondOf(gap.from);

/** What is left of an uncertain gap after a known one. */
const after = ({ to, isOpen }: Gap, { isFromBefore: _, ...one }: Gap): readonly Gap[] =>
  isOpen || secondOf(one.to) <= secondOf(to) ? [] : [{ ...one, from: to, startedBy: null }];

const keyOfGap = ({ kind, path }: Gap): string => keyOf({ name: kind }, fieldOf({ path }));

const secondOf = (time: string): number => Math.floor(Date.parse(time) / 1000);

/** A sentence about drift that no call in the window explains. */
function describeUnexplained(
  unexplained: readonly string[],
  { present }: Pick<ReplayInput, 'present'>,
): readonly string[] {
  if (unexplained.length === 0) return [];
  const fields = unexplained.map((field) => (field === trailKey ? 'the trail itself' : field));
  const have = unexplained.length === 1 ? 'has' : 'have';
  const drift = `${fields.join(', ')} ${have} drifted, and no call in the window explains it`;
  return [
    present?.isInWindow
      ? `${drift}: it began before the window, or with a call that this event history does not have. Try a window that starts earlier`
      : `${drift}: it began before or after the window. Try a window that starts earlier and lasts until now`,
  ];
}

const callRefOf = ({ at, cause }: Pick<RecordedCall, 'at' | 'cause'>): CallRef => ({
  eventId: cause.eventId,
  eventName: cause.eventName,
  at,
  by: describeApiCall(cause),
});

function effectOf(call: RecordedCall, intervals: readonly Interval[]): CallEffect {
  const begun = intervals.filter(({ startedBy }) => startedBy === call);
  return {
    ...callRefOf(call),
    region: call.cause.region,
    cause: call.cause,
    drifts: begun.map(({ kind, path, description, severity, isCertain, isOpen, to, endedBy }) => ({
      kind,
      path,
      description,
      severity,
      isCertain,
      reverted: isOpen ? null : { at: to, by: endedBy && callRefOf(endedBy) },
    })),
  };
}

/** One drift, from its detection to its resolution or to now; ISO 8601. */
export type DriftEpisode = {
  /** The call that could have caused it; null if none is known. */
  readonly cause: ApiCall | null;
  readonly from: string;
  readonly to: string;
  readonly outcome: Outcome;
  /** Whether the trail was seen in sync since, whatever the outcome says. */
  readonly isOver: boolean;
};

/** What gaps are judged by: the trail, and what it should record. */
type Desired = Pick<ReplayInput, 'trail' | 'states'>;

/** The gaps that a drift left in the record. They begin with the call that caused it, or else when it was found. */
export function gapsOfDrift(
  { cause, from: detectedAt, to, outcome, isOver }: DriftEpisode,
  history: Desired,
  kinds: readonly KindHistory[],
): readonly Gap[] {
  const gapOf = gapsOf(history, kinds);
  const startedBy = cause && cause.at !== null ? callRefOf({ at: cause.at, cause }) : null;
  const times = {
    from: startedBy?.at ?? detectedAt,
    to,
    isCertain: true,
    startedBy,
    endedBy: null,
  };
  const gaps = replayedKinds(history, kinds).flatMap((kind) => {
    const changes = changesOf(outcome.plan, kind.name);
    const found = changes.map(({ path, actual }) => [path, actual] as const);
    const actual = { ...kind.desired, ...Object.fromEntries(found) };
    const left = changesOf(outcome.verified, kind.name);
    return changes.flatMap((change) => {
      const { path } = change;
      const isOpen = !isOver && left.some((one) => one.path === path);
      if (path === '') return gapOf(totalLoss, { ...times, ...missingTrail, isOpen });
      const { description, severity } = change.impact;
      const loss = coverageLossOf(kind, change, actual);
      return gapOf(loss, { ...times, kind: kind.name, path, description, severity, isOpen });
    });
  });
  return [...new Map(gaps.map((gap) => [`${gap.kind}.${gap.path}`, gap])).values()];
}

/** The gap of an interruption of logging. */
export const gapOfInterruption = (
  { from, to, isFromKnown }: LoggingInterruption,
  history: Desired,
  kinds: readonly KindHistory[],
): readonly Gap[] =>
  gapsOf(history, kinds)(totalLoss, {
    ...missingTrail,
    ...{ from, to, isCertain: isFromKnown, isOpen: false, startedBy: null, endedBy: null },
    description: 'nothing is recorded',
  });

const missingTrail = {
  kind: trailKey,
  path: '',
  description: trailIsGone.description,
  severity: trailIsGone.severity,
};
