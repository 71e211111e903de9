import * as z from 'zod';
import { kinds } from '#drift/index.ts';
import type { Gap } from '#gaps/gap.ts';
import { coverageOf } from '#gaps/recoverability.ts';
import { count, type Of, text } from '#text/schema-parts.ts';
import type { TimeRange } from '#text/time.ts';
import { type Intervals, intervalsIn, lengthOf, rangesOf, subtract, union } from './intervals.ts';

const share = z.strictObject({
  milliseconds: count,
  percent: z.number().min(0).max(100).describe('Recorded is rounded down, the others up.'),
});

export type Share = Of<typeof share>;

const unknownRange = z.strictObject({ from: text, to: text, reason: text });

/** A time in which it is not known whether events were recorded, and why. */
export type UnknownRange = Of<typeof unknownRange>;

/**
 * The shares of a window in which the management events that the baseline asks for were recorded, were missing, and in which it is not
 * known. They add up to the window.
 */
export const coverage = z.strictObject({
  problem: text.nullable().describe('Why there are no shares; null if there are.'),
  recorded: share,
  missing: z.strictObject({
    ...share.shape,
    ranges: z.array(z.strictObject({ from: text, to: text })),
  }),
  unknown: z.strictObject({ ...share.shape, ranges: z.array(unknownRange) }),
});

export type CoverageShares = Of<typeof coverage>;

/**
 * The shares of a window. A gap in which any management event of the scope of the baseline is missing counts whole. What is missing
 * is known: it is not unknown.
 */
export function coverageShares(
  window: TimeRange,
  gaps: readonly Gap[],
  unknown: readonly UnknownRange[],
): CoverageShares {
  const lost = intervalsIn(gaps.filter(isMissingManagement), window);
  const open = subtract(intervalsIn(unknown, window), lost);
  const whole = Date.parse(window.to) - Date.parse(window.from);
  const recorded = whole - lengthOf(lost) - lengthOf(open);
  return {
    problem: null,
    recorded: { milliseconds: recorded, percent: percent(recorded, whole, Math.floor) },
    missing: { ...rest(lost, whole), ranges: rangesOf(lost) },
    unknown: { ...rest(open, whole), ranges: withReasons(unknown, lost, window) },
  };
}

/** No shares, and why. */
export const withoutShares = (problem: string): CoverageShares => {
  const none = { milliseconds: 0, percent: 0 };
  return {
    problem,
    recorded: none,
    missing: { ...none, ranges: [] },
    unknown: { ...none, ranges: [] },
  };
};

/** Whether the states of a baseline ask for management events. */
export const recordsManagement = (states: Readonly<Record<string, object>>): boolean =>
  coverageOf({ states }, kinds).events.includes('management');

/** Whether it is certain that management events are missing in a gap: not recorded, or not delivered where they belong. */
const isMissingManagement = ({ isCertain, recoverability }: Gap): boolean =>
  isCertain && recoverability !== null && recoverability.recoverable !== null;

/** Whether it is not certain which events are missing in a gap, so that management events may be. */
export const mayMissManagement = ({ isCertain, recoverability }: Gap): boolean =>
  recoverability === null || (!isCertain && recoverability.recoverable !== null);

const rest = (intervals: Intervals, whole: number): Share => {
  const milliseconds = lengthOf(intervals);
  return { milliseconds, percent: percent(milliseconds, whole, Math.ceil) };
};

const percent = (part: number, whole: number, round: (value: number) => number): number =>
  whole === 0 ? 0 : round((part * 10_000) / whole) / 100;

/** What is unknown, by reason; the ranges of different reasons may overlap. */
function withReasons(
  unknown: readonly UnknownRange[],
  lost: Intervals,
  window: TimeRange,
): readonly UnknownRange[] {
  return [...Map.groupBy(unknown, ({ reason }) => reason)]
    .flatMap(([reason, ranges]) =>
      rangesOf(subtract(union(intervalsIn(ranges, window)), lost)).map((range) => ({
        ...range,
        reason,
      })),
    )
    .toSorted((one, other) => Date.parse(one.from) - Date.parse(other.from));
}
