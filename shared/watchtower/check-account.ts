import type { AwsCredentialIdentityProvider } from '@smithy/types';
import * as z from 'zod';
import type { Topology } from '#deployment/topology.ts';
import type { Alarm } from './alarm.ts';
import { checkDeployment, deploymentMemory, isUnsettled } from './check-deployment.ts';
import { checkTrails, reasonOf, type TrailCheck, type WatchedTrails } from './check-trails.ts';
import type { HeartbeatLog } from './heartbeat-log.ts';
import { inTime } from './in-time.ts';
import { type Restoration, restoreTrail } from './restoration.ts';
import { alarmsOfTrails, isLeft, type Memory, memory } from './trail-alarms.ts';

/** Where the deployment is, and the credentials that may read it. */
export type WatchedDeployment = {
  readonly topology: Topology;
  readonly credentials: AwsCredentialIdentityProvider;
};

/** What is known from the last checks. */
export const seen = z.object({
  trails: memory,
  deployment: deploymentMemory.nullable(),
  /** The checks in a row that could not read the account. */
  failures: z.number(),
});
type Seen = z.infer<typeof seen>;

type AccountDeps = {
  readonly watchedTrails: WatchedTrails;
  readonly deployment: WatchedDeployment;
  readonly account: string;
  readonly periodMs: number;
};

type Result = {
  readonly seen: Seen;
  readonly alarms: readonly Alarm[];
  /** Null if the account cannot be read. */
  readonly checks: readonly TrailCheck[] | null;
};

/** For each part, so that people are notified in spite of a flood of rows or of refused calls. */
const patienceSeconds = 30;

/**
 * Checks the trails, and in every second sweep period the deployment, which takes many more reads; in each while it changes or cannot be
 * read.
 */
export async function checkAccount(
  before: Seen,
  log: HeartbeatLog,
  now: Date,
  { watchedTrails, deployment: { topology, credentials }, account, periodMs }: AccountDeps,
): Promise<Result> {
  try {
    await credentials();
    const checks = await inTime(
      patienceSeconds,
      'its trails were not checked',
      checkTrails(watchedTrails, now),
    );
    const restorations = await inTime(
      patienceSeconds,
      'its trails were not restored',
      restoreLeft(before.trails, checks, watchedTrails, now),
    );
    const trails = alarmsOfTrails(
      before.trails,
      checks,
      recent(log, now, periodMs),
      { account, now },
      restorations,
    );
    const last = before.deployment;
    const isDue =
      last === null ||
      isUnsettled(last) ||
      Math.abs(now.getTime() - Date.parse(last.at)) >= 1.5 * periodMs;
    const deployment = isDue
      ? await checkDeployment(last, topology, credentials, now)
      : { memory: last, alarms: [] };
    return {
      seen: { trails: trails.memory, deployment: deployment.memory, failures: 0 },
      alarms: [
        ...trails.alarms,
        ...unreadableTable(watchedTrails.unreadable(), account),
        ...deployment.alarms,
      ],
      checks,
    };
  } catch (error) {
    const failures = before.failures + 1;
    return {
      seen: { ...before, failures },
      alarms: failures > 1 ? [unreachableAlarm(error, account)] : [],
      checks: null,
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
  checks: readonly TrailCheck[],
  watchedTrails: WatchedTrails,
  now: Date,
): Promise<ReadonlyMap<string, Restoration>> {
  const left = watchedTrails.restores ? checks.filter((seen) => isLeft(before, seen, now)) : [];
  const made = await Promise.all(
    left.map(async ({ trail, baseline, windows }) => {
      if (baseline === null) return [];
      const repairs = before[trail]?.repairs ?? {};
      return [[trail, await restoreTrail(baseline, windows, repairs, watchedTrails, now)] as const];
    }),
  );
  return new Map(made.flat());
}

const unreadableTable = (failures: readonly string[], account: string): readonly Alarm[] =>
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

const unreachableAlarm = (error: unknown, account: string): Alarm => ({
  key: 'unreachable',
  severity: 'critical',
  title: `account ${account} cannot be read: ${reasonOf(error)}`,
  remedy: `Deploy trailkeeper there, which has the role of the watchtower: npx --no -- trailkeeper deploy`,
});
