import { treatmentOf } from '#baseline/policy.ts';
import { isSame, type Json } from '#text/diff.ts';
import type { RecordedCall } from '#trail/recorded-call.ts';
import { applyObservedFields, recordUnexplained } from './apply-snapshot.ts';
import { fieldDrift, missingTrail } from './field-drift.ts';
import {
  belongsToTrail,
  isChangeOfTrail,
  isCreation,
  isDeletion,
  keyOf,
  possibleOrders,
  type Replayed,
  type ReplayedKind,
  replayCalls,
  type State,
  trailKey,
} from './replay.ts';
import {
  addInterval,
  close,
  type ReplayContext,
  type ReplayModel,
  setFields,
  setKnownAt,
  stateOf,
  updateIntervals,
  withEntries,
  withoutKeys,
} from './replay-model.ts';
import type { TimelineEvent } from './timeline-events.ts';

/** Replays the calls of one second. Our own calls follow one another; the order of other calls is not known. */
export function applyCalls(
  context: ReplayContext,
  before: ReplayModel,
  { at, calls, selfTriggered }: Extract<TimelineEvent, { type: 'calls' }>,
): ReplayModel {
  const orders = selfTriggered ? [calls] : possibleOrders(calls);
  const existing = trackExistence(context, before, at, calls);
  const replayed = context.kinds.map((kind) => {
    const state = stateOf(existing, kind);
    const outcomes = orders.map((order) => replayCalls(kind, state, order, context.trail));
    return { kind, outcomes, first: outcomes[0] as Replayed };
  });
  const model = replayed.reduce((left, { kind, outcomes, first }) => {
    const shown = applyObservedFields(context, left, kind, first.shown, at);
    const inferred = calls.some(isCreation)
      ? shown
      : inferPriorState(context, shown, at, kind, outcomes);
    return applyWrites(context, inferred, at, kind, outcomes);
  }, existing);
  const callOf = new Map([
    ...replayed.flatMap(({ kind, first }) =>
      [...first.writtenBy].map(([field, call]) => [keyOf(kind, field), call] as const),
    ),
    ...existenceCall(context, calls).map((call) => [trailKey, call] as const),
  ]);
  return updateIntervals(context, model, at, (key) => callOf.get(key) ?? null);
}

/** The call that decided whether the trail exists; none if no call is about the trail itself. */
function existenceCall(
  { kinds, trail }: ReplayContext,
  calls: readonly RecordedCall[],
): readonly RecordedCall[] {
  const last = calls.findLast((call) => isChangeOfTrail(call, kinds, trail));
  return last === undefined
    ? []
    : [calls.findLast(isCreation) ?? calls.findLast(isDeletion) ?? last];
}

/** A trail that is created did not exist; a trail that is changed does. */
function trackExistence(
  context: ReplayContext,
  before: ReplayModel,
  at: number,
  calls: readonly RecordedCall[],
): ReplayModel {
  const last = calls.findLast((call) => isChangeOfTrail(call, context.kinds, context.trail));
  if (last === undefined) return before;
  const created = calls.filter(isCreation);
  const deleted = calls.filter(isDeletion);
  if (!before.exists && created.length + deleted.length === 0) {
    // An unknown call created the trail, with unknown settings.
    const keys = context.kinds
      .filter(belongsToTrail)
      .flatMap((kind) => Object.keys(kind.desired).map((field) => keyOf(kind, field)));
    const model = recordUnexplained(context, before, trailKey, at, null);
    const unknown = keys.map((key) => [key, last] as const);
    const indeterminate = withEntries(model.indeterminate, unknown);
    return setKnownAt({ ...model, exists: true, indeterminate }, [trailKey], at);
  }
  const since = before.knownAt.get(trailKey);
  const model =
    before.exists && created.length > deleted.length
      ? addInterval(
          context,
          before,
          { ...missingTrail, isCertain: since === undefined },
          { since: since ?? null, to: at, endedBy: created[0] ?? null },
        )
      : before;
  const exists =
    deleted.length === created.length ? before.exists : created.length > deleted.length;
  return setKnownAt({ ...model, exists }, [trailKey], at);
}

