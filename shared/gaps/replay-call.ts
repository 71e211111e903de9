import { isIgnored } from '#baseline/policy.ts';
import { isSame, type Json } from '#text/diff.ts';
import type { RecordedCall } from '#trail/recorded-call.ts';
import { fieldDrift } from './field-drift.ts';
import {
  close,
  noted,
  observeFields,
  type ReplayContext,
  type ReplayModel,
  setFields,
  stateOf,
  uncertainly,
  updateIntervals,
} from './replay-model.ts';
import {
  belongsToTrail,
  effectOf,
  isCreation,
  keyOf,
  type ReplayedKind,
  type State,
  trailKey,
} from './replayed-kind.ts';

/** What a call did to one kind; `at` is in milliseconds. */
type Write = {
  readonly kind: ReplayedKind;
  readonly set: State;
  readonly indeterminate: readonly string[];
  readonly call: RecordedCall;
  readonly at: number;
};

/** Applies a successful call: first what it reveals of the time before it, then what it did. */
export function applyCall(
  context: ReplayContext,
  before: ReplayModel,
  call: RecordedCall,
  at: number,
): ReplayModel {
  const effects = context.kinds.flatMap((kind) => {
    const effect = effectOf(kind, stateOf(before, kind), call, context.trail);
    return effect === null ? [] : [{ kind, call, at, ...effect }];
  });
  const observed = effects.reduce(
    (model, { kind, shown }) => observeFields(context, model, kind, shown, at),
    before,
  );
  const isRecreated = !exists(before) && exists(observed);
  const revealed = isRecreated ? withoutSettings(context, observed, call, at) : observed;
  const inferred = effects.reduce(
    (model, write) => inferPriorState(context, model, write),
    updateIntervals(context, revealed, at, null),
  );
  const written = effects.reduce((model, write) => applyWrite(context, model, write), inferred);
  return updateIntervals(context, written, at, call);
}

const exists = ({ states }: ReplayModel): boolean => states.get(trailKey)?.[''] !== false;

/** An unknown call created the trail, with unknown settings. */
function withoutSettings(
  { kinds }: ReplayContext,
  model: ReplayModel,
  by: RecordedCall,
  at: number,
): ReplayModel {
  const keys = kinds
    .filter(belongsToTrail)
    .flatMap((kind) => Object.keys(kind.desired).map((field) => keyOf(kind, field)));
  return noted(model, keys, { at, by, isIndeterminate: true });
}

/** A call that writes the baseline's value before anything is known may have reverted an earlier drift. */
function inferPriorState(context: ReplayContext, model: ReplayModel, write: Write): ReplayModel {
  const { kind, call, at } = write;
  const fields = Object.keys(write.set).filter((field) =>
    isInferable(context, model, write, field),
  );
  if (fields.length === 0 || isCreation(call)) return model;
  if (!kind.alwaysEnforced) {
    const names = fields.map((field) => keyOf(kind, field)).join(', ');
    const sentence = `${call.eventName} at ${call.at} wrote ${names} as in the baseline: the history does not show the previous value`;
    return { ...model, unknown: [...model.unknown, sentence] };
  }
  const span = { since: context.from, to: at, isFromBefore: true, endedBy: call };
  return fields.reduce((left, field) => {
    const change = { path: field, desired: desiredOf(kind, field), actual: null };
    return uncertainly(context, left, fieldDrift(kind, change, stateOf(left, kind)), span);
  }, model);
}

/** Whether a call wrote a field as in the baseline, of which nothing is known yet. */
function isInferable(
  { policy }: ReplayContext,
  model: ReplayModel,
  { kind, set, indeterminate }: Write,
  field: string,
): boolean {
  const state = { ...stateOf(model, kind), ...set };
  const isDesired = (one: string): boolean =>
    !indeterminate.includes(one) && isSame(state[one] ?? null, desiredOf(kind, one));
  // A field that is sent only because it is coupled to another one proves nothing.
  const isIntended = (kind.coupledFields ?? []).every(
    (group) => !group.includes(field) || group.every(isDesired),
  );
  const key = keyOf(kind, field);
  const isProtected = !isIgnored(policy, kind.name, field);
  const isNew = !model.notes.has(key) && !model.open.has(key);
  return isProtected && isDesired(field) && isIntended && isNew;
}

/** Sets the fields that a call wrote, and what began or ended in them is begun or ended anew. */
function applyWrite(context: ReplayContext, before: ReplayModel, write: Write): ReplayModel {
  const { kind, set, call, at } = write;
  const fields = [...Object.keys(set), ...write.indeterminate];
  const unclear = fields.filter((field) => isIndeterminate(before, write, field));
  const closed = fields
    .map((field) => keyOf(kind, field))
    .filter((key) => before.notes.get(key)?.isIndeterminate)
    .reduce((model, key) => close(context, model, key, at, call), before);
  const keysOf = (names: readonly string[]) => names.map((field) => keyOf(kind, field));
  const known = noted(closed, keysOf(fields), { at, by: call, isIndeterminate: false });
  const model = noted(known, keysOf(unclear), { at, by: call, isIndeterminate: true });
  return setFields(context, model, kind, set);
}

/**
 * Whether a record does not show what a field was set to, or other calls by others set it differently within the second. What an
 * observed call did is not in doubt.
 */
function isIndeterminate(
  model: ReplayModel,
  { kind, set, indeterminate, call, at }: Write,
  field: string,
): boolean {
  if (call.isObserved) return false;
  const last = model.notes.get(keyOf(kind, field));
  const isOfOthers = (one: RecordedCall): boolean => !one.cause.selfTriggered && !isCreation(one);
  const isAmbiguous =
    last?.at === at && last.by && last.by !== call && isOfOthers(last.by) && isOfOthers(call);
  const isChanged = !isSame(set[field] ?? null, stateOf(model, kind)[field] ?? null);
  return (
    indeterminate.includes(field) || (isAmbiguous === true && (last?.isIndeterminate || isChanged))
  );
}

const desiredOf = ({ desired }: ReplayedKind, field: string): Json =>
  (desired as State)[field] ?? null;
