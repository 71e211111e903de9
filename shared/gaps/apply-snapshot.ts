import { fieldOf, isSame } from '#text/diff.ts';
import type { RecordedCall } from '#trail/recorded-call.ts';
import {
  changesOf,
  type FieldDrift,
  fieldDrift,
  isMissingIn,
  isObserved,
  missingTrail,
} from './field-drift.ts';
import type { CurrentFindings, InitialDrift, Snapshot } from './history.ts';
import { belongsToTrail, keyOf, type ReplayedKind, type State, trailKey } from './replay.ts';
import {
  addInterval,
  close,
  driftOfKind,
  type ReplayContext,
  type ReplayModel,
  setFields,
  setKnownAt,
  stateOf,
  timeOf,
  updateIntervals,
  withEntries,
  withoutKeys,
} from './replay-model.ts';

/** Drift found before the window was still there at its beginning, unless the first call in the window caused it. */
export function applyInitialDrift(
  context: ReplayContext,
  before: ReplayModel,
  { findings, call }: InitialDrift,
  firstWrites: ReadonlyMap<string, 'wanted' | 'drifted'>,
): ReplayModel {
  const isFromBefore = (key: string): boolean => firstWrites.get(key) !== 'drifted';
  const exists = before.exists && !(isMissingIn(findings) && isFromBefore(trailKey));
  const model = context.kinds.reduce(
    (left, kind) => {
      const found = changesOf(findings, kind)
        .map((change) => [fieldOf(change), change.actual] as const)
        .filter(([field]) => field !== '' && isFromBefore(keyOf(kind, field)));
      const keys = found.map(([field]) => keyOf(kind, field));
      const changed = setFields(context, left, kind, Object.fromEntries(found));
      return setKnownAt(changed, keys, context.from);
    },
    { ...before, exists },
  );
  const updated = updateIntervals(context, model, context.from, () => call);
  const open = [...updated.open].map(
    ([key, interval]) => [key, { ...interval, isFromBefore: true as const }] as const,
  );
  return { ...updated, open: new Map(open) };
}

/** Compares a snapshot with the model, except where a concurrent call explains the difference. */
export function applySnapshot(
  context: ReplayContext,
  before: ReplayModel,
  at: number,
  { findings, ...span }: Snapshot,
): ReplayModel {
  const isMissing = isMissingIn(findings);
  const model = context.kinds.reduce(
    (left, kind) => {
      const finding = findings.find((one) => one.kind === kind.name);
      if (!isObserved(finding) || (isMissing && belongsToTrail(kind))) return left;
      const found = Object.entries(foundState(findings, kind)).filter(
        ([field]) => !context.hasConcurrentWrite(keyOf(kind, field), span),
      );
      return applyObservedFields(context, left, kind, Object.fromEntries(found), at);
    },
    observeExistence(context, before, at, { findings, ...span }),
  );
  return updateIntervals(context, model, at, () => null);
}

function observeExistence(
  context: ReplayContext,
  model: ReplayModel,
  at: number,
  { findings, ...span }: Pick<Snapshot, 'findings' | 'since' | 'until'>,
): ReplayModel {
  const isMissing = isMissingIn(findings);
  const exists = context.kinds.some(
    (kind) =>
      belongsToTrail(kind) && isObserved(findings.find((finding) => finding.kind === kind.name)),
  );
  if ((!isMissing && !exists) || context.hasConcurrentWrite(trailKey, span)) return model;
  const changed =
    isMissing === model.exists
      ? recordUnexplained(context, model, trailKey, at, isMissing ? missingTrail : null)
      : model;
  return setKnownAt({ ...changed, exists: !isMissing }, [trailKey], at);
}

const foundState = (findings: Snapshot['findings'], kind: ReplayedKind): State => ({
  ...(kind.desired as State),
  ...Object.fromEntries(
    changesOf(findings, kind).map((change) => [fieldOf(change), change.actual] as const),
  ),
});

