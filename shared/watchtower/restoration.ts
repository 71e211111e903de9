import type { Baseline } from '#baseline/baseline.ts';
import { type Outcome, verdict } from '#reconcile/outcome.ts';
import { renderPlan } from '#reconcile/render-plan.ts';
import {
  type Repairs,
  recentMinutes,
  recentRepairs,
  repairedFields,
} from '#reconcile/suppress-steps.ts';
import type { Alarm } from './alarm.ts';
import {
  type OpenWindow,
  reconcileAsSeen,
  type TrailCheck,
  type WatchedTrails,
} from './check-trails.ts';
import { whoCausedDrift } from './who-caused-drift.ts';

/** What the watchtower did about a trail that no sweep restored. */
export type Restoration = {
  readonly outcome: Outcome;
  /** Who changed the trail, as far as event history says it. One sentence. */
  readonly who: string;
  readonly repairs: Repairs;
};

/** Restores a trail as a sweep does, and reads it back. A sweep in the account may do the same at that time: both write the baseline. */
export async function restoreTrail(
  baseline: Baseline,
  windows: readonly OpenWindow[],
  before: Repairs,
  watchedTrails: WatchedTrails,
  now: Date,
): Promise<Restoration> {
  const known = recentRepairs(before, now.toISOString());
  const outcome = await reconcileAsSeen(
    baseline,
    'enforce',
    { windows, repairs: known },
    watchedTrails,
    now,
  );
  const repaired = repairedFields(outcome).map(
    (field) => [field, [...(known[field] ?? []), now.toISOString()]] as const,
  );
  return {
    outcome,
    who: await whoCausedDrift(outcome.plan, watchedTrails),
    repairs: { ...known, ...Object.fromEntries(repaired) },
  };
}

export const isRestored = ({ outcome }: Restoration): boolean =>
  ['restored', 'in-sync', 'suspended'].includes(verdict(outcome));

/** What could not be restored, and why. */
export const failuresOf = (restoration: Restoration | undefined): readonly string[] =>
  (restoration?.outcome.applied ?? []).flatMap((step) =>
    step.status === 'failed'
      ? [
          [`the watchtower cannot restore it: ${step.action}: ${step.message}`, step.remedy ?? '']
            .filter(Boolean)
            .join('. '),
        ]
      : [],
  );

/** Reports what the watchtower wrote: each time, until it is undone again and again, which is reported once. */
export function restorationAlarms(
  { trail }: Pick<TrailCheck, 'trail'>,
  { outcome, who, repairs }: Restoration,
): readonly Alarm[] {
  const written = outcome.applied.filter(({ status }) => status === 'applied');
  if (written.length === 0) return [];
  const times = Object.values(repairs).map((all) => all.length);
  const isUndone = Math.max(0, ...times) >= repairsUntilUndone;
  const latest = Object.values(repairs).flat().toSorted().at(-1);
  const steps = [...new Set(written.map(({ action }) => action))].join(', ');
  const result = isRestored({ outcome, who, repairs }) ? 'and read back' : 'but not all of it';
  return [
    {
      key: isUndone ? `undone ${trail}` : `restored ${trail} ${latest}`,
      severity: 'critical',
      title: `the watchtower restored ${trail}, ${result} (${steps}), because no sweep did: ${renderPlan(outcome.plan).join('; ')}. ${who}`,
      remedy: isUndone
        ? `Someone undoes what is restored, ${Math.max(...times)} times in ${recentMinutes} minutes: take their credentials away`
        : 'Find out why sweeps do not restore it, and who changed it',
      hasNoEnd: true,
    },
  ];
}

const repairsUntilUndone = 3;
