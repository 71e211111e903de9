import type { AwsCredentialIdentityProvider } from '@smithy/types';
import * as z from 'zod';
import type { Baseline } from '#baseline/baseline.ts';
import type { Topology } from '#deployment/topology.ts';
import type { Concern } from './concern.ts';
import { deploymentMemory, lookAtDeployment } from './deployment-look.ts';
import { blindness, type Eyes, lookAtTrails, type Sighting } from './eyes.ts';
import type { HeartbeatLog } from './heartbeat-log.ts';
import { type Restoration, restoreTrail } from './restoration.ts';
import { isLeft, judged, type Memory, memory } from './sightings.ts';

/** Where the deployment is, and the credentials that may read it. */
export type WatchedDeployment = {
  readonly topology: Topology;
  readonly credentials: AwsCredentialIdentityProvider;
};

/** What the last looks saw. */
export const seen = z.object({
  trails: memory,
  deployment: deploymentMemory.nullable(),
  /** The looks in a row that saw nothing. */
  blind: z.number(),
});
type Seen = z.infer<typeof seen>;

type OutsideDeps = {
  readonly eyes: Eyes;
  readonly deployment: WatchedDeployment;
  readonly account: string;
  readonly periodMs: number;
};

type Result = {
  readonly seen: Seen;
  readonly concerns: readonly Concern[];
  /** The trails that are known; null if the account cannot be seen. */
  readonly trails: readonly string[] | null;
  /** The baselines in force; null if the account cannot be seen. */
  readonly baselines: readonly Baseline[] | null;
};

/** Looks at the trails, and in every third sweep period at the deployment, which takes many more reads. */
export async function lookFromOutside(
  before: Seen,
  log: HeartbeatLog,
  now: Date,
  { eyes, deployment: { topology, credentials }, account, periodMs }: OutsideDeps,
): Promise<Result> {
  try {
    await credentials();
    const sightings = await lookAtTrails(eyes, now);
    const restorations = await restoreLeft(before.trails, sightings, eyes, now);
    const trails = judged(
      before.trails,
      sightings,
      recent(log, now, periodMs),
      account,
      restorations,
    );
    const last = before.deployment;
    const isDue = last === null || Math.abs(now.getTime() - Date.parse(last.at)) >= 2.5 * periodMs;
    const deployment = isDue
      ? await lookAtDeployment(last, topology, credentials, now)
      : { memory: last, concerns: [] };
    return {
      seen: { trails: trails.memory, deployment: deployment.memory, blind: 0 },
      concerns: [
        ...trails.concerns,
        ...unreadableTable(eyes.unreadable(), account),
        ...deployment.concerns,
      ],
      trails: sightings.map(({ trail }) => trail),
      baselines: sightings.flatMap(({ baseline }) => baseline ?? []),
    };
  } catch (error) {
    const blind = before.blind + 1;
    return {
      seen: { ...before, blind },
      concerns: blind > 1 ? [blindConcern(error, account)] : [],
      trails: null,
      baselines: null,
    };
  }
}

/** Without heartbeats from which sweeps have been silent since: they say nothing of what happened later. */
const recent = (log: HeartbeatLog, now: Date, periodMs: number): HeartbeatLog => ({
  ...log,
  accepted: log.accepted.filter(
    ({ receivedAt }) => now.getTime() - Date.parse(receivedAt) <= 2 * periodMs,
  ),
});

/** Restores the trails that sweeps left drifted for a sweep period, if the watchtower may. */
async function restoreLeft(
  before: Memory,
  sightings: readonly Sighting[],
  eyes: Eyes,
  now: Date,
): Promise<ReadonlyMap<string, Restoration>> {
  const left = eyes.restores ? sightings.filter((seen) => isLeft(before, seen)) : [];
  const made = await Promise.all(
    left.map(async ({ trail, baseline }) => {
      if (baseline === null) return [];
      const repairs = before[trail]?.repairs ?? {};
      return [[trail, await restoreTrail(baseline, repairs, eyes, now)] as const];
    }),
  );
  return new Map(made.flat());
}

const unreadableTable = (failures: readonly string[], account: string): readonly Concern[] =>
  failures.length === 0
    ? []
    : [
        {
          key: 'state table',
          severity: 'high',
          title: `the state table cannot be read: ${failures[0]}`,
          remedy: `Its own copies of the baselines are used. With credentials of account ${account}: npx --no -- trailkeeper doctor`,
        },
      ];

const blindConcern = (error: unknown, account: string): Concern => ({
  key: 'blind',
  severity: 'critical',
  title: `account ${account} cannot be seen: ${blindness(error)}`,
  remedy: `Deploy trailkeeper there, which has the role of the watchtower: npx --no -- trailkeeper deploy`,
});
