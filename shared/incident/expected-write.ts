import { planOf } from '#reconcile/plan.ts';
import type { Expected, Reconcile } from '#reconcile/reconcile.ts';
import type { ApiCall } from '#trail/api-call.ts';
import { kindsToRead } from './attribution.ts';
import { dedupeKeys } from './finding-key.ts';
import { fingerprint } from './incident-store.ts';

/**
 * What reads may not show yet of a call that an event tells of; null where nothing is to be waited for. The event tells the second
 * of the call, and no more. `isKnown` says whether drift of a fingerprint was there before.
 */
export function expectedAfter(
  { eventName, at, error }: Pick<ApiCall, 'eventName' | 'at' | 'error'>,
  { kinds, readLagMs, now }: Pick<Reconcile, 'kinds' | 'readLagMs' | 'now'>,
  isKnown: (fingerprint: string) => boolean,
): Expected | null {
  if (error !== null || readLagMs === 0) return null;
  const latest = now().getTime() + readLagMs;
  const shown = at === null ? latest : Date.parse(at) + 999 + readLagMs;
  const toRead = kindsToRead(kinds)(eventName);
  const restorable = kinds.filter(
    ({ name, permissions }) => toRead.has(name) && permissions.repair.length > 0,
  );
  return {
    kinds: toRead,
    until: Math.min(shown, latest),
    isIn(plan) {
      const found = dedupeKeys(null, planOf(plan, toRead), fingerprint);
      const drifted = new Set(found.flatMap((one) => (isKnown(one.fingerprint) ? [] : [one.kind])));
      // A call may change one kind at once, and by that another one, as one that ends the access of CloudTrail does.
      return drifted.size > 0 && restorable.every(({ name }) => drifted.has(name));
    },
  };
}
