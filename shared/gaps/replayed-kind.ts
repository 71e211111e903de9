import { type CoverageLoss, totalLoss } from '#drift/history-model.ts';
import { trailIsGone } from '#drift/impact.ts';
import type { Change, Json } from '#text/diff.ts';
import type { RecordedCall } from '#trail/recorded-call.ts';
import type { Trail } from '#trail/trail-arn.ts';
import type { KindHistory, ReplayInput } from './history.ts';

/** A drift kind with the state that the baseline asks for. */
export type ReplayedKind = KindHistory & { readonly desired: object };

/** The state of one kind; a field that is missing has the value of the baseline. */
export type State = Readonly<Record<string, Json>>;

export const replayedKinds = (
  { states }: Pick<ReplayInput, 'states'>,
  kinds: readonly KindHistory[],
): readonly ReplayedKind[] =>
  kinds.flatMap((kind) => {
    const desired = states[kind.name];
    return desired === undefined ? [] : [{ ...kind, desired }];
  });

/** The name of the trail itself among the kinds: its only field, without a name, is whether it exists. */
export const trailKey = 'trail';

/** Whether the trail exists, as a kind: a deletion sets it, and any change of the trail shows it. */
export const existenceOf = (kinds: readonly ReplayedKind[]): ReplayedKind => ({
  name: trailKey,
  desired: { '': true },
  impact: () => trailIsGone,
  historyModel: {
    applyCall(call, _before, trail) {
      if (isDeletion(call)) return { set: { '': false }, shown: { '': true } };
      if (isCreation(call)) return { set: { '': true }, shown: { '': false } };
      return isChangeOfTrail(call, kinds, trail) ? { set: {}, shown: { '': true } } : null;
    },
    coverageLoss: () => totalLoss,
  },
});

export const keyOf = ({ name }: Pick<ReplayedKind, 'name'>, field: string): string =>
  name === trailKey ? name : `${name}.${field}`;

/** Whether a state is created and deleted together with the trail. */
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
  isCreation(call) ||
  isDeletion(call) ||
  kinds.some(
    (kind) => belongsToTrail(kind) && effectOf(kind, kind.desired as State, call, trail) !== null,
  );

/** The fields that a call set, those whose new value its record does not show, and those that it only shows. */
export type Effect = {
  readonly set: State;
  readonly indeterminate: readonly string[];
  readonly shown: State;
};

/** What a call does to the fields of a kind; null if it is not about them. A creation sets every field of the trail. */
export function effectOf(
  { historyModel, desired }: ReplayedKind,
  before: State,
  call: RecordedCall,
  trail: Trail,
): Effect | null {
  const { newTrailState } = historyModel;
  const isNew = isCreation(call) && newTrailState !== undefined;
  const fresh = isNew
    ? Object.fromEntries(
        Object.keys(desired).map((field) => [field, (newTrailState as State)[field] ?? null]),
      )
    : {};
  const result = historyModel.applyCall(call, { ...before, ...fresh }, trail, desired);
  if (result === null && !isNew) return null;
  const { set = {}, indeterminate = [], shown = {} } = result ?? {};
  return {
    set: { ...fresh, ...set } as State,
    indeterminate,
    shown: isNew ? {} : (shown as State),
  };
}

/** The coverage that a change loses; null for none, `unknown` if a truncated state does not show it. */
export const coverageLossOf = (
  { historyModel, desired }: ReplayedKind,
  change: Change,
  actual: object,
): CoverageLoss | 'unknown' | null =>
  unlessTruncated<CoverageLoss | 'unknown' | null>(
    () => historyModel.coverageLoss?.(change, desired, actual) ?? null,
    'unknown',
  );

/** A judgement of a kind. Stored states may be truncated; a kind then cannot judge them, and throws. */
export function unlessTruncated<Judgement>(
  judge: () => Judgement,
  otherwise: Judgement,
): Judgement {
  try {
    return judge();
  } catch {
    return otherwise;
  }
}
