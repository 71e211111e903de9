import type { RecordedCall } from '#trail/recorded-call.ts';
import { isCreation, isDeletion } from './replayed-kind.ts';

/**
 * Each call once, in an order in which the calls can have been made. Records have a resolution of one second. Within a second, a
 * deleted trail is not changed and an existing trail is not created. Otherwise our own calls come last, because they react to
 * the others. `isChange` is whether a call proves that the trail existed before or after it.
 */
export function inPossibleOrder(
  calls: readonly RecordedCall[],
  existsAtFirst: boolean,
  isChange: (call: RecordedCall) => boolean,
): readonly RecordedCall[] {
  let exists = existsAtFirst;
  const ordered: RecordedCall[] = [];
  for (const ofSecond of secondsOf(calls, isChange)) {
    let left: readonly Ranked[] = ofSecond;
    while (left.length > 0) {
      const next = nextOf(left, exists);
      left = left.filter((one) => one !== next);
      ordered.push(next.call);
      if (next.isChange) exists = !isDeletion(next.call);
    }
  }
  return ordered;
}

/** Whether the trail is created in the first second in which calls change it, and not deleted first. */
export function isMissingAtFirst(
  calls: readonly RecordedCall[],
  isChange: (call: RecordedCall) => boolean,
): boolean {
  const [first = []] = secondsOf(calls.filter(isChange), isChange);
  return count(first, isCreation) > count(first, isDeletion);
}

/** Each call once, by second. */
const secondsOf = (
  calls: readonly RecordedCall[],
  isChange: (call: RecordedCall) => boolean,
): readonly (readonly Ranked[])[] => {
  const sorted = [...new Map(calls.map((call) => [rankOf(call), call]))]
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([, call]) => ({ call, isChange: isChange(call) }));
  return [...Map.groupBy(sorted, ({ call }) => call.at).values()];
};

type Ranked = { readonly call: RecordedCall; readonly isChange: boolean };

const count = (calls: readonly Ranked[], isOfKind: (call: RecordedCall) => boolean): number =>
  calls.filter(({ call, isChange }) => isChange && isOfKind(call)).length;

/** The first call that can come next, or else the first. */
const nextOf = (left: readonly Ranked[], exists: boolean): Ranked =>
  left.find((one) => isPossible(one, exists) && !deletesForGood(one, left)) ?? (left[0] as Ranked);

const isPossible = ({ call, isChange }: Ranked, exists: boolean): boolean =>
  !isChange || isCreation(call) !== exists;

/** Whether a call deletes the trail, and no call that is left creates it again. */
const deletesForGood = ({ call }: Ranked, left: readonly Ranked[]): boolean =>
  isDeletion(call) && count(left, isCreation) === 0;

/** Sorts by second, then other callers before our own calls, then changes before deletions. */
const rankOf = (call: RecordedCall): string =>
  [
    call.at,
    call.cause.selfTriggered ? 1 : 0,
    isDeletion(call) ? 1 : 0,
    call.cause.eventId ?? JSON.stringify(call),
  ].join();
