import { type Change, diff, isSame, type Json } from '#text/diff.ts';
import type { Baseline } from './baseline.ts';

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
