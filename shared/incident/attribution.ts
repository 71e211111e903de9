import type { DriftKind } from '#drift/kind.ts';
import { changesOf, isOfMissingTrail, type Plan } from '#reconcile/plan.ts';
import { fieldOf } from '#text/diff.ts';
import type { ApiCall } from '#trail/api-call.ts';

/** Whether a call is of the sort that makes drift as it was found. It is for people, whom to ask first. */
export const couldHaveCaused =
  (kinds: readonly DriftKind[]) =>
  (plan: Plan, { eventName, error }: ApiCall): boolean =>
    error === null &&
    kinds.some((kind) => {
      if (isOfMissingTrail(plan, kind.name)) return eventName === 'DeleteTrail';
      const changes = changesOf(plan, kind.name);
      if (isHintOf(kind, eventName)) return changes.length > 0;
      return changes.some((change) =>
        kind.alsoAffectedBy?.get(eventName)?.includes(fieldOf(change)),
      );
    });

/** The kinds whose drift a call is of the sort to make: of one that makes or deletes a trail, every kind. */
export const kindsAffectedBy =
  (kinds: readonly DriftKind[]) =>
  (eventName: string): readonly string[] =>
    kinds
      .filter((kind) => ofWholeTrail.has(eventName) || isDecidedBy(kind, eventName))
      .map(({ name }) => name);

/** The kinds that a call can have changed, by its name: they are read, again if need be, until they show it. */
export const kindsChangedBy = (
  kinds: readonly DriftKind[],
  call: Pick<ApiCall, 'eventName'> | null,
): ReadonlySet<string> =>
  new Set(
    kinds
      .filter((kind) => call !== null && isDecidedBy(kind, call.eventName))
      .map(({ name }) => name),
  );

const isDecidedBy = (kind: DriftKind, eventName: string): boolean =>
  isHintOf(kind, eventName) || (kind.alsoAffectedBy?.has(eventName) ?? false);

const isHintOf = ({ triggers }: DriftKind, eventName: string): boolean =>
  triggers.some(({ eventNames }) => eventNames.includes(eventName));

const ofWholeTrail: ReadonlySet<string> = new Set(['CreateTrail', 'DeleteTrail']);
