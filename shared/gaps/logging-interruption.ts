import * as z from 'zod';
import { timeouts } from '#aws/function-timeouts.ts';
import { type Of, text, time } from '#text/schema-parts.ts';

/** The logging of a trail at a check, by CloudTrail's clock; null if it never happened. */
const checkpoint = z.object({
  IsLogging: z.boolean(),
  StartLoggingTime: time.nullable(),
  StopLoggingTime: time.nullable(),
  /** Whether the trail was missing: the times are then those of the trail before. */
  isGone: z.boolean().optional(),
});

export type LoggingCheckpoint = Of<typeof checkpoint>;

/** When a StartLogging of ours was in flight, and the run that made it; `to` is null until that reports its end. */
const ownStart = z.object({ run: text, from: time, to: time.nullable() });

export type OwnStartInterval = Omit<Of<typeof ownStart>, 'run'>;

/** What is stored about one trail between two checks. */
export const checkpointState = z.object({
  lastSeen: checkpoint.nullable(),
  ownStarts: z.array(ownStart),
});

export type CheckpointState = Of<typeof checkpointState>;

/** A time without logging that was over before the next check. ISO 8601. */
export const loggingInterruption = z.strictObject({
  how: z.enum(['stopped', 'made-again']),
  /** When logging stopped or, if that is not known, the last time at which it was known to be on. */
  from: text,
  isFromKnown: z.boolean(),
  /** When logging started again. */
  to: text,
});

export type LoggingInterruption = Of<typeof loggingInterruption>;

/**
 * Finds logging that was stopped and started between two checks: someone else's start that is newer than the previous checkpoint.
 *
 * CloudTrail reports only the latest start and the latest stop of a trail. Of several interruptions only the last one is found,
 * or, if the trail is stopped again, the end of the one before. A recreated trail has the same ARN and no creation time, but a new
 * start and no stop; when it was deleted is not known. If the trail had never been stopped before, a StartLogging call on a logging
 * trail would look the same if CloudTrail updated the start time for it; whether it does is not measured. Reverted changes of
 * other settings leave no trace.
 */
export function detectInterruption(
  previous: LoggingCheckpoint,
  { StartLoggingTime: start, StopLoggingTime: stop }: LoggingCheckpoint,
  ownStarts: readonly OwnStartInterval[],
): LoggingInterruption | null {
  const known = previous.IsLogging ? previous.StartLoggingTime : previous.StopLoggingTime;
  if (known === null || start === null || !isLater(start, known)) return null;
  if (ownStarts.some((own) => isWithin(start, own))) return null;
  if (stop === null) {
    // A missing trail that a check observed is already reported as drift.
    if (previous.isGone) return null;
    return { how: 'made-again', from: known, isFromKnown: false, to: start };
  }
  // Not a new stop: someone started a logging trail.
  if (!isLater(stop, known)) return null;
  if (!isLater(stop, start)) return { how: 'stopped', from: stop, isFromKnown: true, to: start };
  // Logging is off again, which is drift. If it was off before, too, it was only started in between.
  return previous.IsLogging ? { how: 'stopped', from: known, isFromKnown: false, to: start } : null;
}

/** The checkpoint of a missing trail: it does not log, since `at` at the latest. */
export const markDeleted = (kept: LoggingCheckpoint, at: string): LoggingCheckpoint =>
  kept.isGone ? kept : { ...kept, IsLogging: false, StopLoggingTime: at, isGone: true };

/** The checkpoint after a check: the newest observation, because checks overlap, and our own starts that may explain a newer one. */
export function nextCheckpoint(
  { lastSeen, ownStarts }: CheckpointState,
  seen: LoggingCheckpoint | null,
): CheckpointState {
  const newest = seen === null || (lastSeen !== null && !isNewer(seen, lastSeen)) ? lastSeen : seen;
  const since = newest?.StartLoggingTime ?? null;
  return {
    lastSeen: newest,
    ownStarts: ownStarts.filter((own) => !isLater(since, endOf(own))).slice(-mostStarts),
  };
}

/** Limits the list, even if someone else wrote to the table. */
const mostStarts = 20;

const isNewer = (seen: LoggingCheckpoint, kept: LoggingCheckpoint): boolean =>
  isLater(seen.StartLoggingTime, kept.StartLoggingTime) ||
  (seen.StartLoggingTime === kept.StartLoggingTime &&
    isLater(seen.StopLoggingTime, kept.StopLoggingTime));

/** Null is earlier than any time. */
const isLater = (one: string | null, other: string | null): boolean =>
  one !== null && (other === null || Date.parse(one) > Date.parse(other));

const isWithin = (time: string, own: OwnStartInterval): boolean =>
  Date.parse(time) >= Date.parse(own.from) - skew && !isLater(time, endOf(own));

/** A start without a reported end took at most as long as a sweep. */
function endOf({ from, to }: OwnStartInterval): string {
  const latest = to === null ? Date.parse(from) + timeouts.sweep * 1000 : Date.parse(to);
  return new Date(latest + skew).toISOString();
}

/** The difference between our clock and CloudTrail's, in milliseconds. */
const skew = 1000;