/** Sets fields to values that a snapshot or the response of a call shows. */
export function applyObservedFields(
  context: ReplayContext,
  before: ReplayModel,
  kind: ReplayedKind,
  observed: State,
  at: number,
): ReplayModel {
  const keys = Object.keys(observed).map((field) => keyOf(kind, field));
  const known = { ...before, indeterminate: withoutKeys(before.indeterminate, keys) };
  const model = setFields(context, known, kind, observed);
  const drift = driftOfKind(context, model, kind);
  const state = stateOf(before, kind);
  const compared = Object.entries(observed).reduce((left, [field, value]) => {
    const key = keyOf(kind, field);
    const now = drift.get(key) ?? null;
    const call = before.indeterminate.get(key);
    if (call !== undefined) return resolveIndeterminate(context, left, key, now, call);
    if (isSame(state[field] ?? null, value)) return left;
    return recordUnexplained(context, left, key, at, now);
  }, model);
  return setKnownAt(compared, keys, at);
}

/** Nothing changed the field since the call that left it indeterminate, so the observed value is valid since then. */
function resolveIndeterminate(
  context: ReplayContext,
  model: ReplayModel,
  key: string,
  drift: FieldDrift | null,
  startedBy: RecordedCall,
): ReplayModel {
  const since = model.open.get(key) ?? {
    from: timeOf(context, model.knownAt.get(key) ?? context.from),
    startedBy,
  };
  const open = withoutKeys(model.open, [key]);
  return {
    ...model,
    indeterminate: withoutKeys(model.indeterminate, [key]),
    open: drift === null ? open : withEntries(open, [[key, { ...since, ...drift }]]),
  };
}

/** No known call explains a change: it happened at some time since the value was last known. */
export function recordUnexplained(
  context: ReplayContext,
  model: ReplayModel,
  key: string,
  at: number,
  now: FieldDrift | null,
): ReplayModel {
  const before = model.open.get(key) ?? null;
  const knownAt = model.knownAt.get(key);
  const since = Math.max(
    knownAt ?? context.from,
    before === null ? context.from : Date.parse(before.from),
  );
  const closed = close(context, model, key, since, null);
  const possible = now ?? before;
  if (possible === null || since >= at) return closed;
  const isKnown = before !== null || knownAt !== undefined;
  const drift = { ...possible, isCertain: false };
  return addInterval(context, closed, drift, { since: isKnown ? since : null, to: at });
}

/**
 * Compares the findings of now with the model at the end of the window. Drift that no call in the window explains began before it,
 * by an unknown call, or after it.
 */
export function applyPresent(
  context: ReplayContext,
  before: ReplayModel,
  { findings, isInWindow }: CurrentFindings,
): ReplayModel {
  const isMissing = isMissingIn(findings);
  const ofFields = context.kinds
    .filter((kind) => !((isMissing || !before.exists) && belongsToTrail(kind)))
    .filter((kind) => isObserved(findings.find((finding) => finding.kind === kind.name)))
    .flatMap((kind) => presentFields(kind, findings));
  const unexplained = [
    ...(isMissing && before.exists ? [[trailKey, missingTrail] as const] : []),
    ...ofFields.flatMap(([key, now]) =>
      now === null || before.open.has(key) || before.indeterminate.has(key)
        ? []
        : [[key, now] as const],
    ),
  ];
  const model = { ...before, unexplained: unexplained.map(([key]) => key) };
  if (!isInWindow) return model;
  const resolved = ofFields.reduce((left, [key, now]) => {
    const call = before.indeterminate.get(key);
    return call === undefined ? left : resolveIndeterminate(context, left, key, now, call);
  }, model as ReplayModel);
  return unexplained.reduce((left, [key, now]) => {
    const span = { since: before.knownAt.get(key) ?? null, to: context.to, isOpen: true };
    return addInterval(context, left, { ...now, isCertain: false }, span);
  }, resolved);
}

/** The drift of each field of a kind in findings; null for a field in sync. */
function presentFields(
  kind: ReplayedKind,
  findings: CurrentFindings['findings'],
): readonly (readonly [key: string, drift: FieldDrift | null])[] {
  const state = foundState(findings, kind);
  const changes = changesOf(findings, kind);
  return Object.keys(kind.desired).map((field) => {
    const change = changes.find((found) => fieldOf(found) === field);
    return [keyOf(kind, field), change ? fieldDrift(kind, change, state) : null] as const;
  });
}
