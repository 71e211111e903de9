import { setTimeout } from 'node:timers/promises';
import type { Aws } from '#aws/clients.ts';
import { messageOf, nameOf } from '#aws/errors.ts';
import type { EventHistory } from '#backfill/event-history.ts';
import type { Baseline } from '#baseline/baseline.ts';
import type { BaselineStore } from '#baseline/baseline-store.ts';
import { type KnownTrail, versionInForce } from '#baseline/known-trail.ts';
import type { DriftKind } from '#drift/kind.ts';
import { isActive } from '#reconcile/maintenance-window.ts';
import type { WindowStore } from '#reconcile/maintenance-window-store.ts';
import type { Mode, Outcome } from '#reconcile/outcome.ts';
import type { Finding } from '#reconcile/plan.ts';
import { readLagMs } from '#reconcile/read-back.ts';
import { reconcile } from '#reconcile/reconcile.ts';
import { renderFinding } from '#reconcile/render-plan.ts';
import {
  type SuppressionInputs,
  type SuppressionRules,
  suppressSteps,
} from '#reconcile/suppress-steps.ts';
import { parseTrailArn } from '#trail/trail-arn.ts';

/** What the watchtower sees with its role in the account that it watches. */
export type WatchedTrails = {
  /** The kinds that it compares: what the trails depend on is left to the account itself. */
  readonly kinds: readonly DriftKind[];
  readonly awsOf: (region: string) => Aws;
  readonly history: EventHistory;
  /** Whether it may restore what no sweep restores. */
  readonly restores: boolean;
  /** The signed baselines; see `rowsWithCopies`. */
  readonly baselines: BaselineStore;
  readonly windows: WindowStore;
  readonly rules: SuppressionRules;
  readonly now: () => Date;
  /** The failures of reads of the state table since it was last asked. */
  readonly unreadable: () => readonly string[];
};

/** One trail, as it is seen from outside. */
export type TrailCheck = {
  readonly trail: string;
  /** The number of the version in force; 0 if none can be used. */
  readonly version: number;
  readonly isRetired: boolean;
  /** The baseline in force; null if there is none. */
  readonly baseline: Baseline | null;
  /** What is wrong with the rows of its baseline. */
  readonly faults: readonly string[];
  readonly status: 'in-sync' | 'drifted' | 'unknown';
  /** What drifted, or why nothing is known, one sentence each. */
  readonly details: readonly string[];
};

/** Compares each trail with the version in force, and keeps copies of these. */
export async function checkTrails(
  watchedTrails: WatchedTrails,
  now: Date,
): Promise<readonly TrailCheck[]> {
  const known = await watchedTrails.baselines.known();
  await watchedTrails.baselines.backUpInForce();
  return Promise.all(known.map((one) => checkTrail(one, watchedTrails, now)));
}

async function checkTrail(
  known: KnownTrail,
  watchedTrails: WatchedTrails,
  now: Date,
): Promise<TrailCheck> {
  const { trail, faults } = known;
  const seen = { trail, faults, version: versionInForce(known), isRetired: 'retirement' in known };
  if ('error' in known) {
    const details = [`it has no baseline: ${known.error.message}`];
    return { ...seen, baseline: null, status: 'unknown', details };
  }
  if ('retirement' in known) return { ...seen, baseline: null, status: 'in-sync', details: [] };
  const { baseline } = known;
  const { plan } = await reconcileAsSeen(baseline, 'observe', null, watchedTrails, now);
  const drifted = plan.findings.filter(isDrift);
  const unknown = plan.findings.filter(({ status }) => status === 'unknown');
  return {
    ...seen,
    baseline,
    status: drifted.length > 0 ? 'drifted' : unknown.length > 0 ? 'unknown' : 'in-sync',
    details: [...drifted, ...unknown].flatMap(renderFinding),
  };
}

/** Compares a trail with its baseline, as a sweep does; in mode enforce also restores it. */
export async function reconcileAsSeen(
  baseline: Baseline,
  mode: Mode,
  repairs: SuppressionInputs['repairs'],
  watchedTrails: WatchedTrails,
  now: Date,
): Promise<Outcome> {
  const windows = await activeWindows(baseline.trail, watchedTrails, now);
  return reconcile(baseline, {
    kinds: watchedTrails.kinds,
    aws: watchedTrails.awsOf(parseTrailArn(baseline.trail).region),
    mode,
    now: watchedTrails.now,
    readLagMs: mode === 'enforce' ? readLagMs : 0,
    sleep: (ms) => setTimeout(ms),
    suppress: async (found) => suppressSteps(found, { windows, repairs }, watchedTrails.rules, now),
  });
}

/** Drift that no maintenance window suspends. */
const isDrift = (finding: Finding): boolean =>
  finding.status === 'drifted' && finding.suppressed === undefined;

/** The maintenance windows that an approver signed; none if they cannot be read. */
async function activeWindows(trail: string, { windows, rules }: WatchedTrails, now: Date) {
  const { maxWindowHours } = rules;
  const { arn } = parseTrailArn(trail);
  const stored = await windows.list(now, arn).catch(() => []);
  return stored.flatMap((one) =>
    'error' in one || one.ended !== null || !isActive(one.window, now, maxWindowHours)
      ? []
      : [one.window],
  );
}

/** Why an account cannot be read. */
export const reasonOf = (error: unknown): string => `${nameOf(error)}: ${messageOf(error)}`;
