import type { RecordedCall } from '#trail/recorded-call.ts';
import type { Trail } from '#trail/trail-arn.ts';
import { isChangeOfTrail, isCreation, isDeletion, type Told } from './replay.ts';

/** Which calls are about a trail, and whether it was there before the first of them. */
export type Circumstances = {
  readonly told: readonly Told[];
  readonly trail: Trail;
  readonly isThere: boolean;
};

/**
 * Each call once, in an order in which they can have been made. Records are timed by the second. Within one, a trail is not changed
 * or deleted while it is gone, and not made while it is there; as far as that leaves it open, our own calls come last, because
 * they follow from the others.
 */
export function inPossibleOrder(
  calls: readonly RecordedCall[],
  { told, trail, isThere: isThereAtFirst }: Circumstances,
): readonly RecordedCall[] {
  const left = [...new Map(calls.map((call) => [rankOf(call), call])).entries()]
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([, call]) => call);
  const ordered: RecordedCall[] = [];
  let isThere = isThereAtFirst;
  while (left.length > 0) {
    const ofSecond = left.filter(({ at }) => at === left[0]?.at);
    const next =
      ofSecond.find((call) => isPossible(call) && !endsTooEarly(call, ofSecond)) ?? left[0];
    if (next === undefined) break;
    left.splice(left.indexOf(next), 1);
    ordered.push(next);
    if (next.cause.error === null && isCreation(next)) isThere = true;
    if (next.cause.error === null && isDeletion(next)) isThere = false;
  }
  return ordered;

  function isPossible(call: RecordedCall): boolean {
    if (call.cause.error !== null) return true;
    if (isCreation(call)) return !isThere;
    return isThere || !isChange(call);
  }

  /** Whether a deletion leaves changes of the same second for which the trail does not come back. */
  function endsTooEarly(call: RecordedCall, ofSecond: readonly RecordedCall[]): boolean {
    const succeeded = ofSecond.filter(({ cause }) => cause.error === null);
    return (
      isDeletion(call) &&
      call.cause.error === null &&
      !succeeded.some(isCreation) &&
      succeeded.some((one) => !isDeletion(one) && isChange(one))
    );
  }

  function isChange(call: RecordedCall): boolean {
    return isChangeOfTrail(call, told, trail);
  }
}

/** By the second; then what others did before what we did, and what changes a trail before what deletes it. */
const rankOf = (call: RecordedCall): string =>
  [
    call.at,
    call.cause.selfTriggered ? 1 : 0,
    isDeletion(call) ? 1 : 0,
    call.cause.eventId ?? JSON.stringify(call),
  ].join(' ');
