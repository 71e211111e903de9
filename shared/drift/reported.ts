import { isSame, type Json } from '#text/diff.ts';

/** Thrown if AWS does not report what a baseline asks for: whether it drifted is unknown. */
export class NotReportedError extends Error {
  override readonly name = 'NotReportedError' as const;
}

/**
 * The default of a state that AWS does not report. Throws `NotReportedError` if the baseline asks for another state, so that nothing
 * is restored that may never have drifted. `desired` is undefined at a capture.
 */
export function defaultOf<State extends object>(
  state: State,
  desired: object | undefined,
  why: string,
): State {
  if (desired === undefined || isSame(state as Json, desired as Json)) return state;
  throw new NotReportedError(why);
}

/**
 * Whether an incomplete answer is consistent with the desired state: every member that it has is equal. Lists are compared as sets.
 */
export function mayBe(answer: unknown, desired: unknown): boolean {
  if (answer === undefined || answer === null) return true;
  if (Array.isArray(answer)) {
    return (
      Array.isArray(desired) &&
      answer.length === desired.length &&
      desired.every((one) => answer.some((other) => mayBe(other, one)))
    );
  }
  if (typeof answer !== 'object') return answer === desired;
  if (typeof desired !== 'object' || desired === null) return false;
  return Object.entries(answer).every(
    ([name, member]) => name in desired && mayBe(member, Reflect.get(desired, name)),
  );
}
