import { setTimeout } from 'node:timers/promises';
import type { Aws } from '#aws/clients.ts';
import { messageOf, nameOf } from '#aws/errors.ts';
import type { BaselineStore } from '#baseline/baseline-store.ts';
import { type KnownTrail, versionInForce } from '#baseline/known-trail.ts';
import type { DriftKind } from '#drift/kind.ts';
import { isActive } from '#reconcile/maintenance-window.ts';
import type { WindowStore } from '#reconcile/maintenance-window-store.ts';
import type { Finding } from '#reconcile/plan.ts';
import { reconcile } from '#reconcile/reconcile.ts';
import { renderFinding } from '#reconcile/render-plan.ts';
import { suppressSteps } from '#reconcile/suppress-steps.ts';
import { parseTrailArn } from '#trail/trail-arn.ts';

/** What the watchtower sees with its role in the account that it watches. */
export type Eyes = {
  /** The kinds that it compares: what the trails depend on is left to the account itself. */
  readonly kinds: readonly DriftKind[];
  readonly awsOf: (region: string) => Aws;
  /** The signed baselines; see `outsideRows`. */
  readonly baselines: BaselineStore;
  readonly windows: WindowStore;
  readonly maxWindowHours: number;
  readonly now: () => Date;
  /** The failures of reads of the state table since it was last asked. */
  readonly unreadable: () => readonly string[];
};

/** One trail, as it is seen from outside. */
export type Sighting = {
  readonly trail: string;
  /** The number of the version in force; 0 if none can be used. */
  readonly version: number;
  readonly isRetired: boolean;
  /** What is wrong with the rows of its baseline. */
  readonly faults: readonly string[];
  readonly status: 'in-sync' | 'drifted' | 'unknown';
  /** What drifted, or why nothing is known, one sentence each. */
  readonly details: readonly string[];
};

/** Compares each trail with the version in force, and keeps copies of these. */
export async function lookAtTrails(eyes: Eyes, now: Date): Promise<readonly Sighting[]> {
  const known = await eyes.baselines.known();
  await eyes.baselines.backUpInForce();
  return Promise.all(known.map((one) => lookAt(one, eyes, now)));
}

async function lookAt(known: KnownTrail, eyes: Eyes, now: Date): Promise<Sighting> {
  const { trail, faults } = known;
  const seen = { trail, faults, version: versionInForce(known), isRetired: 'retirement' in known };
  if ('error' in known) {
    return { ...seen, status: 'unknown', details: [`it has no baseline: ${known.error.message}`] };
  }
  if ('retirement' in known) return { ...seen, status: 'in-sync', details: [] };
  const { baseline } = known;
  const windows = await activeWindows(trail, eyes, now);
  const { plan } = await reconcile(baseline, {
    kinds: eyes.kinds,
    aws: eyes.awsOf(parseTrailArn(trail).region),
    mode: 'observe',
    now: eyes.now,
    readLagMs: 0,
    sleep: (ms) => setTimeout(ms),
    suppress: async (found) =>
      suppressSteps(
        found,
        { windows, repairs: null },
        { maxWindowHours: eyes.maxWindowHours, repairsBeforeBackoff: 1 },
        now,
      ),
  });
  const drifted = plan.findings.filter(isDrift);
  const unknown = plan.findings.filter(({ status }) => status === 'unknown');
  return {
    ...seen,
    status: drifted.length > 0 ? 'drifted' : unknown.length > 0 ? 'unknown' : 'in-sync',
    details: [...drifted, ...unknown].flatMap(renderFinding),
  };
}

/** Drift that no maintenance window suspends. */
const isDrift = (finding: Finding): boolean =>
  finding.status === 'drifted' && finding.suppressed === undefined;

/** The maintenance windows that an approver signed; none if they cannot be read. */
async function activeWindows(trail: string, { windows, maxWindowHours }: Eyes, now: Date) {
  const { arn } = parseTrailArn(trail);
  const stored = await windows.list(now, arn).catch(() => []);
  return stored.flatMap((one) =>
    'error' in one || one.ended !== null || !isActive(one.window, now, maxWindowHours)
      ? []
      : [one.window],
  );
}

/** Why an account cannot be seen. */
export const blindness = (error: unknown): string => `${nameOf(error)}: ${messageOf(error)}`;
