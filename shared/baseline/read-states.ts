import type { Aws } from '#aws/clients.ts';
import type { DriftKind, States } from '#drift/kind.ts';
import { type Observation, observe } from '#drift/observe.ts';
import type { Trail } from '#trail/trail-arn.ts';

/** Thrown if no kind of a live trail can be read; nothing was stored. */
class CaptureError extends Error {
  override readonly name = 'CaptureError' as const;
}

/** Thrown if the live trail does not exist. */
export class MissingTrailError extends Error {
  override readonly name = 'MissingTrailError' as const;
}

/** A kind that cannot be read or stored, and why. */
export type Unread = { readonly kind: string; readonly reason: string };

/** What it takes to read the live state of a trail. */
export type LiveTrail = {
  readonly kinds: readonly DriftKind[];
  readonly aws: Aws;
  readonly trail: Trail;
  readonly now: Date;
  /** Called for each kind that cannot be read. */
  readonly onUnread?: (unread: Unread) => void;
};

/**
 * The live state of a trail in each kind that can be read. `desired` has the states to compare with, which decide what some kinds probe.
 * Throws `MissingTrailError`, and `CaptureError` if no kind can be read.
 */
export async function readStates(
  { kinds, aws, trail, now, onUnread = () => {} }: LiveTrail,
  desired: States = {},
): Promise<States> {
  const observed = await Promise.all(
    kinds.map(async (kind) => [kind, await observe(kind, aws, trail, now, desired)] as const),
  );
  if (observed.some(([, one]) => one.status === 'observed' && one.state === null)) {
    throw new MissingTrailError(
      `${trail.arn} does not exist: \`aws cloudtrail list-trails\` lists the trails that do`,
    );
  }
  const unread: Unread[] = [];
  const states = observed.flatMap(([kind, observation]) => {
    const reason = unreadReason(kind, observation);
    if (reason === null) return [[kind.name, stateOf(observation)] as const];
    unread.push({ kind: kind.name, reason });
    return [];
  });
  if (states.length === 0) {
    const [first] = unread;
    throw new CaptureError(`cannot read ${trail.arn}: ${first?.kind}: ${first?.reason}`);
  }
  for (const one of unread) onUnread(one);
  return Object.fromEntries(states);
}

/** Why a state cannot be captured; null if it can. A field that AWS does not report may have a default. */
function unreadReason({ state, toBaseline }: DriftKind, observation: Observation): string | null {
  if (observation.status === 'unknown') return observation.reason;
  const live = stateOf(observation);
  const complete = toBaseline?.(live) ?? live;
  const missing = Object.keys(state.shape).filter((field) => !(field in complete));
  return missing.length === 0 ? null : `AWS answered without ${missing.join(', ')}`;
}

const stateOf = (observation: Observation): object =>
  observation.status === 'observed' ? (observation.state ?? {}) : {};
