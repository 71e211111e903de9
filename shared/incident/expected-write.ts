import { planOf } from '#reconcile/plan.ts';
import type { Expected, Reconcile } from '#reconcile/reconcile.ts';
import type { ApiCall } from '#trail/api-call.ts';
import { kindsChangedBy } from './attribution.ts';
import { problemsIn } from './finding-key.ts';
import type { TrailStatus } from './trail-status.ts';

/**
 * What reads may not show yet of the call that an event names; null if there is nothing to wait for. The event has the second of
 * the call only. `atStart` is the status before the run, if it is known: problems that were left then are not the call's.
 */
export function expectedAfter(
  call: Pick<ApiCall, 'eventName' | 'at' | 'error'>,
  { kinds, readLagMs, now }: Pick<Reconcile, 'kinds' | 'readLagMs' | 'now'>,
  atStart: Promise<Pick<TrailStatus, 'open'> | null>,
): Expected | null {
  const { at, error } = call;
  if (error !== null || readLagMs === 0) return null;
  const latest = now().getTime() + readLagMs;
  const shown = at === null ? latest : Date.parse(at) + 999 + readLagMs;
  const toRead = kindsChangedBy(kinds, call);
  const restorable = kinds.filter(
    ({ name, permissions }) => toRead.has(name) && permissions.repair.length > 0,
  );
  return {
    kinds: toRead,
    until: Math.min(shown, latest),
    async isIn(plan) {
      const known = (await atStart)?.open?.unresolved ?? [];
      const found = problemsIn(null, planOf(plan, toRead));
      const fresh = found.filter((one) => !known.includes(one.fingerprint));
      const drifted = new Set(fresh.map(({ kind }) => kind));
      // A call may change one kind at once, and by that another one, as one that ends the access of CloudTrail does.
      return drifted.size > 0 && restorable.every(({ name }) => drifted.has(name));
    },
  };
}
