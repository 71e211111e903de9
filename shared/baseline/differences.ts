import { type Change, diff, isSame, type Json } from '#text/diff.ts';
import type { Baseline } from './baseline.ts';
import { isRetirement } from './retirement.ts';
import type { Reading } from './signing/version-chain.ts';

export type BaselineContent = Pick<Baseline, 'states' | 'policy'>;

/** The changes from one baseline to another. A kind that only one of them has is one change, and so is the policy of a kind. */
export function differences(
  before: BaselineContent,
  { states, policy }: BaselineContent,
): readonly Change[] {
  const kinds = new Set([...Object.keys(before.states), ...Object.keys(states)]);
  const desired = Object.fromEntries([...kinds].map((kind) => [kind, before.states[kind] ?? null]));
  const ofPolicy = [...new Set([...Object.keys(before.policy), ...Object.keys(policy)])]
    .map((kind) => ({
      path: `policy.${kind}`,
      desired: before.policy[kind] ?? null,
      actual: policy[kind] ?? null,
    }))
    .filter((change) => !isSame(change.desired, change.actual));
  return [...diff(desired as Json, states as Json), ...ofPolicy];
}

/** The newest valid baseline before a version; `history` has the newest first. Null if there is none. */
export function baselineBefore(history: readonly Reading[], version: number): Baseline | null {
  for (const one of history) {
    if (one.number < version && 'version' in one && !isRetirement(one.version)) return one.version;
  }
  return null;
}
