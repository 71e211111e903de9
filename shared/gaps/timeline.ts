import { applyCalls } from './apply-calls.ts';
import { applyInitialDrift, applyPresent, applySnapshot } from './apply-snapshot.ts';
import type { KindHistory, ReplayInput } from './history.ts';
import { replayedKinds } from './replay.ts';
import { type Interval, inSync, type ReplayContext, type ReplayModel } from './replay-model.ts';
import { firstWrites, hasConcurrentWrite, timelineEvents } from './timeline-events.ts';

export type Timeline = {
  /** The earliest first. Intervals of one kind and path do not overlap. */
  readonly intervals: readonly Interval[];
  /** Sentences about what the history does not show, beside the uncertain intervals. */
  readonly unknown: readonly string[];
  /** The drift of now that no call in the window explains, as `kind.field`. */
  readonly unexplained: readonly string[];
};

/**
 * The intervals in which a trail drifted: replays its calls second by second, and compares snapshots with the result. The trail is
 * assumed to be in sync until a call or a snapshot says otherwise. An interval is uncertain if the trail may have drifted in it,
 * for all or a part of the time.
 */
export function timelineOf(history: ReplayInput, kinds: readonly KindHistory[]): Timeline {
  const context = contextOf(history, kinds);
  const first = firstWrites(history, context.kinds);
  const atStart = (history.initialDrift ?? []).reduce(
    (model, drift) => applyInitialDrift(context, model, drift, first),
    inSync,
  );
  const atEnd = timelineEvents(history).reduce(
    (model, event) =>
      event.type === 'calls'
        ? applyCalls(context, model, event)
        : applySnapshot(context, model, event.at, event.snapshot),
    atStart,
  );
  const { present } = history;
  return finish(context, present === undefined ? atEnd : applyPresent(context, atEnd, present));
}

function contextOf(history: ReplayInput, all: readonly KindHistory[]): ReplayContext {
  const { trail, policy, window } = history;
  const kinds = replayedKinds(history, all);
  return {
    trail,
    policy,
    kinds,
    from: Date.parse(window.from),
    to: Date.parse(window.to),
    hasConcurrentWrite: hasConcurrentWrite(history, kinds),
  };
}

function finish({ to }: ReplayContext, model: ReplayModel): Timeline {
  const { intervals, open, unknown, unexplained } = model;
  const end = { to: new Date(to).toISOString(), isOpen: true, endedBy: null };
  const all = [...intervals, ...[...open.values()].map((interval) => ({ ...interval, ...end }))];
  return { intervals: all.toSorted(byTime), unknown, unexplained };
}

const byTime = (one: Interval, other: Interval): number =>
  sortKey(one) < sortKey(other) ? -1 : sortKey(one) > sortKey(other) ? 1 : 0;

const sortKey = ({ from, kind, path, to, words }: Interval): string =>
  [from, kind, path, to, words].join(' ');
