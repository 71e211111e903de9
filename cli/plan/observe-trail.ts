import { setTimeout } from 'node:timers/promises';
import type { Baseline } from '#baseline/baseline.ts';
import type { ProtectedTrail } from '#baseline/known-trail.ts';
import { kinds } from '#drift/index.ts';
import { withBucketLoss } from '#incident/trail-observer.ts';
import type { Plan } from '#reconcile/plan.ts';
import { readLagMs } from '#reconcile/read-back.ts';
import { type Reconcile, reconcile } from '#reconcile/reconcile.ts';
import { suppressSteps } from '#reconcile/suppress-steps.ts';
import { parseTrailArn } from '#trail/trail-arn.ts';
import { type ActiveWindow, activeWindows } from '../active-windows.ts';
import type { Context } from '../context.ts';
import { type Waiting, waitingIn } from './approvals.ts';
import { withoutForeignDrift } from './unread-kinds.ts';

/** The plan for a protected trail, with the maintenance windows that suspend parts of it; or why there is none. */
export type TrailPlan = { readonly trail: string } & (
  | {
      readonly plan: Plan;
      readonly windows: readonly ActiveWindow[];
      /** What waits for a decision; null if nothing does. */
      readonly waiting: Waiting | null;
    }
  | { readonly error: string }
);

/** Compares a trail with its baseline and writes nothing. */
export async function observeTrail(
  context: Context,
  protectedTrail: ProtectedTrail,
): Promise<TrailPlan> {
  const { trail } = protectedTrail;
  if ('error' in protectedTrail) return { trail, error: protectedTrail.error.message };
  const { baseline } = protectedTrail;
  const windows = await activeWindows(context, baseline.trail);
  const options = optionsFor(context, baseline, windows);
  const status = context.statuses(baseline.trail);
  const approvals = async () => (await status).open?.approvals ?? [];
  const { plan } = await reconcile(baseline, {
    ...options,
    mode: 'observe',
    approvals,
    observe: async (kind, _isDoubted, read) =>
      withBucketLoss(kind, await read(), baseline, async () => (await status).bucketLoss),
  });
  return {
    trail,
    plan: withoutForeignDrift(plan, baseline, context),
    windows,
    waiting: waitingIn(trail, await status, context.now()),
  };
}

/** A reconcile with the caller's rights, which maintenance windows suspend, too, without backoff. */
export const optionsFor = (
  { awsOf, now, maxWindowHours }: Context,
  { trail }: Baseline,
  open: readonly ActiveWindow[],
): Omit<Reconcile, 'mode'> => {
  const windows = { windows: open.map(({ window }) => window), repairs: null };
  const rules = { maxWindowHours, repairsBeforeBackoff: 0 };
  return {
    kinds,
    aws: awsOf(parseTrailArn(trail).region),
    now,
    readLagMs,
    sleep: (ms) => setTimeout(ms),
    suppress: async (plan) => suppressSteps(plan, windows, rules, now()),
  };
};
