import { isIgnored } from '#baseline/policy.ts';
import type { DesiredTrail } from '#drift/history-model.ts';
import { isSame, type Json } from '#text/diff.ts';
import type { RecordedCall } from '#trail/recorded-call.ts';
import type { KindHistory, ReplayInput } from './history.ts';
import { isCreation, isDeletion, type ReplayedKind, replayedKinds } from './replayed-kind.ts';

/** The baseline that a call is compared with. */
export type Expected = DesiredTrail & Pick<ReplayInput, 'policy'>;

/**
 * Whether a call left the trail in sync: every field that it set has the value of the baseline. Terraform, CloudFormation and
 * landing zones apply the present values again in this way. False if the record omits what was set, for example a call of more
 * than 100 KB. False for a creation, because what it creates was missing before.
 */
export function isNoOp(
  call: RecordedCall,
  expected: Expected,
  kinds: readonly KindHistory[],
): boolean {
  if (call.cause.error !== null || isDeletion(call) || isCreation(call)) return false;
  const verdicts = replayedKinds(expected, kinds).flatMap(
    (kind) => leavesInSync(kind, call, expected) ?? [],
  );
  return verdicts.length > 0 && verdicts.every(Boolean);
}

/** Whether a call leaves one kind in sync; null for a call that is not about it. */
function leavesInSync(
  { name, historyModel, desired }: ReplayedKind,
  call: RecordedCall,
  expected: Expected,
): boolean | null {
  if (historyModel.leavesInSync !== undefined) return historyModel.leavesInSync(call, expected);
  const { trail, policy } = expected;
  const result = historyModel.applyCall(call, desired, trail);
  if (result === null) return null;
  const isProtected = (field: string): boolean =>
    Object.hasOwn(desired, field) && !isIgnored(policy, name, field);
  const isAsDesired = ([field, value]: [string, unknown]): boolean =>
    isSame(Reflect.get(desired, field) as Json, (value ?? null) as Json);
  return (
    !result.indeterminate?.some(isProtected) &&
    Object.entries(result.set)
      .filter(([field]) => isProtected(field))
      .every(isAsDesired)
  );
}
