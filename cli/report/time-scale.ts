import { utcTicks } from 'd3-time';
import type { TimeRange } from '#text/time.ts';

/** Positions of times on an axis, and its ticks. */
export type TimeScale = {
  /** The position of a time; times outside the window are at its ends. */
  readonly x: (at: string) => number;
  /** The time at a position, ISO 8601. */
  readonly timeAt: (x: number) => string;
  readonly ticks: readonly { readonly x: number; readonly label: string }[];
};

/** The scale of a window on an axis from one position to another. */
export function timeScale({ from, to }: TimeRange, start: number, end: number): TimeScale {
  const [begin, whole] = [Date.parse(from), Math.max(1, Date.parse(to) - Date.parse(from))];
  const position = (time: number): number =>
    start + Math.min(1, Math.max(0, (time - begin) / whole)) * (end - start);
  const ticks = utcTicks(new Date(begin), new Date(begin + whole), mostTicks);
  const step = Number(ticks[1] ?? begin + whole) - Number(ticks[0] ?? begin);
  return {
    x: (at) => position(Date.parse(at)),
    timeAt: (x) => new Date(begin + ((x - start) / (end - start)) * whole).toISOString(),
    ticks: ticks.map((tick, i) => ({
      x: position(tick.getTime()),
      label: labelOf(tick.toISOString(), step, i === 0),
    })),
  };
}

const mostTicks = 7;

/** `Nov 22`, `12:00`, `12:00:05` or `12:00:05.200`, as fine as the ticks are; a new day says its date. */
function labelOf(at: string, step: number, isFirst: boolean): string {
  const [date = '', clock = ''] = at.split('T');
  const [year = '', month = '', day = ''] = date.split('-');
  const dayLabel = `${months[Number(month) - 1]} ${Number(day)}`;
  if (step >= 27 * 86_400_000) return `${months[Number(month) - 1]} ${year}`;
  if (step >= 86_400_000) return dayLabel;
  const time = clock.slice(0, step < 1000 ? 12 : step < 60_000 ? 8 : 5);
  return isFirst || clock.startsWith('00:00:00.000') ? `${dayLabel}, ${time}` : time;
}

const months = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');
