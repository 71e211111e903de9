import * as z from 'zod';
import { recentMinutes, recentOnly } from '#reconcile/suppress-steps.ts';
import { formatTime } from '#text/time.ts';
import type { Alarm } from './alarm.ts';
import type { OpenWindow, TrailCheck } from './check-trails.ts';
import { isGood } from './heartbeat.ts';
import type { HeartbeatLog } from './heartbeat-log.ts';
import { interruptionAlarms, loggingAfter, loggingMemory, noLogging } from './interruptions.ts';
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
    /** The checks of the last minutes that saw drift. */
    driftedAt: z.array(z.iso.datetime()).default([]),
    logging: loggingMemory.default(noLogging),
  }),
);
export type Memory = z.infer<typeof memory>;

/** So many checks in a row raise an alarm: sweeps repair drift meanwhile, and a heartbeat may be underway. */
const checksUntilAlarm = 2;

/** So many checks within ten minutes that see drift raise an alarm, too: someone may undo it for the checks between. */
const driftsUntilAlarm = 3;

/** Whether sweeps had the time to restore a trail, and did not, or it drifts again and again. */
export function isLeft(before: Memory, { trail, status }: TrailCheck, now: Date): boolean {
  if (status !== 'drifted') return false;
  const { failedChecks = 0, driftedAt = [] } = before[trail] ?? {};
  return (
    failedChecks + 1 >= checksUntilAlarm ||
    recentOnly(driftedAt, now.toISOString()).length + 1 >= driftsUntilAlarm
  );
}

/** Which account is watched, and when. */
type Watching = { readonly account: string; readonly now: Date };

/** The memory after a check, and what is wrong. */
export function alarmsOfTrails(
  before: Memory,
  checks: readonly TrailCheck[],
  log: HeartbeatLog,
  watching: Watching,
  restorations: ReadonlyMap<string, Restoration> = new Map(),
): { readonly memory: Memory; readonly alarms: readonly Alarm[] } {
  const results = checks.map((seen) =>
    alarmsOfTrail(before[seen.trail], seen, restorations.get(seen.trail), log, watching),
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
  { account, now }: Watching,
) {
  const { trail, version, status } = seen;
  const isBad = status !== 'in-sync';
  const falseClaim = falseClaimOf(seen, log);
  const badChecks = isBad ? (before?.failedChecks ?? 0) + 1 : 0;
  const hasRestored = restoration !== undefined && isRestored(restoration);
  const failedChecks = hasRestored ? 0 : badChecks;
  const drifts = recentOnly(before?.driftedAt ?? [], now.toISOString());
  const driftedAt = hasRestored
    ? []
    : [...drifts, ...(status === 'drifted' ? [now.toISOString()] : [])];
  const logging = loggingAfter(before?.logging ?? noLogging, seen.logging, now);
  const falseClaims = falseClaim === null ? 0 : (before?.falseClaims ?? 0) + 1;
  const alarms: readonly Alarm[] = [
    ...(restoration === undefined ? [] : restorationAlarms(seen, restoration)),
    ...(failedChecks >= checksUntilAlarm ? [statusAlarm(seen, restoration, account)] : []),
    ...(failedChecks < checksUntilAlarm && driftedAt.length >= driftsUntilAlarm
      ? [flappingAlarm(seen, driftedAt.length, account)]
      : []),
    ...interruptionAlarms(trail, logging, account, now),
    ...seen.windows.map((one) => windowAlarm(trail, one)),
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
  const remembered = { version, failedChecks, falseClaims, repairs, driftedAt, logging };
  return { trail, remembered, alarms };
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

const flappingAlarm = ({ trail, details }: TrailCheck, count: number, account: string): Alarm => ({
  key: `flapping ${trail}`,
  severity: 'high',
  title: `${trail} drifts again and again: ${[`${count} checks in ${recentMinutes} minutes saw it`, ...details].join('; ')}`,
  remedy: `Someone changes it and undoes that between the checks. With credentials of account ${account}: npx --no -- trailkeeper incidents --since 1h`,
});

const windowAlarm = (trail: string, { window, end }: OpenWindow): Alarm => ({
  key: `window ${window.id}`,
  severity: 'medium',
  title: `a maintenance window of ${trail} is open until ${formatTime(end)}: drift of ${window.kinds.join(', ')} is not restored (${writtenBy(window)})`,
  remedy: `If no approver did this, treat it as a break-in: npx --no -- trailkeeper window end ${trail}`,
});

/** Who wrote a row, and why. Anyone who can write to the table may have written a long text. */
const writtenBy = ({ by, reason }: { readonly by: string; readonly reason: string }): string =>
  `${by.slice(0, 200)}: ${reason.slice(0, 300)}`;

const newVersion = ({ trail, version, isRetired, written }: TrailCheck): Alarm => ({
  key: `version ${version} ${trail}`,
  severity: isRetired ? 'high' : 'medium',
  title: [
    isRetired
      ? `version ${version} retires ${trail}: it is no longer protected`
      : `version ${version} of the baseline of ${trail} is in force`,
    ...(written === null ? [] : [`written by ${writtenBy(written)}`]),
  ].join(', '),
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
