import { trailIsGone } from '#drift/impact.ts';
import type { Finding } from '#reconcile/plan.ts';
import { fieldOf, isSame } from '#text/diff.ts';
import type { RecordedCall } from '#trail/recorded-call.ts';
import { inPossibleOrder, isMissingAtFirst } from './call-order.ts';
import { changesOf, isMissingIn } from './field-drift.ts';
import type { InitialDrift, KindHistory, ReplayInput, Snapshot, TimeRange } from './history.ts';
import { applyCall } from './replay-call.ts';
import {
  type Interval,
  inSync,
  noted,
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
  fieldsWrittenBy,
  isChangeOfTrail,
  keyOf,
  type ReplayedKind,
  replayedKinds,
  type State,
  trailKey,
} from './replayed-kind.ts';

/** The times in which a trail drifted, or may have drifted. */
export type Replay = {
  /** The earliest first. Intervals of one kind and path do not overlap. */
  readonly intervals: readonly Interval[];
  /** Each call once, in an order in which the calls can have been made; failed ones too. */
  readonly calls: readonly RecordedCall[];
  /** Sentences about what the history does not show, beside the uncertain intervals. */
  readonly unknown: readonly string[];
  /** The drift of now that no call in the window explains, as `kind.field`. */
  readonly unexplained: readonly string[];
};

/**
 * Replays the calls of a window one after the other, and compares snapshots with the result. The trail is assumed to be in sync
 * until a call or a snapshot says otherwise.
 */
export function replay(history: ReplayInput, all: readonly KindHistory[]): Replay {
  const { trail, policy, window, initialDrift = [], present } = history;
  const kinds = replayedKinds(history, all);
  const context = {
    ...{ trail, policy, kinds: [existenceOf(kinds), ...kinds] },
    ...{ from: Date.parse(window.from), to: Date.parse(window.to) },
  };
  const isChange = (call: RecordedCall): boolean =>
    call.cause.error === null && isWithin(window, call) && isChangeOfTrail(call, kinds, trail);
  const isMissing = initialDrift.some(({ findings }) => isMissingIn(findings));
  const isNew = !isMissing && isMissingAtFirst(history.calls, isChange);
  const calls = inPossibleOrder(history.calls, !isMissing && !isNew, isChange);
  const atStart = (isNew ? [missingTrail, ...initialDrift] : initialDrift).reduce(
    (model, drift) => applyInitialDrift(context, model, drift),
    inSync,
  );
  const atEnd = eventsOf(history, context, calls).reduce((model, apply) => apply(model), atStart);
  const seen = present ? observe(context, atEnd, context.to, present.findings) : atEnd;
  return {
    intervals: intervalsOf(context, present?.isInWindow ? seen : atEnd),
    calls,
    unknown: atEnd.unknown,
    unexplained: [...seen.open.keys()].filter(
      (key) => !atEnd.open.has(key) && !atEnd.notes.get(key)?.isIndeterminate,
    ),
  };
}

const isWithin = ({ from, to }: TimeRange, { at }: { readonly at: string }): boolean =>
  Date.parse(at) >= Date.parse(from) && Date.parse(at) <= Date.parse(to);

type Event = (model: ReplayModel) => ReplayModel;

/** What happened in a window. Within a second, what was seen before a repair comes first, and what was seen after it last. */
function eventsOf(
  { snapshots, window }: ReplayInput,
  context: ReplayContext,
  calls: readonly RecordedCall[],
): readonly Event[] {
  const succeeded = calls.filter((call) => call.cause.error === null && isWithin(window, call));
  const isWritten = writesOfOthers(context, succeeded);
  const seen = snapshots
    .filter((snapshot) => isWithin(window, snapshot))
    .toSorted((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1))
    .map((snapshot) => ({
      at: secondOf(snapshot.at),
      isLast: snapshot.isAfterRepair,
      apply: (model: ReplayModel) =>
        observe(context, model, secondOf(snapshot.at), snapshot.findings, (key) =>
          isWritten(key, snapshot),
        ),
    }));
  const called = succeeded.map((call) => ({
    at: secondOf(call.at),
    apply: (model: ReplayModel) => applyCall(context, model, call, secondOf(call.at)),
  }));
  const events = [
    ...seen.filter(({ isLast }) => !isLast),
    ...called,
    ...seen.filter(({ isLast }) => isLast),
  ];
  return events.toSorted((one, other) => one.at - other.at).map(({ apply }) => apply);
}

