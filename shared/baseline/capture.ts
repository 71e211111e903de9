import type * as z from 'zod';
import type { Aws } from '#aws/clients.ts';
import type { KeyArnOf } from '#aws/kms.ts';
import type { DriftKind } from '#drift/kind.ts';
import { type Observation, observe } from '#drift/observe.ts';
import { type Change, diff, isSame, type Json } from '#text/diff.ts';
import { describeIssues } from '#text/schema-messages.ts';
import type { Trail } from '#trail/trail-arn.ts';
import { type Baseline, type NewBaseline, parseStates } from './baseline.ts';
import type { BaselineStore } from './baseline-store.ts';
import type { Policy } from './policy.ts';

type States = Baseline['states'];

/** Thrown when a live trail can not be captured whole; nothing was stored. */
export class CaptureError extends Error {
  override readonly name = 'CaptureError' as const;
}

/** Thrown where there is no live trail. */
export class MissingTrailError extends Error {
  override readonly name = 'MissingTrailError' as const;
}

/** A kind that cannot be read, with the reason in words. */
export type Unread = { readonly kind: string; readonly reason: string };

/**
 * The state of a live trail in every kind that can be read, given what a person wrote; the others are handed to `onUnread`. Throws
 * `CaptureError` if none can be read.
 */
export async function readStates(
  kinds: readonly DriftKind[],
  aws: Aws,
  trail: Trail,
  now: Date,
  written: States = {},
  onUnread: (unread: Unread) => void = () => {},
): Promise<States> {
  const unread: Unread[] = [];
  const read = kinds.map(async (kind) => {
    const observation = await observe(kind, aws, trail, now, written);
    if (observation.status === 'observed' && observation.state === null) {
      throw new MissingTrailError(
        `${trail.arn} does not exist: \`aws cloudtrail list-trails\` lists those that do`,
      );
    }
    const reason = unreadReason(kind, observation);
    if (reason === null) return [[kind.name, stateOf(observation)] as const];
    unread.push({ kind: kind.name, reason });
    return [];
  });
  const states = (await Promise.all(read)).flat();
  if (states.length === 0) {
    const [first] = unread;
    throw new CaptureError(`${trail.arn} cannot be read: ${first?.kind}: ${first?.reason}`);
  }
  for (const one of unread) onUnread(one);
  return Object.fromEntries(states);
}

/** Why a state cannot be captured; null if it can: a field that AWS does not report has a default, or has none. */
function unreadReason({ state, toBaseline }: DriftKind, observation: Observation): string | null {
  if (observation.status === 'unknown') return observation.reason;
  const seen = stateOf(observation);
  const whole = toBaseline?.(seen) ?? seen;
  const missing = Object.keys(state.shape).filter((field) => !(field in whole));
  return missing.length === 0 ? null : `AWS answered without ${missing.join(', ')}`;
}

const stateOf = (observation: Observation): object =>
  observation.status === 'observed' ? (observation.state ?? {}) : {};

/**
 * The live states of a trail, and what a person wrote, with whose the bucket is as it was captured before: S3 tells nobody, so that
 * holds until something else is said, or the trail has another bucket.
 */
export async function readLiveState(
  kinds: readonly DriftKind[],
  aws: Aws,
  trail: Trail,
  now: Date,
  {
    known,
    written = {},
    onUnread,
  }: {
    readonly known: States;
    readonly written?: States;
    readonly onUnread?: (unread: Unread) => void;
  },
): Promise<{ readonly live: States; readonly written: States }> {
  const BucketOwner = member(known.sink, 'BucketOwner') ?? null;
  const owned =
    BucketOwner === null ? written : { ...written, sink: { BucketOwner, ...written.sink } };
  const live = await readStates(kinds, aws, trail, now, owned, onUnread);
  const bucketOf = ({ settings }: States) => member(settings, 'S3BucketName');
  if (owned === written || bucketOf({ ...live, ...written }) === bucketOf(known)) {
    return { live, written: owned };
  }
  return { live: await readStates(kinds, aws, trail, now, written), written };
}

const member = (state: object | undefined, name: string): unknown =>
  state && Reflect.get(state, name);

/**
 * What a capture makes of the live states, and of what a person wrote in their place. A kind that cannot be read or required stays as it is in
 * `known`, or is left out: it is unmanaged until it is captured. Throws `InvalidBaselineError` for what can
 * not be required of a trail.
 */
