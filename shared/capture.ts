import { isDeepStrictEqual } from 'node:util';
import type { BaselineStore } from '#aws/baseline-store.ts';
import type { Aws } from '#aws/clients.ts';
import type { KeyArnOf } from '#aws/kms.ts';
import {
  type Baseline,
  describeIssues,
  InvalidBaselineError,
  statesSchema,
} from '#core/baseline.ts';
import { type Change, diff, type Json } from '#core/diff.ts';
import type { Trail } from '#core/trail.ts';
import type { DriftKind } from '#drift/kind.ts';
import { observe } from './reconcile.ts';

type States = Baseline['states'];

/** Thrown when a live trail can not be captured whole; nothing was stored. */
export class CaptureError extends Error {
  override readonly name = 'CaptureError' as const;
}

/** The state of a live trail in every kind, whole or not at all. */
export async function readStates(
  kinds: readonly DriftKind[],
  aws: Aws,
  trail: Trail,
): Promise<States> {
  const read = kinds.map(async (kind) => {
    const observation = await observe(kind, aws, trail);
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
  return validStates(kinds, Object.fromEntries(await Promise.all(read)));
}

/** States as a person wrote them, in their canonical form: KMS keys and topics as ARNs. Throws `InvalidBaselineError`. */
export async function resolveStates(
  kinds: readonly DriftKind[],
  trail: Trail,
  written: unknown,
  keyArnOf: KeyArnOf,
): Promise<States> {
  const schemas = kinds.map(({ name, state, declared }) => ({
    name,
    state: declared?.schema ?? state,
  }));
  const states = validStates(schemas, written);
  const resolved = kinds.flatMap(({ name, declared }) => {
    const state = states[name];
    if (state === undefined) return [];
    return [Promise.all([name, declared?.resolve(state, trail, keyArnOf) ?? state])];
  });
  return Object.fromEntries(await Promise.all(resolved));
}

export type Captured =
  | { readonly status: 'captured' | 'unchanged'; readonly baseline: Baseline }
  | {
      readonly status: 'differs';
      readonly baseline: Baseline;
      readonly changes: readonly Change[];
    };

/**
 * Makes `states` the baseline of a trail. A trail that is guarded already keeps its baseline unless a reason to replace it
 * is given: what differs may be an attacker's doing.
 */
export async function storeBaseline(
  store: BaselineStore,
  { reason, ...content }: Omit<Baseline, 'version' | 'reason'> & { readonly reason: string | null },
): Promise<Captured> {
  const guarded = await store.find(content.trail);
  if (guarded !== null && 'baseline' in guarded) {
    const { baseline } = guarded;
    if (isDeepStrictEqual(baseline.states, content.states))
      return { status: 'unchanged', baseline };
    const changes = diff(baseline.states as Json, content.states as Json);
    if (reason === null) return { status: 'differs', baseline, changes };
  } else if (guarded !== null && reason === null) {
    throw guarded.error;
  }
  const baseline = await store.add({ ...content, reason: reason ?? 'first capture' }, guarded);
  return { status: 'captured', baseline };
}

function validStates(schemas: Parameters<typeof statesSchema>[0], states: unknown): States {
  const result = statesSchema(schemas).safeParse(states);
  if (!result.success) throw new InvalidBaselineError(describeIssues(result.error, ['states']));
  return result.data;
}
