import { timeouts } from '#aws/function-timeouts.ts';

/** What a look saw of a trail's logging, by the clock of CloudTrail. Times are ISO 8601; null is what never happened. */
export type LoggingCheckpoint = {
  readonly IsLogging: boolean;
  readonly StartLoggingTime: string | null;
  readonly StopLoggingTime: string | null;
  /** Whether there was no trail: the times are then what is known of the one before. */
  readonly isGone?: boolean | undefined;
};

/** When a StartLogging of ours was in flight; `to` is null until its run reports its end. ISO 8601. */
export type OwnStartInterval = { readonly from: string; readonly to: string | null };

/** Our start, by the run that made it. */
export type OwnStart = OwnStartInterval & { readonly run: string };

/** What is kept of one trail between two looks. */
export type CheckpointState = {
  readonly lastSeen: LoggingCheckpoint | null;
  readonly ownStarts: readonly OwnStart[];
};

/** A time without record that was over before we looked. ISO 8601. */
export type LoggingInterruption = {
  readonly how: 'stopped' | 'made-again';
  /** When the record ended; or, where that is not known, when it is last known to have gone on. */
  readonly from: string;
  readonly isFromKnown: boolean;
  /** When it went on again. */
  readonly to: string;
};

/**
 * What was done to a trail's logging, and undone, between two looks: somebody else's start that is newer than all that was seen.
 *
 * CloudTrail tells its latest start and its latest stop of a trail, and no more. So of several flips between two looks the last
 * one is told; an earlier one is, with its end alone, if the trail was stopped again and not started. A trail that was deleted and
 * made again has the same ARN, and no creation time: it shows in that it never stopped, though it started later than was seen,
 * and when it was deleted is not known. If it was stopped and started since, it shows as that. Where the stop before it was
 * never seen either, a start of a trail that logged would look the same if CloudTrail took it down; nobody is known to have
 * measured that. What was narrowed, redirected or held back in other ways and put back leaves no such trace.
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
    // That a trail was gone is told as drift where it was seen.
    if (previous.isGone) return null;
    return { how: 'made-again', from: known, isFromKnown: false, to: start };
  }
  // It is the stop that was seen, or there was none: a start of what logged.
  if (!isLater(stop, known)) return null;
  if (!isLater(stop, start)) return { how: 'stopped', from: stop, isFromKnown: true, to: start };
  // It is stopped again, which is drift. What was seen stopped had been started in between.
  return previous.IsLogging ? { how: 'stopped', from: known, isFromKnown: false, to: start } : null;
}

/** What is to be kept of a trail that is seen to be gone: it does not log, since that time at the latest. */
export const markDeleted = (kept: LoggingCheckpoint, at: string): LoggingCheckpoint =>
  kept.isGone ? kept : { ...kept, IsLogging: false, StopLoggingTime: at, isGone: true };

/** What is to be kept after a look: the newest that was seen, since looks overlap, and what may still explain a newer start. */
export function nextCheckpoint(
  { lastSeen, ownStarts }: CheckpointState,
  seen: LoggingCheckpoint | null,
): CheckpointState {
  const newest = seen === null || (lastSeen !== null && !isNewer(seen, lastSeen)) ? lastSeen : seen;
  const since = newest?.StartLoggingTime ?? null;
  return {
    lastSeen: newest,
    ownStarts: ownStarts
      .filter((own) => since === null || !isLater(since, endOf(own)))
      .slice(-mostStarts),
  };
}

/** Whoever writes to the table may make the list long, but not grow it. */
const mostStarts = 20;

/** A flip in words, for people. */
export function describeInterruption({ how, from, isFromKnown, to }: LoggingInterruption): string {
  if (how === 'made-again') {
    return `the trail was made again under its name, or at least started anew, between ${from} and ${to}, before trailkeeper looked: nothing was recorded from its deletion to ${to}`;
  }
  return isFromKnown
    ? `logging was off from ${from} to ${to}, and on again before trailkeeper looked: nothing was recorded in between`
    : `logging was off for some time between ${from} and ${to}, and on again before trailkeeper looked: nothing was recorded meanwhile`;
}

const isNewer = (seen: LoggingCheckpoint, kept: LoggingCheckpoint): boolean =>
  isLater(seen.StartLoggingTime, kept.StartLoggingTime) ||
  (seen.StartLoggingTime === kept.StartLoggingTime &&
    isLater(seen.StopLoggingTime, kept.StopLoggingTime));

/** Null is earlier than any time. */
const isLater = (one: string | null, other: string | null): boolean =>
  one !== null && (other === null || Date.parse(one) > Date.parse(other));

const isWithin = (time: string, own: OwnStartInterval): boolean =>
  Date.parse(time) >= Date.parse(own.from) - skew && !isLater(time, endOf(own));

/** A function that was cut short while it started logging had no more than a sweep's time to do so. */
function endOf({ from, to }: OwnStartInterval): string {
  const latest = to === null ? Date.parse(from) + timeouts.sweep * 1000 : Date.parse(to);
  return new Date(latest + skew).toISOString();
}

/** By how much our clock may differ from that of CloudTrail. */
const skew = 1000;
