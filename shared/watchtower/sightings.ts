import * as z from 'zod';
import type { Concern } from './concern.ts';
import type { Sighting } from './eyes.ts';
import { isGood } from './heartbeat.ts';
import type { HeartbeatLog } from './heartbeat-log.ts';
import { failuresOf, isRestored, type Restoration, restorationConcerns } from './restoration.ts';

/** What the last look saw of each trail. */
export const memory = z.record(
  z.string(),
  z.object({
    version: z.number(),
    /** The looks in a row that saw it otherwise than in sync. */
    badLooks: z.number(),
    /** The looks in a row in which the heartbeat said something else. */
    lies: z.number(),
    /** When the watchtower repaired each field lately. */
    repairs: z.record(z.string(), z.array(z.string()).readonly()).default({}),
  }),
);
export type Memory = z.infer<typeof memory>;

/** So many looks in a row make a concern: sweeps repair drift meanwhile, and a heartbeat may be underway. */
const looksUntilConcern = 2;

/** Whether sweeps had the time to restore a trail, and did not. */
export const isLeft = (before: Memory, { trail, status }: Sighting): boolean =>
  status === 'drifted' && (before[trail]?.badLooks ?? 0) + 1 >= looksUntilConcern;

/** The memory after a look, and what is wrong. `account` is the account that is watched. */
export function judged(
  before: Memory,
  sightings: readonly Sighting[],
  log: HeartbeatLog,
  account: string,
  restorations: ReadonlyMap<string, Restoration> = new Map(),
): { readonly memory: Memory; readonly concerns: readonly Concern[] } {
  const judgments = sightings.map((seen) =>
    judgedTrail(before[seen.trail], seen, restorations.get(seen.trail), log, account),
  );
  return {
    memory: Object.fromEntries(judgments.map((one) => [one.trail, one.remembered])),
    concerns: judgments.flatMap(({ concerns }) => concerns),
  };
}

function judgedTrail(
  before: Memory[string] | undefined,
  seen: Sighting,
  restoration: Restoration | undefined,
  log: HeartbeatLog,
  account: string,
) {
  const { trail, version, status } = seen;
  const isBad = status !== 'in-sync';
  const lie = lieOf(seen, log);
  const looks = isBad ? (before?.badLooks ?? 0) + 1 : 0;
  const badLooks = restoration !== undefined && isRestored(restoration) ? 0 : looks;
  const lies = lie === null ? 0 : (before?.lies ?? 0) + 1;
  const concerns: readonly Concern[] = [
    ...(restoration === undefined ? [] : restorationConcerns(seen, restoration)),
    ...(badLooks >= looksUntilConcern ? [asConcern(seen, restoration, account)] : []),
    ...(lie !== null && lies >= looksUntilConcern
      ? [
          {
            key: `lie ${trail}`,
            severity: 'critical' as const,
            title: `heartbeats do not say what is true: ${lie}`,
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
  return { trail, remembered: { version, badLooks, lies, repairs }, concerns };
}

const asConcern = (
  { trail, status, details }: Sighting,
  restoration: Restoration | undefined,
  account: string,
): Concern => ({
  key: `${status} ${trail}`,
  severity: status === 'drifted' ? 'critical' : 'high',
  title:
    status === 'drifted'
      ? `${trail} has drifted, and no one restores it: ${[...details, ...failuresOf(restoration)].join('; ')}`
      : `${trail} cannot be checked from outside: ${details.join('; ')}`,
  remedy: `With credentials of account ${account}: npx --no -- trailkeeper restore ${trail}`,
});

const newVersion = ({ trail, version, isRetired }: Sighting): Concern => ({
  key: `version ${version} ${trail}`,
  severity: isRetired ? 'high' : 'medium',
  title: isRetired
    ? `version ${version} retires ${trail}: it is no longer protected`
    : `version ${version} of the baseline of ${trail} is in force`,
  remedy: 'If no approver did this, treat it as a break-in',
  isNews: true,
});

/** What the last heartbeat says of a trail that is not true; null if nothing is, or if there is none. */
function lieOf({ trail, status, version, isRetired }: Sighting, log: HeartbeatLog): string | null {
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
