import * as z from 'zod';
import { type Heartbeat, isPossible } from './heartbeat.ts';

/** A heartbeat that was accepted. Only the newest ones keep what they say of all trails, and some more which of them were restored. */
const accepted = z.object({
  sequence: z.number(),
  /** The ID that EventBridge gave the event: the same if it delivers an event twice, and another if someone sends it again. */
  eventId: z.string(),
  at: z.iso.datetime(),
  receivedAt: z.iso.datetime(),
  trails: z.array(
    z.object({ trail: z.string(), verdict: z.string(), version: z.number().nullable() }),
  ),
});

const refusals = z.record(
  z.string(),
  z.object({ count: z.number(), lastAt: z.iso.datetime(), lastOf: z.string() }),
);

/** What the watchtower received lately. */
export const heartbeatLog = z.object({
  /** By number, the newest first. */
  accepted: z.array(accepted),
  /** What was refused, by reason. */
  refused: refusals,
});

export type HeartbeatLog = z.infer<typeof heartbeatLog>;

export const noHeartbeats: HeartbeatLog = { accepted: [], refused: {} };

/** An event of the bus: a heartbeat with a valid signature, or why it is none. */
export type Delivery = {
  readonly eventId: string;
  readonly read: Heartbeat | { readonly problem: 'unsigned' };
};

export type Refusal = 'unsigned' | 'repeated' | 'late' | 'early';

/** The log after a delivery. `periodMs` is the time between two sweeps. */
export function received(
  log: HeartbeatLog,
  { eventId, read }: Delivery,
  now: Date,
  periodMs: number,
): HeartbeatLog {
  if ('problem' in read) return withRefusal(log, read.problem, 'an unsigned heartbeat', now);
  const named = `heartbeat ${read.sequence} of ${read.at}`;
  const remembered = rememberedAt(log, now, periodMs);
  const known = remembered.find(({ sequence }) => sequence === read.sequence);
  if (known?.eventId === eventId) return log;
  if (known !== undefined || isSetBack(remembered, read, periodMs)) {
    return withRefusal(log, 'repeated', named, now);
  }
  const age = now.getTime() - Date.parse(read.at);
  if (age > 2 * periodMs) return withRefusal(log, 'late', named, now);
  if (age < -periodMs || !isPossible(read.sequence, now)) {
    return withRefusal(log, 'early', named, now);
  }
  const { sequence, at, trails } = read;
  const added = { sequence, eventId, at, receivedAt: now.toISOString(), trails };
  return {
    ...log,
    accepted: [...remembered, added]
      .toSorted((one, other) => other.sequence - one.sequence)
      .slice(0, mostAccepted)
      .map((one, i) => (i < mostWithTrails ? one : { ...one, trails: restoredIn(one, i) })),
  };
}

const restoredIn = ({ trails }: HeartbeatLog['accepted'][number], i: number) =>
  i < restoredWithin ? trails.filter(({ verdict }) => verdict === 'restored') : [];

/**
 * Those of the last hour, or of the last ten periods if that is longer. Older ones are refused by their time; and a number that someone
 * forged, or a counter that was set back, refuses the numbers of sweeps no longer.
 */
const rememberedAt = ({ accepted }: HeartbeatLog, now: Date, periodMs: number) =>
  accepted.filter(
    ({ receivedAt }) =>
      now.getTime() - Date.parse(receivedAt) <= Math.max(3_600_000, 10 * periodMs),
  );

/** Whether a lower number comes from a later sweep. Sweeps that overlap may take their numbers in either order. */
const isSetBack = (
  accepted: HeartbeatLog['accepted'],
  { sequence, at }: Heartbeat,
  periodMs: number,
) =>
  accepted.some((one) => one.sequence > sequence && Date.parse(at) - Date.parse(one.at) > periodMs);

const mostAccepted = 30;
const mostWithTrails = 2;
/** Of so many heartbeats it is known which trails were restored. */
export const restoredWithin = 10;

const withRefusal = (
  log: HeartbeatLog,
  reason: Refusal,
  lastOf: string,
  now: Date,
): HeartbeatLog => ({
  ...log,
  refused: {
    ...log.refused,
    [reason]: {
      count: (log.refused[reason]?.count ?? 0) + 1,
      lastAt: now.toISOString(),
      lastOf,
    },
  },
});
