import * as z from 'zod';
import type { Alarm } from './alarm.ts';
import type { TrailCheck } from './check-trails.ts';
import { isGood } from './heartbeat.ts';
import type { HeartbeatLog } from './heartbeat-log.ts';
import { failuresOf, isRestored, type Restoration, restorationAlarms } from './restoration.ts';

/** What is known of each trail from the last checks. */
export const memory = z.record(
  z.string(),
  z.object({
    version: z.number(),
    /** The checks in a row that did not find it in sync. */
    failedChecks: z.number(),
    /** The checks in a row in which the heartbeat said something else. */
    falseClaims: z.number(),
    /** When the watchtower repaired each field lately. */
    repairs: z.record(z.string(), z.array(z.string()).readonly()).default({}),
  }),
);
export type Memory = z.infer<typeof memory>;

/** So many checks in a row raise an alarm: sweeps repair drift meanwhile, and a heartbeat may be underway. */
const checksUntilAlarm = 2;

/** Whether sweeps had the time to restore a trail, and did not. */
export const isLeft = (before: Memory, { trail, status }: TrailCheck): boolean =>
  status === 'drifted' && (before[trail]?.failedChecks ?? 0) + 1 >= checksUntilAlarm;

/** The memory after a check, and what is wrong. `account` is the account that is watched. */
export function alarmsOfTrails(
  before: Memory,
  checks: readonly TrailCheck[],
  log: HeartbeatLog,
  account: string,
  restorations: ReadonlyMap<string, Restoration> = new Map(),
): { readonly memory: Memory; readonly alarms: readonly Alarm[] } {
  const results = checks.map((seen) =>
    alarmsOfTrail(before[seen.trail], seen, restorations.get(seen.trail), log, account),
  );
  return {
    memory: Object.fromEntries(results.map((one) => [one.trail, one.remembered])),
    alarms: results.flatMap(({ alarms }) => alarms),
  };
}

function alarmsOfTrail(
  before: Memory[string] | undefined,
  seen: TrailCheck,
  restoration: Restoration | undefined,
  log: HeartbeatLog,
  account: string,
) {
  const { trail, version, status } = seen;
  const isBad = status !== 'in-sync';
  const falseClaim = falseClaimOf(seen, log);
  const badChecks = isBad ? (before?.failedChecks ?? 0) + 1 : 0;
  const failedChecks = restoration !== undefined && isRestored(restoration) ? 0 : badChecks;
  const falseClaims = falseClaim === null ? 0 : (before?.falseClaims ?? 0) + 1;
  const alarms: readonly Alarm[] = [
    ...(restoration === undefined ? [] : restorationAlarms(seen, restoration)),
    ...(failedChecks >= checksUntilAlarm ? [statusAlarm(seen, restoration, account)] : []),
    ...(falseClaim !== null && falseClaims >= checksUntilAlarm
      ? [
          {
            key: `false claim ${trail}`,
            severity: 'critical' as const,
            title: `heartbeats do not say what is true: ${falseClaim}`,
            remedy: `Someone may send heartbeats in place of trailkeeper. With credentials of account ${account}: npx --no -- trailkeeper doctor`,
          },
        ]
      : []),
    ...(seen.faults.length > 0
      ? [
          {
            key: `faults ${trail}`,
            severity: 'high' as const,
            title: `the state table was changed: ${seen.faults.join('; ')}`,
            remedy: `Find out who writes to the table in account ${account}`,
          },
        ]
      : []),
    ...(before !== undefined && version > before.version ? [newVersion(seen)] : []),
  ];
  const repairs = restoration?.repairs ?? before?.repairs ?? {};
  return { trail, remembered: { version, failedChecks, falseClaims, repairs }, alarms };
}

const statusAlarm = (
  { trail, status, details }: TrailCheck,
  restoration: Restoration | undefined,
  account: string,
): Alarm => ({
  key: `${status} ${trail}`,
  severity: status === 'drifted' ? 'critical' : 'high',
  title:
    status === 'drifted'
      ? `${trail} has drifted, and no one restores it: ${[...details, ...failuresOf(restoration)].join('; ')}`
      : `${trail} cannot be checked from outside: ${details.join('; ')}`,
  remedy: `With credentials of account ${account}: npx --no -- trailkeeper restore ${trail}`,
});

const newVersion = ({ trail, version, isRetired }: TrailCheck): Alarm => ({
  key: `version ${version} ${trail}`,
  severity: isRetired ? 'high' : 'medium',
  title: isRetired
    ? `version ${version} retires ${trail}: it is no longer protected`
    : `version ${version} of the baseline of ${trail} is in force`,
  remedy: 'If no approver did this, treat it as a break-in',
  hasNoEnd: true,
});

/** What the last heartbeat says of a trail that is not true; null if nothing is, or if there is none. */
function falseClaimOf(
  { trail, status, version, isRetired }: TrailCheck,
  log: HeartbeatLog,
): string | null {
  const [last] = log.accepted;
  if (last === undefined || isRetired || version === 0) return null;
  const claimed = last.trails.find((one) => one.trail === trail);
  if (claimed === undefined) return `they leave out ${trail}, which is protected`;
  if (claimed.version !== null && claimed.version !== version) {
    return `${trail} is compared with version ${claimed.version} of its baseline, but version ${version} is in force`;
  }
  if (status === 'drifted' && isGood(claimed.verdict)) {
    return `${trail} is reported as ${claimed.verdict}, but has drifted`;
  }
  return null;
}
