import type { RecordedCall } from '#trail/recorded-call.ts';
import type { Trail } from '#trail/trail-arn.ts';
import { isChangeOfTrail, isCreation, isDeletion, type ReplayedKind } from './replay.ts';

/** The trail that calls are about, and whether it existed before the first of them. */
export type Circumstances = {
  readonly kinds: readonly ReplayedKind[];
  readonly trail: Trail;
  readonly exists: boolean;
};

/**
 * Each call once, in an order in which the calls can have been made. Records have a resolution of one second. Within a second, a
 * deleted trail is not changed and an existing trail is not created. Otherwise our own calls come last, because they react to
 * the others.
 */
export function inPossibleOrder(
  calls: readonly RecordedCall[],
  { kinds, trail, exists: existsAtFirst }: Circumstances,
): readonly RecordedCall[] {
  const isChange = (call: RecordedCall): boolean => isChangeOfTrail(call, kinds, trail);
  let left = [...new Map(calls.map((call) => [rankOf(call), call]))]
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([, call]) => call);
  const ordered: RecordedCall[] = [];
  let exists = existsAtFirst;
  while (left.length > 0) {
    const ofSecond = left.filter(({ at }) => at === left[0]?.at);
    const next = nextOf(ofSecond, exists, isChange);
    if (next === undefined) break;
    left = left.filter((call) => call !== next);
    ordered.push(next);
    if (isSuccess(next) && isCreation(next)) exists = true;
    if (isSuccess(next) && isDeletion(next)) exists = false;
  }
  return ordered;
}

type Test = (call: RecordedCall) => boolean;

const isSuccess = ({ cause }: RecordedCall): boolean => cause.error === null;

/** The first call of a second that can come next, or else the first. */
const nextOf = (ofSecond: readonly RecordedCall[], exists: boolean, isChange: Test) =>
  ofSecond.find(
    (call) => isPossible(call, exists, isChange) && !deletesTooEarly(call, ofSecond, isChange),
  ) ?? ofSecond[0];

function isPossible(call: RecordedCall, exists: boolean, isChange: Test): boolean {
  if (!isSuccess(call)) return true;
  return isCreation(call) ? !exists : exists || !isChange(call);
}

/** Whether a deletion would leave changes of the same second without a trail to change. */
function deletesTooEarly(
  call: RecordedCall,
  ofSecond: readonly RecordedCall[],
  isChange: Test,
): boolean {
  const succeeded = ofSecond.filter(isSuccess);
  return (
    isDeletion(call) &&
    isSuccess(call) &&
    !succeeded.some(isCreation) &&
    succeeded.some((one) => !isDeletion(one) && isChange(one))
  );
}

/** Sorts by second, then other callers before our own calls, then changes before deletions. */
const rankOf = (call: RecordedCall): string =>
  [
    call.at,
    call.cause.selfTriggered ? 1 : 0,
    isDeletion(call) ? 1 : 0,
    call.cause.eventId ?? JSON.stringify(call),
  ].join(' ');
