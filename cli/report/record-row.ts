import type { TrailEvidence } from '#evidence/evidence.ts';
import { type Intervals, intervalsIn, lengthOf } from '#evidence/intervals.ts';
import { formatBetween, formatTime, type TimeRange } from '#text/time.ts';
import { columnWidth, mostBars } from './bars.ts';
import { el, type Node } from './elements.ts';
import type { TimeScale } from './time-scale.ts';

/** Where the row is: from left to right, and from its top. */
export type Place = {
  readonly start: number;
  readonly end: number;
  readonly y: number;
  readonly height: number;
};

/** Whether management events were recorded, missing, or neither is known. */
export function recordRow(
  { problem, missing, unknown }: TrailEvidence['coverage'],
  scale: TimeScale,
  place: Place,
  hatch: string,
): readonly Node[] {
  const { start, end, y, height } = place;
  const row = { x: start, width: end - start, y, height, rx: 2 };
  return [
    el('rect', { ...row, class: problem === null ? 'recorded' : 'no-record' }),
    ...unknown.ranges.map((range) =>
      part(range, scale, place, { class: 'unknown', fill: hatch }, `not known, ${range.reason}`),
    ),
    ...(missing.ranges.length > mostBars
      ? missingShares(missing.ranges, scale, place)
      : missing.ranges.map((range) => part(range, scale, place, { class: 'missing' }, 'missing'))),
  ];
}

function part(
  range: TimeRange,
  scale: TimeScale,
  { y, height }: Place,
  look: Readonly<Record<string, string>>,
  title: string,
): Node {
  const x = scale.x(range.from);
  const width = Math.max(2, scale.x(range.to) - x);
  const label = `${title}: ${formatTime(range.from)}, ${formatBetween(range.from, range.to)}`;
  return el('rect', { x, width, y, height, ...look }, el('title', {}, label));
}

/** Of many ranges, the share of each column that is missing, as its height. */
function missingShares(
  ranges: readonly TimeRange[],
  scale: TimeScale,
  { start, end, y, height }: Place,
): readonly Node[] {
  const count = Math.ceil((end - start) / columnWidth);
  return Array.from({ length: count }, (_, i) => start + i * columnWidth).flatMap((x) => {
    const column = { from: scale.timeAt(x), to: scale.timeAt(Math.min(end, x + columnWidth)) };
    const share = shareOf(intervalsIn(ranges, column), column);
    if (share === 0) return [];
    const tall = Math.max(2, share * height);
    const title = `${(share * 100).toFixed(2)} % missing: ${formatTime(column.from)} to ${formatTime(column.to)}`;
    const box = { x, width: Math.min(columnWidth, end - x), y: y + height - tall, height: tall };
    return [el('rect', { ...box, class: 'missing' }, el('title', {}, title))];
  });
}

const shareOf = (intervals: Intervals, { from, to }: TimeRange): number =>
  lengthOf(intervals) / Math.max(1, Date.parse(to) - Date.parse(from));
