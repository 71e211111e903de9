import { totalLoss } from '#drift/history-model.ts';
import { type Severity, trailIsGone } from '#drift/impact.ts';
import type { Outcome } from '#reconcile/outcome.ts';
import type { Drift, Finding } from '#reconcile/plan.ts';
import { isNotTruncated } from '#text/truncate-for-storage.ts';
import { type ApiCall, describeApiCall } from '#trail/api-call.ts';
import type { RecordedCall } from '#trail/recorded-call.ts';
import { inPossibleOrder } from './call-order.ts';
import type { KindHistory, ReplayInput, TimeRange } from './history.ts';
import type { LoggingInterruption } from './logging-interruption.ts';
import { isRecorded, type Recoverability, reachOf, recoverabilityOf } from './recoverability.ts';
import { missingOf, toldIn, trailKey } from './replay.ts';
import { type Interval, isMissingIn, timelineOf } from './timeline.ts';

/** A time in which the record of a trail had a hole, or was not where it belongs. */
export type Gap = TimeRange & {
  /** What was not as it must be; `trail` with an empty path is the trail itself. */
  readonly kind: string;
  readonly path: string;
  readonly words: string;
  readonly severity: Severity;
  /** Whether it is known to have been so. If not, it was or was not, for all or a part of the time. */
  readonly isCertain: boolean;
  /** Whether it lasted beyond the window that was looked at. */
  readonly isOpen: boolean;
  /** Present where it began before the window, or may have. */
  readonly isFromBefore?: true;
  /** Who began and ended it; null where no call that is known did. */
  readonly startedBy: CallRef | null;
  readonly endedBy: CallRef | null;
  /** Null where it is not known what was missing. */
  readonly remains: Recoverability | null;
};

/** A call as it is named elsewhere, and who made it. */
export type CallRef = {
  readonly eventId: string | null;
  readonly eventName: string;
  readonly at: string;
  readonly by: string;
};

/** What a call did to a trail: each thing that was worse after it, and when that was put right, by whom. */
export type CallEffect = CallRef & {
  readonly region: string;
  readonly cause: RecordedCall['cause'];
  readonly weakened: readonly Weakened[];
};

type Weakened = Pick<Gap, 'kind' | 'path' | 'words' | 'severity' | 'isCertain'> & {
  /** Null where it was not, within the window. */
  readonly putRight: { readonly at: string; readonly by: CallRef | null } | null;
};

/** What the calls about a trail, and what was seen of it, tell of a window. */
export type TrailHistory = {
  /** The earliest first. Those of one kind and path share no time. */
  readonly gaps: readonly Gap[];
  readonly calls: readonly CallEffect[];
  /** What is not known, in words. */
  readonly unknown: readonly string[];
  /** What is not as it must be by now, and by no call in the window, as `kind.path`. */
  readonly unexplained: readonly string[];
  /** Whether there are records or incidents of the window that could not be read: what they would tell is not known. */
  readonly hasUnread: boolean;
};

/** The calls about one trail with what they did to it, and the gaps that they left in its record. */
export function reconstructHistory(
  history: ReplayInput,
  kinds: readonly KindHistory[],
): TrailHistory {
  const { intervals, unknown, unexplained } = timelineOf(history, kinds);
  const reach = reachOf(history, kinds);
  const gaps = intervals.flatMap(({ missing, startedBy, endedBy, ...gap }): Gap[] => {
    if (missing === null || (missing !== 'unknown' && !isRecorded(missing, reach))) return [];
    const known = { reach, trail: history.trail };
    return [
      {
        ...gap,
        startedBy: startedBy && doerOf(startedBy),
        endedBy: endedBy && doerOf(endedBy),
        remains: missing === 'unknown' ? null : recoverabilityOf(missing, gap, known),
      },
    ];
  });
  const calls = inPossibleOrder(history.calls, {
    told: toldIn(history, kinds),
    trail: history.trail,
    isThere: !(history.before ?? []).some(({ findings }) => isMissingIn(findings)),
  });
  return {
    gaps,
    calls: calls.map((call) => toldCall(call, intervals)),
    unknown: [...unknown, ...sinceWhen(unexplained, history)],
    unexplained,
    hasUnread: false,
  };
}

