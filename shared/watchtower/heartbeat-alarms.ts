import { names } from '#aws/resource-names.ts';
import { formatDuration } from '#text/time.ts';
import type { Alarm } from './alarm.ts';
import { isGood } from './heartbeat.ts';
import { type HeartbeatLog, type Refusal, restoredWithin } from './heartbeat-log.ts';

type Watching = {
  /** When the first check was made. */
  readonly since: string;
  readonly account: string;
  /** The time between two sweeps. */
  readonly periodMs: number;
};

/** What is wrong with the heartbeats. */
export const heartbeatAlarms = (
  log: HeartbeatLog,
  now: Date,
  watching: Watching,
): readonly Alarm[] => [
  ...silence(log, now, watching),
  ...gaps(log, now, watching),
  ...refusals(log, now, watching),
  ...verdicts(log, now, watching),
  ...restoredAgain(log, watching),
];

/** More than two periods, so that a check of every period sees it before the third is over. */
function silence(log: HeartbeatLog, now: Date, watching: Watching): readonly Alarm[] {
  const { since, account, periodMs } = watching;
  const times = log.accepted.map(({ receivedAt }) => Date.parse(receivedAt));
  const silentMs = now.getTime() - Math.max(Date.parse(since), ...times);
  if (silentMs <= 2 * periodMs) return [];
  const ever = times.length > 0;
  return [
    {
      key: 'silence',
      severity: 'critical',
      title: ever
        ? `no sweep of account ${account} has reported for ${formatDuration(silentMs)}`
        : `no sweep of account ${account} has ever reported`,
      remedy: ever
        ? `trailkeeper may be stopped, and the trails unprotected. With credentials of account ${account}: npx --no -- trailkeeper doctor`
        : `Deploy trailkeeper in account ${account} with the key watchtower in cdk.json: npx --no -- trailkeeper deploy`,
    },
  ];
}

/** Numbers that are missing between two heartbeats, unless the later one arrived just now. */
function gaps(log: HeartbeatLog, now: Date, { periodMs, account }: Watching): readonly Alarm[] {
  return log.accepted.flatMap((one, i): Alarm[] => {
    const before = log.accepted[i + 1];
    const isFresh = now.getTime() - Date.parse(one.receivedAt) <= periodMs;
    if (before === undefined || one.sequence === before.sequence + 1 || isFresh) return [];
    const [from, to] = [before.sequence + 1, one.sequence - 1];
    const missing = from === to ? `${from}` : `${from} to ${to}`;
    return [
      {
        key: `gap ${from}`,
        severity: 'high',
        title: `heartbeats are missing: number ${missing}`,
        remedy: `Someone kept sweeps of account ${account} from reporting, or changed their counter in the state table. Compare with the log of Trailkeeper-Sweep`,
      },
    ];
  });
}

const refusalTitles: Readonly<Record<Refusal, string>> = {
  unsigned: 'a heartbeat without a valid signature arrived',
  repeated: 'a heartbeat arrived whose number was used before',
  late: 'an old heartbeat arrived',
  early: 'a heartbeat arrived that is dated in the future',
};

/** Each is a forgery, but a late one: EventBridge may have delayed it. */
const refusalCauses: Readonly<Record<Refusal, (account: string) => string>> = {
  unsigned: forged,
  repeated: forged,
  late: (account) =>
    `Someone held it back with credentials of account ${account}, or AWS delivered it late: the log of the function ${names.watchtower} shows whether it failed then`,
  early: forged,
};

function forged(account: string): string {
  return `Someone forges heartbeats with credentials of account ${account}: treat it as a break-in`;
}

/** Refused heartbeats of the last hour. */
function refusals(log: HeartbeatLog, now: Date, { account }: Watching): readonly Alarm[] {
  return (Object.keys(refusalTitles) as Refusal[]).flatMap((reason): Alarm[] => {
    const refused = log.refused[reason];
    if (refused === undefined || now.getTime() - Date.parse(refused.lastAt) > hourMs) return [];
    return [
      {
        key: `refused ${reason}`,
        severity: reason === 'late' ? 'high' : 'critical',
        title: refusalTitles[reason],
        remedy: `It was refused: ${refused.lastOf}. ${refusalCauses[reason](account)}`,
      },
    ];
  });
}

const hourMs = 3_600_000;

/** Trails that the last two heartbeats call unprotected or not in sync. */
function verdicts(log: HeartbeatLog, _now: Date, { account }: Watching): readonly Alarm[] {
  const [last, before] = log.accepted;
  if (last === undefined || before === undefined) return [];
  return last.trails.flatMap(({ trail, verdict }): Alarm[] => {
    const earlier = before.trails.find((one) => one.trail === trail);
    if (isGood(verdict) || earlier === undefined || isGood(earlier.verdict)) return [];
    return [
      {
        key: `verdict ${trail}`,
        severity: 'high',
        title: `trailkeeper reports ${trail} as ${verdict}, sweep after sweep`,
        remedy: `With credentials of account ${account}: npx --no -- trailkeeper plan ${trail}`,
      },
    ];
  });
}

/** So many of the last heartbeats that call a trail restored raise an alarm: someone changes it again and again. */
const restoredUntilAlarm = 3;

function restoredAgain({ accepted }: HeartbeatLog, { account }: Watching): readonly Alarm[] {
  const restored = accepted
    .slice(0, restoredWithin)
    .flatMap(({ trails }) => trails.filter(({ verdict }) => verdict === 'restored'))
    .map(({ trail }) => trail);
  return [...new Set(restored)].flatMap((trail): Alarm[] => {
    const count = restored.filter((one) => one === trail).length;
    if (count < restoredUntilAlarm) return [];
    return [
      {
        key: `restored again ${trail}`,
        severity: 'high',
        title: `${trail} was restored by ${count} of the last ${restoredWithin} sweeps`,
        remedy: `Someone changes it again and again: take their credentials away. With credentials of account ${account}: npx --no -- trailkeeper incidents --since 1h`,
      },
    ];
  });
}
