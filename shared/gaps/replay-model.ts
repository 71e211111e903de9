import { treatmentOf } from '#baseline/policy.ts';
import { isSame, type Json } from '#text/diff.ts';
import type { RecordedCall } from '#trail/recorded-call.ts';
import { driftedFields, type FieldDrift, missingTrail, possibleDrift } from './field-drift.ts';
import type { ReplayInput, Snapshot } from './history.ts';
import { keyOf, type ReplayedKind, type State, trailKey } from './replay.ts';

/** A time in which one field drifted, or may have drifted. */
export type Interval = FieldDrift & {
  readonly from: string;
  readonly to: string;
  /** Whether it lasted beyond the window. */
  readonly isOpen: boolean;
  /** Present if it began before the window, or may have. */
  readonly isFromBefore?: true;
  /** The calls that began and ended it; null if no known call in the window did. */
  readonly startedBy: RecordedCall | null;
  readonly endedBy: RecordedCall | null;
};

type OpenInterval = Omit<Interval, 'to' | 'isOpen' | 'endedBy'>;

/** What every step of a replay reads. `from` and `to` are the window in milliseconds. */
export type ReplayContext = Pick<ReplayInput, 'trail' | 'policy'> & {
  readonly kinds: readonly ReplayedKind[];
  readonly from: number;
  readonly to: number;
  readonly hasConcurrentWrite: (key: string, span: Pick<Snapshot, 'since' | 'until'>) => boolean;
};

/** What a replay assumes about the trail at one time. Keys are `kind.field`, or `trail` for the trail itself. */
export type ReplayModel = {
  readonly exists: boolean;
  /** By kind; a kind that never differed from the baseline has no entry. */
  readonly states: ReadonlyMap<string, State>;
  readonly driftedFields: ReadonlyMap<string, ReturnType<typeof driftedFields>>;
  /** Fields of unknown value, each with the call that wrote it. */
  readonly indeterminate: ReadonlyMap<string, RecordedCall>;
  /** The last time at which the assumption about a field was confirmed. */
  readonly knownAt: ReadonlyMap<string, number>;
  readonly open: ReadonlyMap<string, OpenInterval>;
  readonly intervals: readonly Interval[];
  /** Sentences about what the history does not show. */
  readonly unknown: readonly string[];
  /** The keys of drift that no call in the window explains. */
  readonly unexplained: readonly string[];
};

export const inSync: ReplayModel = {
  exists: true,
  states: new Map(),
  driftedFields: new Map(),
  indeterminate: new Map(),
  knownAt: new Map(),
  open: new Map(),
  intervals: [],
  unknown: [],
  unexplained: [],
};

export const stateOf = (model: ReplayModel, { name, desired }: ReplayedKind): State =>
  model.states.get(name) ?? (desired as State);

/** A copy of a map with some entries set. */
export const withEntries = <Value>(
  map: ReadonlyMap<string, Value>,
  entries: Iterable<readonly [string, Value]>,
): ReadonlyMap<string, Value> => new Map([...map, ...entries]);

/** A copy of a map without some keys. */
export const withoutKeys = <Value>(
  map: ReadonlyMap<string, Value>,
  keys: readonly string[],
): ReadonlyMap<string, Value> => new Map([...map].filter(([key]) => !keys.includes(key)));

export const setKnownAt = (
  model: ReplayModel,
  keys: readonly string[],
  at: number,
): ReplayModel => ({
  ...model,
  knownAt: withEntries(
    model.knownAt,
    keys.map((key) => [key, at] as const),
  ),
});

export function setFields(
  { policy }: ReplayContext,
  model: ReplayModel,
  kind: ReplayedKind,
  fields: State,
): ReplayModel {
  const before = stateOf(model, kind);
  const state = { ...before, ...fields };
  if (isSame(before, state)) return model;
  const drifted = driftedFields(kind, state, policy);
  return {
    ...model,
    states: withEntries(model.states, [[kind.name, state]]),
    driftedFields: withEntries(model.driftedFields, [[kind.name, drifted]]),
  };
}

/** The fields of a kind that have drifted or may have, by key. */
export function driftOfKind(
  { policy }: ReplayContext,
  model: ReplayModel,
  kind: ReplayedKind,
): ReadonlyMap<string, FieldDrift> {
  const possible = Object.keys(kind.desired).flatMap((field) => {
    const call = model.indeterminate.get(keyOf(kind, field));
    const isIgnored = treatmentOf(policy, kind.name, field) === 'ignore';
    const drift = call === undefined || isIgnored ? null : possibleDrift(kind, field, call);
    return drift === null ? [] : [[field, drift] as const];
  });
  const drifted = [...(model.driftedFields.get(kind.name) ?? []), ...possible];
  return new Map(drifted.map(([field, drift]) => [keyOf(kind, field), drift]));
}

/** Closes the intervals of drift that ended or changed, and opens those of new drift. */
export function updateIntervals(
  context: ReplayContext,
  model: ReplayModel,
  at: number,
  callOf: (key: string) => RecordedCall | null,
): ReplayModel {
  const now = new Map([
    ...(model.exists ? [] : [[trailKey, missingTrail] as const]),
    ...context.kinds.flatMap((kind) => [...driftOfKind(context, model, kind)]),
  ]);
  const ended = [...model.open].flatMap(([key, interval]) =>
    isSame((now.get(key) ?? null) as Json, driftIn(interval) as Json) ? [] : [key],
  );
  const closed = ended.reduce((left, key) => close(context, left, key, at, callOf(key)), model);
  const began = [...now]
    .filter(([key]) => !closed.open.has(key))
    .map(([key, drift]) => {
      const interval = { ...drift, from: timeOf(context, at), startedBy: callOf(key) };
      return [key, interval] as const;
    });
  return { ...closed, open: withEntries(closed.open, began) };
}

const driftIn = ({ from: _, startedBy: __, isFromBefore: ___, ...drift }: OpenInterval) => drift;

export function close(
  context: ReplayContext,
  model: ReplayModel,
  key: string,
  at: number,
  endedBy: RecordedCall | null,
): ReplayModel {
  const interval = model.open.get(key);
  if (interval === undefined) return model;
  const closed = { ...interval, to: timeOf(context, at), isOpen: false, endedBy };
  return {
    ...model,
    open: withoutKeys(model.open, [key]),
    intervals: [...model.intervals, closed],
  };
}

/** Adds an interval that no call in the window began. */
export function addInterval(
  context: ReplayContext,
  model: ReplayModel,
  drift: FieldDrift,
  { since, to, endedBy = null, isOpen = false }: Span,
): ReplayModel {
  const interval: Interval = {
    ...drift,
    from: timeOf(context, since ?? context.from),
    to: timeOf(context, to),
    isOpen,
    ...(since === null && { isFromBefore: true as const }),
    startedBy: null,
    endedBy,
  };
  return { ...model, intervals: [...model.intervals, interval] };
}

type Span = {
  /** Null if it may have begun before the window. */
  readonly since: number | null;
  readonly to: number;
  readonly endedBy?: RecordedCall | null;
  readonly isOpen?: boolean;
};

/** A time within the window, as ISO 8601. */
export const timeOf = ({ from, to }: ReplayContext, at: number): string =>
  new Date(Math.min(Math.max(at, from), to)).toISOString();
