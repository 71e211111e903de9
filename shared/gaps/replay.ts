import { changesOf, driftIn, type Finding } from '#reconcile/plan.ts';
import { fieldOf } from '#text/diff.ts';
import { isWithin } from '#text/time.ts';
import type { RecordedCall } from '#trail/recorded-call.ts';
import { inPossibleOrder, isMissingAtFirst } from './call-order.ts';
import type { KindHistory, ReplayInput } from './history.ts';
import { applyCall } from './replay-call.ts';
import {
  type Interval,
  inSync,
  observeFields,
  type ReplayContext,
  type ReplayModel,
  setFields,
  timeOf,
  updateIntervals,
} from './replay-model.ts';
import {
  belongsToTrail,
  existenceOf,
  isChangeOfTrail,
  keyOf,
  type ReplayedKind,
  replayedKinds,
  type State,
  trailKey,
} from './replayed-kind.ts';

/** The times in which a trail drifted, or may have drifted. */
export type Replay = {
  /** Intervals of one kind and path do not overlap. */
  readonly intervals: readonly Interval[];
  /** Each call once, in an order in which the calls can have been made; failed ones too. */
  readonly calls: readonly RecordedCall[];
  /** Sentences about what the history does not show, beside the uncertain intervals. */
  readonly unknown: readonly string[];
  /** The drift of now that no call in the window explains, as `kind.field`. */
  readonly unexplained: readonly string[];
};

/**
 * Replays the calls of a window one after the other, and compares the trail as it is now with the result. The trail is assumed to be in
 * sync until a call says otherwise.
 */
export function replay(history: ReplayInput, all: readonly KindHistory[]): Replay {
  const { trail, policy, window, present } = history;
  const kinds = replayedKinds(history, all);
  const existence = existenceOf(kinds);
  const context = {
    ...{ trail, policy, kinds: [existence, ...kinds] },
    ...{ from: Date.parse(window.from), to: Date.parse(window.to) },
  };
  const isEffective = (call: RecordedCall): boolean =>
    call.cause.error === null && isWithin(call.at, window);
  const isChange = (call: RecordedCall): boolean =>
    isEffective(call) && isChangeOfTrail(call, kinds, trail);
  const isNew = isMissingAtFirst(history.calls, isChange);
  const calls = inPossibleOrder(history.calls, !isNew, isChange);
  const atEnd = calls
    .filter(isEffective)
    .reduce(
      (model, call) => applyCall(context, model, call, secondOf(call.at)),
      isNew ? missingAtStart(context, existence) : inSync,
    );
  const seen = present ? observe(context, atEnd, present.findings) : atEnd;
  return {
    intervals: intervalsOf(context, present?.isInWindow ? seen : atEnd),
    calls,
    unknown: atEnd.unknown,
    unexplained: [...seen.open.keys()].filter(
      (key) => !atEnd.open.has(key) && !atEnd.notes.get(key)?.isIndeterminate,
    ),
  };
}

/** In milliseconds, without the fraction of a second, which records do not have. */
const secondOf = (time: string): number => Math.floor(Date.parse(time) / 1000) * 1000;

/** A trail that did not exist when the window began. */
function missingAtStart(context: ReplayContext, existence: ReplayedKind): ReplayModel {
  const model = setFields(context, inSync, existence, { '': false });
  const { open, ...rest } = updateIntervals(context, model, context.from, null);
  const since = [...open].map(
    ([key, interval]) => [key, { ...interval, isFromBefore: true as const }] as const,
  );
  return { ...rest, open: new Map(since) };
}

/** Compares the trail at the end of the window with the model. */
function observe(
  context: ReplayContext,
  before: ReplayModel,
  findings: readonly Finding[],
): ReplayModel {
  const model = context.kinds.reduce(
    (left, kind) =>
      observeFields(context, left, kind, stateIn(findings, kind, context.kinds), context.to),
    before,
  );
  return updateIntervals(context, model, context.to, null);
}

/** The state of a kind in findings; empty if it was not read, or if the trail was missing. */
function stateIn(
  findings: readonly Finding[],
  kind: ReplayedKind,
  kinds: readonly ReplayedKind[],
): State {
  const isRead = ({ name }: ReplayedKind): boolean =>
    findings.some(
      (finding) =>
        finding.kind === name && (finding.status === 'in-sync' || finding.status === 'drifted'),
    );
  const isMissing = driftIn({ findings }).some(({ path }) => path === '');
  if (kind.name === trailKey) {
    const isThere = kinds.some((one) => belongsToTrail(one) && isRead(one));
    return isMissing || isThere ? { '': !isMissing } : {};
  }
  if (!isRead(kind) || (isMissing && belongsToTrail(kind))) return {};
  const changes = changesOf({ findings }, kind.name);
  const found = changes.map((change) => [fieldOf(change), change.actual] as const);
  return { ...(kind.desired as State), ...Object.fromEntries(found) };
}

/** All intervals. Drift that the trail has now is one with the uncertain time before it. */
function intervalsOf(
  context: ReplayContext,
  { intervals, open }: ReplayModel,
): readonly Interval[] {
  const to = timeOf(context, context.to);
  const lasting = [...open].map(([key, drift]) => {
    const before = intervals.find(
      (one) =>
        one.to === to &&
        one.endedBy === null &&
        drift.startedBy === null &&
        keyOf({ name: one.kind }, fieldOf(one)) === key,
    );
    return { before, drift: { ...(before ?? drift), to, isOpen: true, endedBy: null } };
  });
  const ended = intervals.filter((one) => lasting.every(({ before }) => before !== one));
  return [...ended, ...lasting.map(({ drift }) => drift)];
}
