import { later } from '#text/time.ts';
import type { ApiCall } from '#trail/api-call.ts';
import type { TrailStatus } from './trail-status.ts';

/**
 * Whether the kinds outside the trail (its destinations, the organization) were lately read and found in sync, so that a run need not
 * read them. It reads them anyway if something about the trail is unresolved.
 */
export function wereInSyncLately(
  status: Pick<TrailStatus, 'outsideInSync' | 'open'> | null,
  version: number,
  { call, startedAt }: { readonly call: ApiCall | null; readonly startedAt: string },
): boolean {
  const last = status?.outsideInSync ?? null;
  if (last === null || last.version !== version) return false;
  if ((status?.open?.unresolved.length ?? 0) > 0) return false;
  const minutes = -(call === null ? rereadByASweepAfter : rereadByAnEventAfter);
  return last.at <= startedAt && last.at > later(startedAt, { minutes });
}

/** In minutes: of sweeps every minute, each fifth reads them. */
const rereadByASweepAfter = 4.5;

/** In minutes. Longer, because the read would delay the first write, and the next sweep reads them anyway. */
const rereadByAnEventAfter = 15;
