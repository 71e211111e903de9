import type { z } from 'zod';
import type { BaselineStore } from '#aws/baseline-store.ts';
import type { Aws } from '#aws/clients.ts';
import type { KeyArnOf } from '#aws/kms.ts';
import { type Baseline, parseStates } from '#core/baseline.ts';
import { type Change, diff, isSame, type Json } from '#core/diff.ts';
import type { Policy } from '#core/policy.ts';
import type { Trail } from '#core/trail.ts';
import type { DriftKind } from '#drift/kind.ts';
import { observe } from './reconcile.ts';

type States = Baseline['states'];

/** Thrown when a live trail can not be captured whole; nothing was stored. */
export class CaptureError extends Error {
  override readonly name = 'CaptureError' as const;
}

/** The state of a live trail in every kind, whole or not at all, given what a person wrote. */
export async function readStates(
  kinds: readonly DriftKind[],
  aws: Aws,
  trail: Trail,
  now: Date,
  written: States = {},
): Promise<States> {
  const read = kinds.map(async (kind) => {
    const observation = await observe(kind, aws, trail, now, written);
    if (observation.status === 'unknown') {
      throw new CaptureError(`${kind.name} of ${trail.arn} can not be read: ${observation.reason}`);
    }
    if (observation.state === null) {
      throw new CaptureError(
        `${trail.arn} does not exist: \`aws cloudtrail list-trails\` lists those that do`,
      );
    }
    return [kind.name, observation.state] as const;
  });
  return Object.fromEntries(await Promise.all(read));
}

/**
 * What a capture makes of the live states, and of what a person wrote in their place. Throws `InvalidBaselineError` for what can
 * not be required of a trail.
 */
export const capturedStates = (
  kinds: readonly DriftKind[],
  live: States,
  written: States = {},
): States =>
  parseStates(
    Object.fromEntries(
      kinds.map(({ name, captured }) => {
        const state = { ...live[name], ...written[name] };
        return [name, captured?.(state) ?? state];
      }),
    ),
    kinds,
  );

/**
 * The states that a person wrote, in their canonical form: KMS keys and topics as ARNs. They need not be of every kind.
 * Throws `InvalidBaselineError`.
 */
export async function resolveStates(
  kinds: readonly DriftKind[],
  trail: Trail,
  written: unknown,
  keyArnOf: KeyArnOf,
): Promise<States> {
  const schemas = kinds.map(({ name, state, declared }) => ({
    name,
    state: (declared?.schema ?? state).optional() as z.ZodType<object>,
  }));
  const states = parseStates(written, schemas);
  const resolved = kinds.map(async ({ name, declared }) => {
    const state = states[name];
    if (state === undefined) return [];
    return [[name, (await declared?.resolve(state, trail, keyArnOf)) ?? state]] as const;
  });
  return Object.fromEntries((await Promise.all(resolved)).flat());
}

/** What became of a capture; the changes are those against the version that was in force, or was the last usable one. */
export type Captured = {
  readonly status: 'captured' | 'unchanged' | 'differs';
  readonly baseline: Baseline;
  readonly changes: readonly Change[];
};

/** What is to be captured; no policy means that the one in force stays. */
export type Capture = Omit<Baseline, 'version' | 'reason' | 'policy'> & {
  readonly policy: Policy | null;
  readonly reason: string | null;
};

/**
 * Makes `states` the baseline of a trail. A trail that has one keeps it unless a reason to replace it is given: what
 * differs may be an attacker's doing. So may it be that no version is current, or none that can be used: then it is the
 * newest usable version that the states are held against.
 */
export async function storeBaseline(
  store: BaselineStore,
  { reason, policy: newPolicy, ...content }: Capture,
): Promise<Captured> {
  const guarded = await store.find(content.trail);
  const isUsable = guarded !== null && 'baseline' in guarded;
  const known = isUsable ? guarded.baseline : await store.newestValid(content.trail);
  const policy = newPolicy ?? known?.policy ?? {};
  const changes = known === null ? [] : differences(known, { ...content, policy });
  const isAsKnown = known !== null && changes.length === 0;

  if (isAsKnown && isUsable) return { status: 'unchanged', baseline: known, changes };
  if (reason === null && !isAsKnown) {
    if (known !== null) return { status: 'differs', baseline: known, changes };
    if (guarded !== null && 'error' in guarded) throw guarded.error;
  }
  const baseline = await store.add({ ...content, policy, reason: reason ?? 'captured' }, guarded);
  return { status: 'captured', baseline, changes };
}

type Content = Pick<Baseline, 'states' | 'policy'>;

/** The changes between two baselines; a kind that only the new one names is one change, and so is a kind's policy. */
function differences(known: Content, { states, policy }: Content): readonly Change[] {
  const named = Object.fromEntries(
    Object.keys(states).map((kind) => [kind, known.states[kind] ?? null]),
  );
  const ofPolicy = [...new Set([...Object.keys(known.policy), ...Object.keys(policy)])]
    .map((kind) => ({
      path: `policy.${kind}`,
      desired: known.policy[kind] ?? null,
      actual: policy[kind] ?? null,
    }))
    .filter(({ desired, actual }) => !isSame(desired, actual));
  return [...diff(named as Json, states as Json), ...ofPolicy];
}
