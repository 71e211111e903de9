import { setTimeout } from 'node:timers/promises';
import { isActive, type MaintenanceWindow } from '#reconcile/maintenance-window.ts';
import type { Plan } from '#reconcile/plan.ts';
import type { Expected } from '#reconcile/reconcile.ts';
import type { SuppressionInputs } from '#reconcile/suppress-steps.ts';
import type { ApiCall } from '#trail/api-call.ts';
import type { TrailArn } from '#trail/trail-arn.ts';
import type { ControllerDeps } from './controller-deps.ts';
import { expectedAfter } from './expected-write.ts';
import { dedupeKeys } from './finding-key.ts';
import { isClaimed, nothingOpen, type OpenIncidents } from './incident-state.ts';
import { fingerprint } from './incident-store.ts';

/** What is known around one look at a trail, beside the trail itself. */
export type Surroundings = {
  /** What may keep repairs back, without what could not be read in time. */
  readonly truces: Promise<Omit<SuppressionInputs, 'armed'>>;
  /** The Holds in force; null where they could not be read. */
  readonly holds: Promise<readonly MaintenanceWindow[] | null>;
  readonly expected: Expected | null;
  claimed(plan: Plan, isLater: boolean): Promise<ReadonlySet<string>>;
};

type Look = {
  readonly trail: TrailArn;
  readonly incident: string;
  readonly cause: ApiCall | null;
};

/**
 * Reads what may keep repairs of a trail back. The first write waits for it no longer than it takes to look at the trail: what can
 * not be read in time is not there.
 */
export function surroundingsOf(
  { trail, incident, cause }: Look,
  guard: ControllerDeps,
): Surroundings {
  const { incidents, windows, rules, now } = guard;
  const active = windows.list(now(), trail).then((stored) =>
    stored.flatMap((one): MaintenanceWindow[] => {
      const isOver = 'error' in one || one.ended !== null;
      return isOver || !isActive(one.window, now(), rules.maxWindowHours) ? [] : [one.window];
    }),
  );
  let open: OpenIncidents = nothingOpen;
  const read = [within(patience, active), within(patience, incidents.read(trail))] as const;
  const truces = Promise.all(read).then(([inForce, known]) => {
    open = known ?? nothingOpen;
    const restores = cause === null ? null : (known?.restores ?? null);
    return { holds: inForce ?? [], restores };
  });

  return {
    truces,
    // Notices about Holds can wait for the next run: an attacker may have written more Holds than can be read.
    holds: within(longPatience, active),
    expected: cause && expectedAfter(cause, guard, (name) => Object.hasOwn(open.symptoms, name)),
    async claimed(plan, isLater) {
      await truces;
      // What another run began since then is in the row by now.
      if (isLater) open = (await within(patience, incidents.read(trail))) ?? open;
      const others = Map.groupBy(dedupeKeys(null, plan, fingerprint), ({ kind }) => kind);
      const isOthers = ({ fingerprint: name }: { readonly fingerprint: string }) =>
        isClaimed(open.symptoms[name], { incident, at: now().toISOString(), since: cause?.at });
      return new Set(
        [...others].flatMap(([kind, symptoms]) => (symptoms.every(isOthers) ? [kind] : [])),
      );
    },
  };
}

/** What comes of a read in a time; null where it fails or takes longer. */
const within = <Read>(ms: number, read: Promise<Read>): Promise<Read | null> =>
  Promise.race([read, setTimeout(ms, null, { ref: false })]).catch(() => null);

/** In milliseconds. */
const patience = 2000;
const longPatience = 8000;
