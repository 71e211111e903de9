import type { CallResult, CoverageLoss, HistoryModel } from '#drift/history-model.ts';
import type { Change, Json } from '#text/diff.ts';
import type { RecordedCall } from '#trail/recorded-call.ts';
import type { Trail } from '#trail/trail-arn.ts';
import type { KindHistory, ReplayInput } from './history.ts';

/** A drift kind with a history model, and the state that the baseline asks for. */
export type ReplayedKind = Omit<KindHistory, 'historyModel'> & {
  readonly historyModel: HistoryModel;
  readonly desired: object;
};

export const replayedKinds = (
  { states }: Pick<ReplayInput, 'states'>,
  kinds: readonly KindHistory[],
): readonly ReplayedKind[] =>
  kinds.flatMap((kind) => {
    const desired = states[kind.name];
    const { historyModel } = kind;
    return desired === undefined || historyModel === undefined
      ? []
      : [{ ...kind, historyModel, desired }];
  });

export type State = Readonly<Record<string, Json>>;

/** The result of a series of calls for one kind. */
export type Replayed = {
  readonly state: State;
  /** The fields whose value the records do not show. */
  readonly indeterminate: ReadonlySet<string>;
  /** The last call that wrote each field. */
  readonly writtenBy: ReadonlyMap<string, RecordedCall>;
  /** Values that a response showed before any of the calls wrote the field. */
  readonly shown: State;
};

/** Replays calls one after the other. */
export const replayCalls = (
  kind: ReplayedKind,
  before: State,
  calls: readonly RecordedCall[],
  trail: Trail,
): Replayed =>
  calls.reduce((replayed, call) => replayCall(kind, replayed, call, trail), untouched(before));

const untouched = (state: State): Replayed => ({
  state,
  indeterminate: new Set(),
  writtenBy: new Map(),
  shown: {},
});

function replayCall(
  kind: ReplayedKind,
  before: Replayed,
  call: RecordedCall,
  trail: Trail,
): Replayed {
  const { newTrailState } = kind.historyModel;
  const started =
    isCreation(call) && newTrailState !== undefined
      ? written(before, newTrailState as State, { set: Object.keys(kind.desired), call })
      : before;
  const result = resultOf(kind, started.state, call, trail);
  if (result === null) return started;
  const { set, indeterminate = [], shown = {} } = result;
  const state = { ...started.state, ...(set as State) };
  const replayed = written(started, state, { set: Object.keys(set), indeterminate, call });
  const isNew = ([field]: [string, unknown]) => !replayed.writtenBy.has(field);
  const newlyShown = Object.entries(shown).filter(isNew);
  return { ...replayed, shown: { ...replayed.shown, ...Object.fromEntries(newlyShown) } };
}

type Write = {
  readonly set: readonly string[];
  readonly indeterminate?: readonly string[];
  readonly call: RecordedCall;
};

function written(
  before: Replayed,
  state: State,
  { set, indeterminate = [], call }: Write,
): Replayed {
  const fields = [...set, ...indeterminate].map((field) => [field, call] as const);
  return {
    ...before,
    state,
    indeterminate: new Set([
      ...[...before.indeterminate].filter((field) => !set.includes(field)),
      ...indeterminate,
    ]),
    writtenBy: new Map([...before.writtenBy, ...fields]),
  };
}

/** A stored state may be truncated. If the model cannot apply a call to it, all fields become indeterminate. */
function resultOf(
  { historyModel, desired }: ReplayedKind,
  state: State,
  call: RecordedCall,
  trail: Trail,
): CallResult | null {
  try {
    return historyModel.applyCall(call, state, trail);
  } catch {
    return { set: {}, indeterminate: Object.keys(desired) };
  }
}

/** The coverage that a change loses; null for none, `unknown` if a truncated state does not show it. */
export function coverageLossOf(
  { historyModel, desired }: ReplayedKind,
  change: Change,
  actual: object,
): CoverageLoss | 'unknown' | null {
  try {
    return historyModel.coverageLoss?.(change, desired, actual) ?? null;
  } catch {
    return 'unknown';
  }
}

/**
 * The orders in which calls of one second may have been made: one for each call that may have been the last. A creation comes
 * first, unless the trail was also deleted.
 */
export function possibleOrders(
  calls: readonly RecordedCall[],
): readonly (readonly RecordedCall[])[] {
  const first = calls.some(isDeletion) ? [] : calls.filter(isCreation);
  const others = calls.filter((call) => !first.includes(call));
  if (others.length === 0) return [first];
  return others.map((last) => [...first, ...others.filter((call) => call !== last), last]);
}

export const fieldsWrittenBy = (
  kind: ReplayedKind,
  call: RecordedCall,
  trail: Trail,
): readonly string[] => [
  ...replayCalls(kind, kind.desired as State, [call], trail).writtenBy.keys(),
];

/** The kind of a gap in which the trail did not exist. */
export const trailKey = 'trail';
export const keyOf = ({ name }: Pick<ReplayedKind, 'name'>, field: string): string =>
  `${name}.${field}`;

/** Whether a state is deleted together with the trail. */
export const belongsToTrail = ({ historyModel }: ReplayedKind): boolean =>
  historyModel.newTrailState !== undefined;

export const isCreation = ({ eventName }: RecordedCall): boolean => eventName === 'CreateTrail';
export const isDeletion = ({ eventName }: RecordedCall): boolean => eventName === 'DeleteTrail';

/** Whether a successful call proves that the trail existed before or after it. */
export const isChangeOfTrail = (
  call: RecordedCall,
  kinds: readonly ReplayedKind[],
  trail: Trail,
): boolean =>
  isDeletion(call) ||
  kinds.some((kind) => belongsToTrail(kind) && fieldsWrittenBy(kind, call, trail).length > 0);
