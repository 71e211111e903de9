import { treatmentOf } from '#baseline/policy.ts';
import { isSame, type Json } from '#text/diff.ts';
import type { RecordedCall } from '#trail/recorded-call.ts';
import type { KindHistory, ReplayInput } from './history.ts';
import { isCreation, isDeletion, type Told, toldIn } from './replay.ts';

/** What a call is compared with. */
export type Expected = Pick<ReplayInput, 'trail' | 'states' | 'policy'>;

/**
 * Whether a call left the trail as its baseline says: every field that it set has the value that the baseline has. Terraform,
 * CloudFormation and landing zones apply the present values again so. False if the record does not say what was set, as of more
 * than 100 KB: only a call that is known to be harmless is. False, too, for a call that makes something: it was gone before.
 */
export function isNoOp(
  call: RecordedCall,
  expected: Expected,
  kinds: readonly KindHistory[],
): boolean {
  if (call.cause.error !== null || isDeletion(call) || isCreation(call)) return false;
  const told = toldIn(expected, kinds);
  const verdicts = told.flatMap((one) => keeps(one, call, expected) ?? []);
  return verdicts.length > 0 && verdicts.every(Boolean);
}

/** Whether a call leaves one kind as it must be; null for a call that is not about it. */
function keeps(
  { name, past, desired }: Told,
  call: RecordedCall,
  { trail, states, policy }: Expected,
): boolean | null {
  if (past.keeps !== undefined) return past.keeps(call, states, trail);
  const after = past.after(call, desired, trail);
  if (after === null) return null;
  const isGuarded = (field: string): boolean =>
    Object.hasOwn(desired, field) && treatmentOf(policy, name, field) !== 'ignore';
  const isAsDesired = ([field, value]: [string, unknown]): boolean =>
    isSame(Reflect.get(desired, field) as Json, (value ?? null) as Json);
  return (
    !(after.unclear ?? []).some(isGuarded) &&
    Object.entries(after.set)
      .filter(([field]) => isGuarded(field))
      .every(isAsDesired)
  );
}