/** Whether someone else wrote a field, or created or deleted the trail, during a snapshot: it then proves nothing about that. */
function writesOfOthers({ kinds, trail }: ReplayContext, calls: readonly RecordedCall[]) {
  const writes = calls
    .filter(({ cause }) => !cause.selfTriggered)
    .flatMap((call) =>
      kinds.flatMap((kind) =>
        fieldsWrittenBy(kind, call, trail).map((field) => {
          return { key: keyOf(kind, field), at: secondOf(call.at) };
        }),
      ),
    );
  const byKey = Map.groupBy(writes, ({ key }) => key);
  return (key: string, { since, until }: Pick<Snapshot, 'since' | 'until'>): boolean =>
    (byKey.get(key) ?? []).some(({ at }) => at >= secondOf(since) && at <= secondOf(until));
}

/** In milliseconds, without the fraction of a second, which records do not have. */
const secondOf = (time: string): number => Math.floor(Date.parse(time) / 1000) * 1000;

/** A trail that did not exist before the window. */
const missingTrail: InitialDrift = {
  findings: [
    {
      kind: trailKey,
      status: 'drifted',
      changes: [
        { path: '', desired: true, actual: null, impact: trailIsGone, treatment: 'restore' },
      ],
      steps: [],
    },
  ],
  call: null,
};

/** Drift found before the window was still there at its beginning. */
function applyInitialDrift(
  context: ReplayContext,
  before: ReplayModel,
  { findings, call }: InitialDrift,
): ReplayModel {
  const note = { at: context.from, by: null, isIndeterminate: false };
  const model = context.kinds.reduce((left, kind) => {
    const drifted = Object.entries(stateIn(findings, kind, context.kinds)).filter(
      ([field, value]) => !isSame(value, (kind.desired as State)[field] ?? null),
    );
    const keys = drifted.map(([field]) => keyOf(kind, field));
    return noted(setFields(context, left, kind, Object.fromEntries(drifted)), keys, note);
  }, before);
  const updated = updateIntervals(context, model, context.from, call);
  const open = [...updated.open].map(
    ([key, interval]) => [key, { ...interval, isFromBefore: true as const }] as const,
  );
  return { ...updated, open: new Map(open) };
}

/** Compares findings with the model, but for the fields that prove nothing. */
function observe(
  context: ReplayContext,
  before: ReplayModel,
  at: number,
  findings: readonly Finding[],
  isExcepted: (key: string) => boolean = () => false,
): ReplayModel {
  const model = context.kinds.reduce((left, kind) => {
    const found = Object.entries(stateIn(findings, kind, context.kinds)).filter(
      ([field]) => !isExcepted(keyOf(kind, field)),
    );
    return observeFields(context, left, kind, Object.fromEntries(found), at);
  }, before);
  return updateIntervals(context, model, at, null);
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
  const isMissing = isMissingIn(findings);
  if (kind.name === trailKey) {
    const isThere = kinds.some((one) => belongsToTrail(one) && isRead(one));
    return isMissing || isThere ? { '': !isMissing } : {};
  }
  if (!isRead(kind) || (isMissing && belongsToTrail(kind))) return {};
  const changes = changesOf(findings, kind.name);
  const found = changes.map((change) => [fieldOf(change), change.actual] as const);
  return { ...(kind.desired as State), ...Object.fromEntries(found) };
}

/** All intervals. Drift that the last snapshot found is one with the uncertain time before it. */
function intervalsOf(
  context: ReplayContext,
  { intervals, open }: ReplayModel,
): readonly Interval[] {
  const to = timeOf(context, context.to);
  const ofKey = ({ kind, path }: Pick<Interval, 'kind' | 'path'>) => `${kind}.${path}`;
  const found = [...open.values()].filter(({ from, startedBy }) => from === to && !startedBy);
  const continued = intervals.map((interval) => {
    const isLast = interval.to === to && !interval.isCertain && interval.endedBy === null;
    return isLast && found.some((one) => ofKey(one) === ofKey(interval))
      ? { ...interval, isOpen: true }
      : interval;
  });
  const isContinued = (one: (typeof found)[number]) =>
    continued.some((interval) => interval.isOpen && ofKey(interval) === ofKey(one));
  const others = [...open.values()]
    .filter((one) => !isContinued(one))
    .map((one) => ({ ...one, to, isOpen: true, endedBy: null }));
  return [...continued, ...others].toSorted(byTime);
}

const byTime = (one: Interval, other: Interval): number =>
  sortKey(one) < sortKey(other) ? -1 : sortKey(one) > sortKey(other) ? 1 : 0;

const sortKey = ({ from, kind, path, to, description }: Interval): string =>
  [from, kind, path, to, description].join(' ');
