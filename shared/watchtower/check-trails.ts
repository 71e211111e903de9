import { setTimeout } from 'node:timers/promises';
import type { Aws } from '#aws/clients.ts';
import { messageOf, nameOf } from '#aws/errors.ts';
import type { EventHistory } from '#backfill/event-history.ts';
import type { Baseline } from '#baseline/baseline.ts';
import type { BaselineStore } from '#baseline/baseline-store.ts';
import { type KnownTrail, versionInForce } from '#baseline/known-trail.ts';
import type { DriftKind } from '#drift/kind.ts';
import type { Observation } from '#drift/observe.ts';
import type { LoggingCheckpoint } from '#gaps/logging-interruption.ts';
import { checkpointIn } from '#incident/trail-observer.ts';
import { endOf, type MaintenanceWindow } from '#reconcile/maintenance-window.ts';
import { openWindows, type WindowStore } from '#reconcile/maintenance-window-store.ts';
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
  /** Who wrote the version in force, and why; null if there is none. */
  readonly written: { readonly by: string; readonly reason: string } | null;
  /** Whether it logs, and since when; null if that is not known. */
  readonly logging: LoggingCheckpoint | null;
  /** The maintenance windows that are open. */
  readonly windows: readonly OpenWindow[];
};

/** A maintenance window, and when it ends. ISO 8601. */
export type OpenWindow = { readonly window: MaintenanceWindow; readonly end: string };

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
  const seen = {
    ...{ trail, faults, version: versionInForce(known), isRetired: 'retirement' in known },
    ...{ baseline: null, logging: null, windows: [] },
  };
  if ('error' in known) {
    const details = [`it has no baseline: ${known.error.message}`];
    return { ...seen, written: null, status: 'unknown', details };
  }
  if ('retirement' in known) {
    const { retiredBy: by, reason } = known.retirement;
    return { ...seen, written: { by, reason }, status: 'in-sync', details: [] };
  }
  const { baseline } = known;
  const windows = await openWindowsOf(baseline.trail, watchedTrails, now);
  let logging: LoggingCheckpoint | null = null;
  const { plan } = await reconcileAsSeen(baseline, 'observe', { windows }, watchedTrails, now, {
    observed(kind, observation) {
      if (kind.name === 'logging') logging = checkpointIn(observation);
    },
  });
  const drifted = plan.findings.filter(isDrift);
  const unknown = plan.findings.filter(({ status }) => status === 'unknown');
  return {
    ...{ ...seen, baseline, logging, windows },
    written: { by: baseline.capturedBy, reason: baseline.reason },
    status: drifted.length > 0 ? 'drifted' : unknown.length > 0 ? 'unknown' : 'in-sync',
    details: [...drifted, ...unknown].flatMap(renderFinding),
  };
}

type Suppressing = {
  readonly windows: readonly OpenWindow[];
  /** None for a check, which writes nothing. */
  readonly repairs?: SuppressionInputs['repairs'];
};

/** Compares a trail with its baseline, as a sweep does; in mode enforce also restores it. */
export async function reconcileAsSeen(
  baseline: Baseline,
  mode: Mode,
  { windows, repairs = null }: Suppressing,
  { kinds, awsOf, now: clock, rules }: WatchedTrails,
  now: Date,
  { observed }: { readonly observed?: (kind: DriftKind, observation: Observation) => void } = {},
): Promise<Outcome> {
  const trail = parseTrailArn(baseline.trail);
  const aws = awsOf(trail.region);
  return reconcile(baseline, {
    ...{ kinds, aws, mode, now: clock },
    readLagMs: mode === 'enforce' ? readLagMs : 0,
    sleep: (ms) => setTimeout(ms),
    async observe(kind, _isDoubted, read) {
      const observation = await read();
      observed?.(kind, observation);
      return observation;
    },
    suppress: async (found) =>
      suppressSteps(found, { windows: windows.map(({ window }) => window), repairs }, rules, now),
  });
}

/** Drift that no maintenance window suspends. */
const isDrift = (finding: Finding): boolean =>
  finding.status === 'drifted' && finding.suppressed === undefined;

/** The maintenance windows that an approver signed; none if they cannot be read. */
async function openWindowsOf(
  trail: string,
  { windows, rules: { maxWindowHours } }: WatchedTrails,
  now: Date,
): Promise<readonly OpenWindow[]> {
  const { arn } = parseTrailArn(trail);
  const stored = await windows.list(now, arn).catch(() => []);
  return openWindows(stored, now, maxWindowHours).map((window) => ({
    window,
    end: endOf(window, maxWindowHours),
  }));
}

/** Why an account cannot be read. */
export const reasonOf = (error: unknown): string => `${nameOf(error)}: ${messageOf(error)}`;
