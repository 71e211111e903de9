import { rangesOf, union } from '#evidence/intervals.ts';
import type { TimeRange } from '#text/time.ts';
import type { Interval } from './recovery.ts';

/**
 * Event history is recovered in whole slots of five minutes, the interval in which CloudTrail delivers log files. So the content of a file
 * depends on its slot alone, and recoveries that overlap write the same files.
 */
export const slotMs = 5 * 60_000;

export const slotOf = (at: number): number => Math.floor(at / slotMs) * slotMs;

/** The slots that event history has whole: not before `oldest`, and before `newest`. In milliseconds. */
export type Limits = { readonly oldest: number; readonly newest: number };

/** The limits of the whole slots between two times. */
export const slotLimits = (from: number, to: number): Limits => ({
  oldest: slotOf(from + slotMs - 1),
  newest: slotOf(to),
});

/** The slots that ranges are in, merged, the earliest first. Those that are not within the limits are left out. */
export const slotsOf = (
  ranges: readonly TimeRange[],
  { oldest, newest }: Limits,
): readonly Interval[] =>
  rangesOf(
    union(
      ranges.map(({ from, to }) => [
        Math.max(slotOf(Date.parse(from)), oldest),
        Math.min(slotsEnd(to), newest),
      ]),
    ),
  );

/** The end of the slot that a range ends in. Both ends of a range belong to it. */
export const slotsEnd = (to: string): number => slotOf(Date.parse(to)) + slotMs;

/** What is left of an interval, the newest first: what is before `to`, and its next part of the slot that `to` is in. */
export type Span = Interval & { readonly part: number };

/** Divides an interval into at most so many spans of about the same length. */
export function spansOf({ from, to }: Interval, most: number): readonly Span[] {
  const [start, end] = [Date.parse(from), Date.parse(to)];
  const slots = (end - start) / slotMs;
  const count = Math.min(most, slots);
  const edges = Array.from(
    { length: count + 1 },
    (_, i) => start + Math.round((slots * i) / count) * slotMs,
  );
  return edges
    .slice(0, -1)
    .map((edge, i) => ({ from: isoOf(edge), to: isoOf(edges[i + 1] ?? end), part: 0 }));
}

export const isoOf = (at: number): string => new Date(at).toISOString();
