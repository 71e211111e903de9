import type { Change } from '#text/diff.ts';
import type { Baseline, NewBaseline } from './baseline.ts';
import type { BaselineStore } from './baseline-store.ts';
import { differences } from './differences.ts';
import type { Policy } from './policy.ts';

/** A baseline to capture. Without a policy the policy in force stays. */
export type Capture = Omit<NewBaseline, 'reason' | 'policy'> & {
  readonly policy: Policy | null;
  readonly reason: string | null;
};

/** The result of a capture. The changes are those from the version in force, or from the last valid one. */
export type Captured = {
  readonly status: 'captured' | 'unchanged' | 'differs';
  readonly baseline: Baseline;
  readonly changes: readonly Change[];
};

/** A version to store, and its changes from the version before, if there is a valid one. */
export type Proposal = {
  readonly status: 'proposed';
  readonly before: Baseline | null;
  readonly next: NewBaseline;
  readonly changes: readonly Change[];
  /** Stores it. Throws `BaselineConflictError` if another version was stored since. */
  store(): Promise<Captured>;
};

/**
 * Compares a capture with the baseline of its trail. What differs may be the work of an attacker, so a baseline that differs is replaced
 * only with a reason; so is one that cannot be read. One that does not differ is stored again if its rows were changed without a
 * signature or, with a reason, to sign it with the key `keyId`.
 */
export async function proposeBaseline(
  store: BaselineStore,
  { reason, policy: newPolicy, ...content }: Capture,
  keyId: string | null = null,
): Promise<Proposal | Captured> {
  const current = await store.find(content.trail);
  const isProtected = current !== null && 'baseline' in current;
  const before = isProtected ? current.baseline : await store.newestValid(content.trail);
  const policy = newPolicy ?? before?.policy ?? {};
  const changes = before === null ? [] : differences(before, { ...content, policy });

  if (before !== null && changes.length === 0) {
    const isNewKey = keyId !== null && isProtected && current.signedBy !== keyId;
    const isWanted = reason !== null && isNewKey;
    if (isProtected && current.faults.length === 0 && !isWanted) {
      await store.backUpInForce();
      return { status: 'unchanged', baseline: before, changes };
    }
  } else if (reason === null) {
    if (before !== null) return { status: 'differs', baseline: before, changes };
    const isFirst = (await store.history(content.trail, 1)).length === 0;
    if (current !== null && 'error' in current && !isFirst) throw current.error;
  }
  const next = { ...content, policy, reason: reason ?? 'captured' };
  return {
    status: 'proposed',
    before,
    next,
    changes,
    store: async () => ({
      status: 'captured',
      baseline: await store.add(next, current),
      changes,
    }),
  };
}
