import * as z from 'zod';
import type { ChannelRuntime } from '#alert/channel.ts';
import type { ConfiguredChannel } from '#alert/channels/load.ts';
import { NotificationError, sendNew } from '#alert/notify.ts';
import { messageOf, nameOf } from '#aws/errors.ts';
import type { Rows } from '#aws/state-table.ts';
import { compareSeverity } from '#drift/impact.ts';
import {
  type ActiveAlarms,
  activeAlarms,
  alertOfAlarms,
  dueIn,
  notifiedIn,
  updated,
} from './active-alarms.ts';
import type { Alarm } from './alarm.ts';
import { checkAccount, seen, type WatchedDeployment } from './check-account.ts';
import {
  bucketMemory,
  checkBuckets,
  noBucketMemory,
  type WatchedBuckets,
} from './check-buckets.ts';
import type { WatchedTrails } from './check-trails.ts';
import { documentRow } from './document-row.ts';
import { copyEvidence, type EvidenceDeps, evidenceMemory, nothingCopied } from './evidence-copy.ts';
import { heartbeatAlarms } from './heartbeat-alarms.ts';
import { type Delivery, heartbeatLog, noHeartbeats, received } from './heartbeat-log.ts';

export type WatchDeps = {
  /** The watchtower's own table. */
  readonly rows: Rows;
  /** The account that is watched. */
  readonly account: string;
  /** The time between two sweeps. */
  readonly periodMs: number;
  /** After how long people are reminded. */
  readonly remindMs: number;
  readonly channels: readonly ConfiguredChannel[];
  readonly watchedTrails: WatchedTrails;
  readonly deployment: WatchedDeployment;
  readonly buckets: WatchedBuckets;
  readonly evidence: EvidenceDeps;
};

const watchState = z.object({
  /** When the first check was made. */
  since: z.iso.datetime().nullable(),
  activeAlarms,
  seen,
});

type WatchState = z.infer<typeof watchState>;

const initialState: WatchState = {
  since: null,
  activeAlarms: [],
  seen: { trails: {}, deployment: null, failures: 0 },
};

const heartbeatsIn = (rows: Rows) => documentRow(rows, 'heartbeats', heartbeatLog, noHeartbeats);
const bucketsIn = (rows: Rows) => documentRow(rows, 'buckets', bucketMemory, noBucketMemory);
const evidenceIn = (rows: Rows) => documentRow(rows, 'evidence', evidenceMemory, nothingCopied);
const stateIn = (rows: Rows) => documentRow(rows, 'state', watchState, initialState);

/** Keeps what the bus delivered. The next check judges it. */
export const keep = (
  delivery: Delivery,
  now: Date,
  { rows, periodMs }: Pick<WatchDeps, 'rows' | 'periodMs'>,
): Promise<void> => heartbeatsIn(rows).change((log) => received(log, delivery, now, periodMs));

/** What a check found: the titles of what is wrong. */
export type CheckReport = { readonly alarms: readonly Alarm[] };

/** Checks everything, and notifies people of what is new. Throws `NotificationError` after every channel was tried. */
export async function check(
  now: Date,
  runtime: ChannelRuntime,
  { rows, channels, remindMs, watchedTrails, deployment, buckets, evidence, ...deps }: WatchDeps,
): Promise<CheckReport> {
  const [log, before, files, copied] = await Promise.all([
    heartbeatsIn(rows).read(),
    stateIn(rows).read(),
    bucketsIn(rows).read(),
    evidenceIn(rows).read(),
  ]);
  const since = before.since ?? now.toISOString();
  const from = await checkAccount(before.seen, log, now, { watchedTrails, deployment, ...deps });
  const arrived = await checkBuckets(files, from.checks, buckets, now, deps.periodMs);
  const found = [
    ...heartbeatAlarms(log, now, { ...deps, since }),
    ...from.alarms,
    ...arrived.alarms,
  ];
  const isKnown = ({ key }: Alarm) => before.activeAlarms.some((one) => one.key === key);
  const copies = await copyEvidence(
    copied,
    {
      trails: from.checks?.map(({ trail }) => trail) ?? null,
      found: found.filter((one) => !isKnown(one)),
    },
    evidence,
    { account: deps.account, now },
  );
  const alarms = [...found, ...copies.alarms];
  const failures: string[] = [];
  let after = updated(before.activeAlarms, alarms, now);
  for (const channel of channels) {
    const due = forChannel(dueIn(after, channel.name, now, remindMs), channel);
    if (due.length === 0) continue;
    try {
      await sendNew(alertOfAlarms(due, deps.account), channel, runtime);
      after = notifiedIn(after, channel.name, due, now);
    } catch (error) {
      failures.push(`${channel.name}: ${nameOf(error)}: ${messageOf(error)}`);
    }
  }
  await stateIn(rows).change(() => ({ since, activeAlarms: after, seen: from.seen }));
  await bucketsIn(rows).change(() => arrived.memory);
  await evidenceIn(rows).change(() => copies.memory);
  if (failures.length > 0) throw new NotificationError(failures.join('; '));
  return { alarms };
}

const forChannel = (due: ActiveAlarms, { minSeverity }: ConfiguredChannel): ActiveAlarms =>
  due.filter(({ severity }) => compareSeverity(severity, minSeverity) <= 0);
