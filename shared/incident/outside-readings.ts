import type { Baseline } from '#baseline/baseline.ts';
import type { DriftKind } from '#drift/kind.ts';
import type { Plan } from '#reconcile/plan.ts';
import { later } from '#text/time.ts';
import { kindsToRead } from './attribution.ts';
import type { OutsideReading, TrailStatus } from './trail-status.ts';

type OutsideRun = {
  readonly call: { readonly eventName: string } | null;
  readonly startedAt: string;
  readonly baseline: Pick<Baseline, 'version'>;
  readonly status: Promise<Pick<TrailStatus, 'outsideInSync' | 'open'> | null>;
};

/**
 * The drift kinds of a run, of which those outside the trail (its destinations, the organization) are not read if they lately were in
 * sync. A run reads them if its call can have changed them, or if something about the trail is unresolved.
 */
export function skipOutsideReads(
  kinds: readonly DriftKind[],
  run: OutsideRun,
): readonly DriftKind[] {
  const changing = run.call === null ? new Set() : kindsToRead(kinds)(run.call.eventName);
  const isRecent = wereInSyncLately(run);
  return kinds.map((kind) => {
    if (!kind.isOutsideTrail || changing.has(kind.name)) return kind;
    const observe: typeof kind.observe = async (aws, trail, now, desired) => {
      const state = desired?.[kind.name] ?? null;
      return state !== null && (await isRecent) ? state : kind.observe(aws, trail, now, desired);
    };
    return { ...kind, observe };
  });
}

/** That a run read every kind outside the trail and found all in sync; null if it did not. */
export async function outsideReadingOf(
  { findings }: Pick<Plan, 'findings'>,
  kinds: readonly DriftKind[],
  run: OutsideRun,
): Promise<OutsideReading | null> {
  const outside = kinds.filter(({ isOutsideTrail }) => isOutsideTrail).map(({ name }) => name);
  const isInSync = findings.every(
    ({ kind, status }) => !outside.includes(kind) || status === 'in-sync' || status === 'unmanaged',
  );
  if (!isInSync || (await wereInSyncLately(run))) return null;
  return { version: run.baseline.version, at: run.startedAt };
}

async function wereInSyncLately({
  call,
  startedAt,
  baseline,
  status: read,
}: OutsideRun): Promise<boolean> {
  const status = await read;
  const last = status?.outsideInSync ?? null;
  if (last === null || last.version !== baseline.version) return false;
  if ((status?.open?.unresolved.length ?? 0) > 0) return false;
  const minutes = -(call === null ? rereadByASweepAfter : rereadByAnEventAfter);
  return last.at <= startedAt && last.at > later(startedAt, { minutes });
}

/** In minutes: of sweeps every minute, each fifth reads them. */
const rereadByASweepAfter = 4.5;

/** In minutes. Longer, because the read would delay the first write, and the next sweep reads them anyway. */
const rereadByAnEventAfter = 15;