export const capturedStates = (
  kinds: readonly DriftKind[],
  live: States,
  written: States = {},
  known: States = {},
  onUnread: (unread: Unread) => void = () => {},
): States => {
  const states = kinds.flatMap(
    ({ name, state: schema, toBaseline, onlyState }): [string, object][] => {
      const seen = { ...live[name], ...written[name] };
      const state = toBaseline?.(seen) ?? seen;
      const isWritten = written[name] !== undefined;
      if (isWritten || (live[name] !== undefined && onlyState !== undefined))
        return [[name, state]];
      const usable = schema.safeParse(state);
      if (live[name] !== undefined && usable.success) return [[name, state]];
      if (live[name] !== undefined && usable.error) {
        onUnread({ kind: name, reason: describeIssues(usable.error) });
      }
      const kept = known[name] ?? onlyState;
      return kept === undefined ? [] : [[name, kept]];
    },
  );
  const names = new Set(states.map(([name]) => name));
  return parseStates(
    Object.fromEntries(states),
    kinds.filter(({ name }) => names.has(name)),
  );
};

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
  const schemas = kinds.map(({ name, state, fileFormat }) => ({
    name,
    state: (fileFormat?.schema ?? state).optional() as z.ZodType<object>,
  }));
  const states = parseStates(written, schemas);
  const resolved = kinds.map(async ({ name, fileFormat }) => {
    const state = states[name];
    if (state === undefined) return [];
    return [[name, (await fileFormat?.resolve(state, trail, keyArnOf)) ?? state]] as const;
  });
  return Object.fromEntries((await Promise.all(resolved)).flat());
}

/** What becomes of a capture; the changes are those against the version that was in force, or was the last usable one. */
export type Captured = {
  readonly status: 'captured' | 'unchanged' | 'differs';
  readonly baseline: Baseline;
  readonly changes: readonly Change[];
};

/** A capture that is to be stored: as what, and what it changes of the version before, where there is one that can be used. */
export type Prepared = {
  readonly status: 'prepared';
  readonly before: Baseline | null;
  readonly next: NewBaseline;
  readonly changes: readonly Change[];
  /** Stores it, unless another version became current since it was prepared. */
  store(): Promise<Captured>;
};

/** What is to be captured; no policy means that the one in force stays. */
export type Capture = Omit<NewBaseline, 'reason' | 'policy'> & {
  readonly policy: Policy | null;
  readonly reason: string | null;
};

/**
 * Holds `states` against the baseline of a trail, and prepares to make them the next version. A trail that has one keeps it unless
 * a reason to replace it is given: what differs may be an attacker's doing. One that is as it was is stored again where somebody has
 * written to its rows, so that they are whole again, or where a reason is given to arm it, or to sign it with the key of this id.
 */
export async function proposeBaseline(
  store: BaselineStore,
  { reason, policy: newPolicy, ...content }: Capture,
  keyId: string | null = null,
): Promise<Prepared | Captured> {
  const current = await store.find(content.trail);
  const isUsable = current !== null && 'baseline' in current;
  const known = isUsable ? current.baseline : await store.newestValid(content.trail);
  const policy = newPolicy ?? known?.policy ?? {};
  const changes = known === null ? [] : differences(known, { ...content, policy });
  const isAsKnown = known !== null && changes.length === 0;
  const isWhole = isUsable && current.faults.length === 0;
  const isArming = reason !== null && content.armed && known?.armed === false;
  const isOfAnotherKey =
    reason !== null && keyId !== null && isUsable && current.signedBy !== keyId;

  if (isAsKnown && isWhole && !isArming && !isOfAnotherKey) {
    await store.backUpInForce();
    return { status: 'unchanged', baseline: known, changes };
  }
  if (reason === null && !isAsKnown) {
    if (known !== null) return { status: 'differs', baseline: known, changes };
    if (current !== null && 'error' in current) throw current.error;
  }
  const next = { ...content, policy, reason: reason ?? 'captured' };
  return {
    status: 'prepared',
    before: known,
    next,
    changes,
    async store() {
      return { status: 'captured', baseline: await store.add(next, current), changes };
    },
  };
}

type Content = Pick<Baseline, 'states' | 'policy'>;

/** The changes between two baselines; a kind that only one of them names is one change, and so is a kind's policy. */
export function differences(known: Content, { states, policy }: Content): readonly Change[] {
  const named = Object.fromEntries(
    [...Object.keys(known.states), ...Object.keys(states)].map((kind) => [
      kind,
      known.states[kind] ?? null,
    ]),
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
