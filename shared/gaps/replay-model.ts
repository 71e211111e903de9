import { isIgnored } from '#baseline/policy.ts';
import { isSame, type Json } from '#text/diff.ts';
import type { RecordedCall } from '#trail/recorded-call.ts';
import { driftedFields, type FieldDrift, possibleDrift } from './field-drift.ts';
import type { ReplayInput } from './history.ts';
import { isCreation, keyOf, type ReplayedKind, type State } from './replayed-kind.ts';

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
};

/** What a replay assumes about the trail at one time. Keys are `kind.field`, or `trail` for the trail itself. */
export type ReplayModel = {
  /** By kind; a kind without an entry is as in the baseline. */
  readonly states: ReadonlyMap<string, State>;
  readonly drifted: ReadonlyMap<string, ReadonlyMap<string, FieldDrift>>;
  /** The fields that a call says something about, or that were read. */
  readonly notes: ReadonlyMap<string, Note>;
  readonly open: ReadonlyMap<string, OpenInterval>;
  readonly intervals: readonly Interval[];
  /** Sentences about what the history does not show. */
  readonly unknown: readonly string[];
};

/** The last that is known of a field: the call that wrote it, and whether it is not known what it wrote; or that it was only observed. */
export type Note = { readonly at: number } & (
  | { readonly by: RecordedCall; readonly isIndeterminate: boolean }
  | { readonly by: null; readonly isIndeterminate: false }
);

export const inSync: ReplayModel = {
  states: new Map(),
  drifted: new Map(),
  notes: new Map(),
  open: new Map(),
  intervals: [],
  unknown: [],
};

export const stateOf = (model: ReplayModel, { name, desired }: ReplayedKind): State =>
  model.states.get(name) ?? (desired as State);

export const noted = (model: ReplayModel, keys: readonly string[], note: Note): ReplayModel => ({
  ...model,
  notes: new Map([...model.notes, ...keys.map((key) => [key, note] as const)]),
});

/** Sets fields of a kind, whatever explains it. */
export function setFields(
  { policy }: ReplayContext,
  model: ReplayModel,
  kind: ReplayedKind,
  fields: State,
): ReplayModel {
  const state = { ...stateOf(model, kind), ...fields };
  return {
    ...model,
    states: new Map([...model.states, [kind.name, state]]),
    drifted: new Map([...model.drifted, [kind.name, driftedFields(kind, state, policy)]]),
  };
}

/** Sets fields to values that the trail or the record of a call shows, and that no known call explains. */
export function observeFields(
  context: ReplayContext,
  before: ReplayModel,
  kind: ReplayedKind,
  observed: State,
  at: number,
): ReplayModel {
  const keys = Object.keys(observed).map((field) => keyOf(kind, field));
  const note = { at, by: null, isIndeterminate: false } as const;
  const after = noted(setFields(context, before, kind, observed), keys, note);
  const drift = driftOf(context, after, kind);
  const state = stateOf(before, kind);
  return Object.entries(observed).reduce((model, [field, value]) => {
    const key = keyOf(kind, field);
    const known = before.notes.get(key);
    const now = drift.get(key) ?? null;
    if (known?.isIndeterminate) return resolve(context, model, key, now, known);
    const isKnown = isSame(state[field] ?? null, value);
    return isKnown ? model : recordChange(context, model, { key, at, now, known });
  }, after);
}

/** Nothing changed a field since the call that left it indeterminate, so the observed value is valid since then. */
function resolve(
  context: ReplayContext,
  model: ReplayModel,
  key: string,
  now: FieldDrift | null,
  { at, by }: Note,
): ReplayModel {
  const since = model.open.get(key) ?? { from: timeOf(context, at), startedBy: by };
  const open = new Map([...model.open].filter(([other]) => other !== key));
  return { ...model, open: now === null ? open : open.set(key, { ...since, ...now }) };
}

/** A field changed at some time since it was last known, by an unknown call. */
function recordChange(
  context: ReplayContext,
  model: ReplayModel,
  change: { key: string; at: number; now: FieldDrift | null; known: Note | undefined },
): ReplayModel {
  const { key, at, now, known } = change;
  const before = model.open.get(key);
  const since = Math.max(known?.at ?? context.from, before ? Date.parse(before.from) : 0);
  const closed = close(context, model, key, since, null);
  const drift = now ?? before;
  if (drift === undefined || since >= at) return closed;
  const isFromBefore = known === undefined;
  return uncertainly(context, closed, drift, { since, to: at, isFromBefore, endedBy: null });
}

/** Adds a time in which a field may have drifted. */
export function uncertainly(
  context: ReplayContext,
  model: ReplayModel,
  { kind, path, description, severity, coverageLoss }: FieldDrift,
  { since, to, isFromBefore, endedBy }: Span,
): ReplayModel {
  const interval: Interval = {
    ...{ kind, path, description, severity, coverageLoss, isCertain: false },
    from: timeOf(context, since),
    to: timeOf(context, to),
    isOpen: false,
    ...(isFromBefore && { isFromBefore }),
    startedBy: null,
    endedBy,
  };
  return { ...model, intervals: [...model.intervals, interval] };
}

type Span = {
  readonly since: number;
  readonly to: number;
  readonly isFromBefore: boolean;
  readonly endedBy: RecordedCall | null;
};

/** Closes the intervals of drift that ended or changed, and opens those of new drift, by a call if one is known. */
export function updateIntervals(
  context: ReplayContext,
  model: ReplayModel,
  at: number,
  by: RecordedCall | null,
): ReplayModel {
  const now = new Map(context.kinds.flatMap((kind) => [...driftOf(context, model, kind)]));
  const ended = [...model.open].filter(
    ([key, { from: _, startedBy: __, isFromBefore: ___, ...drift }]) =>
      !isSame(drift as Json, (now.get(key) ?? null) as Json),
  );
  const closed = ended.reduce((left, [key]) => close(context, left, key, at, by), model);
  const began = [...now].filter(([key]) => !closed.open.has(key));
  const from = timeOf(context, at);
  return {
    ...closed,
    open: new Map([
      ...closed.open,
      ...began.map(([key, drift]) => [key, { ...drift, from, startedBy: by }] as const),
    ]),
  };
}

/** The fields of a kind that have drifted or may have, by key. */
function driftOf(
  { policy }: ReplayContext,
  model: ReplayModel,
  kind: ReplayedKind,
): ReadonlyMap<string, FieldDrift> {
  const possible = Object.keys(kind.desired).flatMap((field) => {
    const note = model.notes.get(keyOf(kind, field));
    const drift =
      note?.isIndeterminate && !isIgnored(policy, kind.name, field)
        ? possibleDrift(kind, field, note.by)
        : null;
    return drift === null ? [] : [[keyOf(kind, field), drift] as const];
  });
  return new Map([...(model.drifted.get(kind.name) ?? []), ...possible]);
}

/**
 * Ends the interval of a field. In the second in which it began, it is dropped if the field is in doubt, or if it belongs to the
 * creation of the trail.
 */
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
  const isInDoubt = !interval.isCertain || model.notes.get(key)?.isIndeterminate;
  const isOfCreation = interval.startedBy !== null && isCreation(interval.startedBy);
  return {
    ...model,
    open: new Map([...model.open].filter(([other]) => other !== key)),
    intervals:
      closed.from === closed.to && (isInDoubt || isOfCreation)
        ? model.intervals
        : [...model.intervals, closed],
  };
}

/** A time within the window, as ISO 8601. */
export const timeOf = ({ from, to }: ReplayContext, at: number): string =>
  new Date(Math.min(Math.max(at, from), to)).toISOString();