/** A call that writes the baseline's value before anything is known may have reverted an earlier drift. */
function inferPriorState(
  context: ReplayContext,
  model: ReplayModel,
  at: number,
  kind: ReplayedKind,
  outcomes: readonly Replayed[],
): ReplayModel {
  const { writtenBy } = outcomes[0] as Replayed;
  const fields = inferableFields(context, model, kind, outcomes);
  const [first] = fields;
  if (first === undefined) return model;
  if (kind.alwaysEnforced) {
    return fields.reduce((left, field) => {
      const change = { path: field, desired: desiredOf(kind, field), actual: null };
      const drift = { ...fieldDrift(kind, change, stateOf(left, kind)), isCertain: false };
      const endedBy = writtenBy.get(field) ?? null;
      return addInterval(context, left, drift, { since: null, to: at, endedBy });
    }, model);
  }
  const call = writtenBy.get(first) as RecordedCall;
  const names = fields.map((field) => keyOf(kind, field)).join(', ');
  const sentence = `${call.eventName} at ${call.at} wrote ${names} as in the baseline: the history does not show the previous value`;
  return { ...model, unknown: [...model.unknown, sentence] };
}

/** The fields that calls wrote as in the baseline, and about which nothing is known yet. */
function inferableFields(
  { policy }: ReplayContext,
  model: ReplayModel,
  kind: ReplayedKind,
  outcomes: readonly Replayed[],
): readonly string[] {
  const { state, writtenBy } = outcomes[0] as Replayed;
  const isDesired = (field: string): boolean =>
    !outcomes.some((outcome) => outcome.indeterminate.has(field)) &&
    isSame(state[field] ?? null, desiredOf(kind, field)) &&
    treatmentOf(policy, kind.name, field) !== 'ignore';
  // A field that is sent only because it is coupled to another one proves nothing.
  const isIntended = (field: string): boolean =>
    (kind.coupledFields ?? []).every((group) => !group.includes(field) || group.every(isDesired));
  return [...writtenBy.keys()].filter((field) => {
    const key = keyOf(kind, field);
    const isNew = !model.knownAt.has(key) && !model.open.has(key);
    return isNew && isDesired(field) && isIntended(field);
  });
}

/** Sets the fields that calls wrote; a field is indeterminate if it depends on the order of the calls. */
function applyWrites(
  context: ReplayContext,
  before: ReplayModel,
  at: number,
  kind: ReplayedKind,
  outcomes: readonly Replayed[],
): ReplayModel {
  const { state, writtenBy } = outcomes[0] as Replayed;
  const fields = [...writtenBy.keys()];
  const keys = fields.map((field) => keyOf(kind, field));
  const closed = [...writtenBy].reduce((left, [field, call]) => {
    const key = keyOf(kind, field);
    return left.indeterminate.has(key) ? close(context, left, key, at, call) : left;
  }, before);
  const isIndeterminate = (field: string): boolean =>
    outcomes.some(
      (outcome) =>
        outcome.indeterminate.has(field) ||
        !isSame(outcome.state[field] ?? null, state[field] ?? null),
    );
  const indeterminate = [...writtenBy]
    .filter(([field]) => isIndeterminate(field))
    .map(([field, call]) => [keyOf(kind, field), call] as const);
  const model = {
    ...closed,
    indeterminate: withEntries(withoutKeys(closed.indeterminate, keys), indeterminate),
  };
  const values = Object.fromEntries(fields.map((field) => [field, state[field] ?? null] as const));
  return setKnownAt(setFields(context, model, kind, values), keys, at);
}

const desiredOf = ({ desired }: ReplayedKind, field: string): Json =>
  (desired as State)[field] ?? null;
