import type { After, HistoryModel, Missing } from '#drift/history-model.ts';
import type { Change, Json } from '#text/diff.ts';
import type { RecordedCall } from '#trail/recorded-call.ts';
import type { Trail } from '#trail/trail-arn.ts';
import type { KindHistory, ReplayInput } from './history.ts';

/** A kind that tells of the past, with the state that the baseline asks for. */
export type Told = Omit<KindHistory, 'past'> & {
  readonly past: HistoryModel;
  readonly desired: object;
};

export const toldIn = (
  { states }: Pick<ReplayInput, 'states'>,
  kinds: readonly KindHistory[],
): readonly Told[] =>
  kinds.flatMap((kind) => {
    const desired = states[kind.name];
    const { past } = kind;
    return desired === undefined || past === undefined ? [] : [{ ...kind, past, desired }];
  });

export type State = Readonly<Record<string, Json>>;

/** What calls made of a state: which of its fields are not known, the last call that wrote each, and what they only showed. */
export type Played = {
  readonly state: State;
  readonly unclear: ReadonlySet<string>;
  readonly touched: ReadonlyMap<string, RecordedCall>;
  readonly seen: State;
};

/** Plays calls one after the other. */
export function played(
  { past, desired }: Told,
  before: State,
  calls: readonly RecordedCall[],
  trail: Trail,
): Played {
  let state = before;
  const unclear = new Set<string>();
  const touched = new Map<string, RecordedCall>();
  const seen: Record<string, Json> = {};
  for (const call of calls) {
    if (isCreation(call) && past.ofNewTrail !== undefined) {
      state = past.ofNewTrail as State;
      for (const field of Object.keys(desired)) touch(field, call, false);
    }
    const after = afterOf(call);
    if (after === null) continue;
    state = { ...state, ...(after.set as State) };
    for (const field of Object.keys(after.set)) touch(field, call, false);
    for (const field of after.unclear ?? []) touch(field, call, true);
    for (const [field, value] of Object.entries(after.seen ?? {})) {
      if (!touched.has(field)) seen[field] = value as Json;
    }
  }
  return { state, unclear, touched, seen };

  /** What was seen may be cut, for room: a call that builds on it leaves what is not known. */
  function afterOf(call: RecordedCall): After | null {
    try {
      return past.after(call, state, trail);
    } catch {
      return { set: {}, unclear: Object.keys(desired) };
    }
  }

  function touch(field: string, call: RecordedCall, isUnclear: boolean): void {
    touched.set(field, call);
    if (isUnclear) unclear.add(field);
    else unclear.delete(field);
  }
}

/** What a change takes from the record, null for nothing. What was seen may be cut, for room: then it is not known. */
export function missingOf(
  { past, desired }: Told,
  change: Change,
  actual: object,
): Missing | 'unknown' | null {
  try {
    return past.missing?.(change, desired, actual) ?? null;
  } catch {
    return 'unknown';
  }
}

/**
 * The orders in which calls of which the order is not known may have ended: each of them last, once. Before a trail is made
 * there is nothing to call about, unless there was one that was deleted.
 */
export function orders(calls: readonly RecordedCall[]): readonly (readonly RecordedCall[])[] {
  const first = calls.some(isDeletion) ? [] : calls.filter(isCreation);
  const others = calls.filter((call) => !first.includes(call));
  if (others.length === 0) return [first];
  return others.map((last) => [...first, ...others.filter((call) => call !== last), last]);
}

/** The fields of a kind that a call writes. */
export const touchedBy = (one: Told, call: RecordedCall, trail: Trail): readonly string[] => [
  ...played(one, one.desired as State, [call], trail).touched.keys(),
];

/** What a trail itself goes by, where its being is meant. */
export const trailKey = 'trail';
export const keyOf = ({ name }: Told, field: string): string => `${name}.${field}`;

/** Whether a state is the trail's own, and goes with it. */
export const isOfTrail = ({ past }: Told): boolean => past.ofNewTrail !== undefined;

export const isCreation = ({ eventName }: RecordedCall): boolean => eventName === 'CreateTrail';
export const isDeletion = ({ eventName }: RecordedCall): boolean => eventName === 'DeleteTrail';

/** Whether a call that succeeded shows that the trail was there, before it or after. */
export const isChangeOfTrail = (call: RecordedCall, told: readonly Told[], trail: Trail): boolean =>
  isDeletion(call) || told.some((one) => isOfTrail(one) && touchedBy(one, call, trail).length > 0);
