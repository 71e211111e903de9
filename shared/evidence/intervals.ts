import type { TimeRange } from '#text/time.ts';

/** Intervals of milliseconds since 1970 that share no time, the earliest first. */
export type Intervals = readonly (readonly [from: number, to: number])[];

/** Time ranges as intervals, as far as they are in a window. */
export const intervalsIn = (ranges: readonly TimeRange[], window: TimeRange): Intervals =>
  union(
    ranges.map(({ from, to }) => [
      Math.max(Date.parse(from), Date.parse(window.from)),
      Math.min(Date.parse(to), Date.parse(window.to)),
    ]),
  );

/** Intervals that may overlap as intervals that share no time. An interval that ends before it begins is empty. */
export function union(intervals: Intervals): Intervals {
  const apart: [number, number][] = [];
  for (const [from, to] of intervals.toSorted(([one], [two]) => one - two)) {
    const last = apart.at(-1);
    if (from >= to) continue;
    if (last === undefined || from > last[1]) apart.push([from, to]);
    else last[1] = Math.max(last[1], to);
  }
  return apart;
}

/** What is left of intervals without others. Both share no time among themselves. */
export const subtract = (intervals: Intervals, others: Intervals): Intervals =>
  others.reduce<Intervals>(
    (left, [from, to]) =>
      left.flatMap(([start, end]) => {
        const parts: Intervals = [
          [start, Math.min(end, from)],
          [Math.max(start, to), end],
        ];
        return parts.filter(([one, other]) => one < other);
      }),
    intervals,
  );

/** How long intervals are together, in milliseconds. */
export const lengthOf = (intervals: Intervals): number =>
  intervals.reduce((sum, [from, to]) => sum + to - from, 0);

export const rangesOf = (intervals: Intervals): readonly TimeRange[] =>
  intervals.map(([from, to]) => ({
    from: new Date(from).toISOString(),
    to: new Date(to).toISOString(),
  }));
