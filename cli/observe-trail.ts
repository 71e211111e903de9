import { setTimeout } from 'node:timers/promises';
import type { Baseline } from '#baseline/baseline.ts';
import type { Guarded } from '#baseline/known-trail.ts';
import { kinds } from '#drift/index.ts';
import { rememberBucket } from '#incident/bucket-loss.ts';
import { type GateLook, gateOf, noGate } from '#reconcile/pending-review.ts';
import type { Plan } from '#reconcile/plan.ts';
import { readLagMs } from '#reconcile/read-back.ts';
import { type Reconcile, reconcile } from '#reconcile/reconcile.ts';
import { suppressSteps } from '#reconcile/suppress-steps.ts';
import { parseTrailArn } from '#trail/trail-arn.ts';
import { type ActiveWindow, activeWindows } from './active-windows.ts';
import { modeOf } from './armed.ts';
import type { Context } from './context.ts';

/** What a look at a guarded trail came to: a plan, with the Holds that keep it from being carried out; or why there is none. */
export type Look = { readonly trail: string } & (
  | { readonly plan: Plan; readonly windows: readonly ActiveWindow[] }
  | { readonly error: string }
);

/** Compares a trail with its baseline and writes nothing. */
export async function observeTrail(context: Context, guarded: Guarded): Promise<Look> {
  const { trail } = guarded;
  if ('error' in guarded) return { trail, error: guarded.error.message };
  const { baseline } = guarded;
  const windows = await activeWindows(context, baseline.trail);
  const gate = gateOf(baseline, { mode: modeOf(context), gates: context.gates });
  const { plan } = await reconcile(baseline, {
    ...optionsFor(context, baseline, windows, gate),
    kinds: rememberBucket(kinds, baseline, context.bucketLosses).kinds,
    mode: 'observe',
  });
  return { trail, plan, windows };
}

/** A reconcile with the rights of whoever runs the command, who keeps Holds, too, and no pace; and the gate, if there is one. */
export const optionsFor = (
  { awsOf, now, maxWindowHours }: Context,
  { trail }: Baseline,
  open: readonly ActiveWindow[],
  gate: GateLook = noGate,
): Omit<Reconcile, 'mode'> => {
  const truces = { holds: open.map(({ window }) => window), restores: null };
  const rules = { maxWindowHours, repairsBeforeBackoff: 0 };
  return {
    kinds,
    aws: awsOf(parseTrailArn(trail).region),
    now,
    readLagMs,
    sleep: (ms) => setTimeout(ms),
    onObservation: gate.onObservation,
    withhold: async (plan) =>
      suppressSteps(plan, { ...truces, armed: await gate.armed(plan) }, rules, now()),
  };
};
