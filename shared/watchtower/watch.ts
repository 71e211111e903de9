import * as z from 'zod';
import type { ChannelRuntime } from '#alert/channel.ts';
import type { ConfiguredChannel } from '#alert/channels/load.ts';
import { NotificationError, sendNew } from '#alert/notify.ts';
import { messageOf, nameOf } from '#aws/errors.ts';
import type { Rows } from '#aws/state-table.ts';
import { compareSeverity } from '#drift/impact.ts';
import { alertOfBoard, type Board, board, dueIn, notifiedIn, updated } from './board.ts';
import { bucketMemory, lookAtBuckets, noBucketMemory, type WatchedBuckets } from './bucket-look.ts';
import type { Concern } from './concern.ts';
import { documentRow } from './document-row.ts';
import { copyEvidence, type EvidenceDeps, evidenceMemory, nothingCopied } from './evidence-copy.ts';
import type { Eyes } from './eyes.ts';
import { heartbeatConcerns } from './heartbeat-concerns.ts';
import { type Delivery, heartbeatLog, noHeartbeats, received } from './heartbeat-log.ts';
import { lookFromOutside, seen, type WatchedDeployment } from './outside-look.ts';

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
  readonly eyes: Eyes;
  readonly deployment: WatchedDeployment;
  readonly buckets: WatchedBuckets;
  readonly evidence: EvidenceDeps;
};

const looks = z.object({
  /** When the watchtower first looked. */
  since: z.iso.datetime().nullable(),
  board,
  seen,
});

type Looks = z.infer<typeof looks>;

const noLooks: Looks = { since: null, board: [], seen: { trails: {}, deployment: null, blind: 0 } };

const heartbeatsIn = (rows: Rows) => documentRow(rows, 'heartbeats', heartbeatLog, noHeartbeats);
const bucketsIn = (rows: Rows) => documentRow(rows, 'buckets', bucketMemory, noBucketMemory);
const evidenceIn = (rows: Rows) => documentRow(rows, 'evidence', evidenceMemory, nothingCopied);
const looksIn = (rows: Rows) => documentRow(rows, 'looks', looks, noLooks);

/** Keeps what the bus delivered. The next look judges it. */
export const keep = (
  delivery: Delivery,
  now: Date,
  { rows, periodMs }: Pick<WatchDeps, 'rows' | 'periodMs'>,
): Promise<void> => heartbeatsIn(rows).change((log) => received(log, delivery, now, periodMs));

/** What a look found: the titles of what is wrong. */
export type LookReport = { readonly concerns: readonly Concern[] };

/** Looks at everything, and notifies people of what is new. Throws `NotificationError` after every channel was tried. */
export async function look(
  now: Date,
  runtime: ChannelRuntime,
  { rows, channels, remindMs, eyes, deployment, buckets, evidence, ...deps }: WatchDeps,
): Promise<LookReport> {
  const [log, before, files, copied] = await Promise.all([
    heartbeatsIn(rows).read(),
    looksIn(rows).read(),
    bucketsIn(rows).read(),
    evidenceIn(rows).read(),
  ]);
  const since = before.since ?? now.toISOString();
  const from = await lookFromOutside(before.seen, log, now, { eyes, deployment, ...deps });
  const arrived = await lookAtBuckets(files, from.baselines, buckets, now, deps.periodMs);
  const found = [
    ...heartbeatConcerns(log, now, { ...deps, since }),
    ...from.concerns,
    ...arrived.concerns,
  ];
  const isKnown = ({ key }: Concern) => before.board.some((one) => one.key === key);
  const copies = await copyEvidence(
    copied,
    { trails: from.trails, found: found.filter((one) => !isKnown(one)) },
    evidence,
    { account: deps.account, now },
  );
  const concerns = [...found, ...copies.concerns];
  const failures: string[] = [];
  let after = updated(before.board, concerns, now);
  for (const channel of channels) {
    const due = forChannel(dueIn(after, channel.name, now, remindMs), channel);
    if (due.length === 0) continue;
    try {
      await sendNew(alertOfBoard(due, deps.account), channel, runtime);
      after = notifiedIn(after, channel.name, due, now);
    } catch (error) {
      failures.push(`${channel.name}: ${nameOf(error)}: ${messageOf(error)}`);
    }
  }
  await looksIn(rows).change(() => ({ since, board: after, seen: from.seen }));
  await bucketsIn(rows).change(() => arrived.memory);
  await evidenceIn(rows).change(() => copies.memory);
  if (failures.length > 0) throw new NotificationError(failures.join('; '));
  return { concerns };
}

const forChannel = (due: Board, { minSeverity }: ConfiguredChannel): Board =>
  due.filter(({ severity }) => compareSeverity(severity, minSeverity) <= 0);