/** Since when it is, where no call in the window did it. */
function sinceWhen(
  unexplained: readonly string[],
  { present }: Pick<ReplayInput, 'present'>,
): readonly string[] {
  if (unexplained.length === 0 || present === undefined) return [];
  const fields = unexplained.map((field) => (field === trailKey ? 'the trail itself' : field));
  const what = `${fields.join(', ')} ${unexplained.length === 1 ? 'is' : 'are'} not as the baseline says, and no call in the window did that`;
  return [
    present.isInWindow
      ? `${what}: it began before the window, or by a call that this event history does not have; a window that begins earlier may tell`
      : `${what}: it began before the window or after it; a window that begins earlier and lasts up to now may tell`,
  ];
}

const doerOf = ({ at, cause }: Pick<RecordedCall, 'at' | 'cause'>): CallRef => ({
  eventId: cause.eventId,
  eventName: cause.eventName,
  at,
  by: describeApiCall(cause),
});

/** Null where a call does not tell when it was made. */
const doerIn = (cause: ApiCall): CallRef | null =>
  cause.at === null ? null : doerOf({ at: cause.at, cause });

function toldCall(call: RecordedCall, intervals: readonly Interval[]): CallEffect {
  const begun = intervals.filter(
    ({ startedBy }) => startedBy !== null && isSameCall(startedBy, call),
  );
  return {
    ...doerOf(call),
    region: call.cause.region,
    cause: call.cause,
    weakened: begun.map(({ kind, path, words, severity, isCertain, isOpen, to, endedBy }) => ({
      kind,
      path,
      words,
      severity,
      isCertain,
      putRight: isOpen ? null : { at: to, by: endedBy && doerOf(endedBy) },
    })),
  };
}

const isSameCall = (one: RecordedCall, other: RecordedCall): boolean =>
  one === other || (one.cause.eventId !== null && one.cause.eventId === other.cause.eventId);

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
  const reach = reachOf(history, kinds);
  const known = { reach, trail: history.trail };
  const startedBy = cause === null ? null : doerIn(cause);
  const from = startedBy?.at ?? detectedAt;
  const left = isOver ? [] : outcome.verified.findings;
  const gaps = toldIn(history, kinds).flatMap((told) => {
    const changes = changesOf(outcome.plan.findings, told.name);
    const actual = Object.assign({ ...told.desired }, ...changes.map(asField));
    return changes.flatMap((change): Gap[] => {
      const isGone = change.path === '';
      const missing = isGone ? totalLoss : missingOf(told, change, actual);
      if (missing === null || (missing !== 'unknown' && !isRecorded(missing, reach))) return [];
      const { words, severity } = isGone ? trailIsGone : change.impact;
      return [
        {
          from,
          to,
          kind: isGone ? trailKey : told.name,
          path: change.path,
          words,
          severity,
          isCertain: true,
          isOpen: changesOf(left, told.name).some(({ path }) => path === change.path),
          startedBy,
          endedBy: null,
          remains: missing === 'unknown' ? null : recoverabilityOf(missing, { from, to }, known),
        },
      ];
    });
  });
  return [...new Map(gaps.map((gap) => [`${gap.kind}.${gap.path}`, gap])).values()];
}

/** The gap of an interruption of logging. */
export function gapOfInterruption(
  { from, to, isFromKnown }: LoggingInterruption,
  history: Desired,
  kinds: readonly KindHistory[],
): Gap {
  const known = { reach: reachOf(history, kinds), trail: history.trail };
  const remains = recoverabilityOf(totalLoss, { from, to }, known);
  const times = { from, to, isCertain: isFromKnown, isOpen: false };
  return {
    ...times,
    kind: trailKey,
    path: '',
    ...silence,
    startedBy: null,
    endedBy: null,
    remains,
  };
}

const silence = { words: 'nothing is recorded', severity: 'critical' } as const;

const changesOf = (findings: readonly Finding[], name: string): readonly Drift[] =>
  findings.flatMap((finding) =>
    finding.kind === name && finding.status === 'drifted'
      ? finding.changes.filter(isNotTruncated)
      : [],
  );

const asField = ({ path, actual }: Drift) => (path === '' ? {} : { [path]: actual });
