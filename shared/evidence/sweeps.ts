import type { TimeRange } from '#text/time.ts';

/** When sweeps finished, as CloudWatch has it: the starts of the periods with a heartbeat, in milliseconds since 1970. */
export type Sweeps = { readonly period: number; readonly beats: ReadonlySet<number> };

const minute = 60_000;
const day = 24 * 60 * minute;

/**
 * The length of the periods in which sweeps are counted, in milliseconds: five minutes, an hour for a window that begins more than 63
 * days ago, or longer if sweeps are rarer. Source: CloudWatch user guide, "Metrics retention".
 */
export function sweepPeriod(window: TimeRange, now: string, minutesWithout: number): number {
  const isOld = Date.parse(now) - Date.parse(window.from) > 63 * day;
  const unit = (isOld ? 60 : 5) * minute;
  return Math.ceil((minutesWithout * minute) / unit) * unit;
}

/** The periods of a window in which no sweep finished. One that is not over yet does not count. */
export function unsweptRanges(
  { period, beats }: Sweeps,
  window: TimeRange,
  now: string,
): readonly TimeRange[] {
  const first = Math.floor(Date.parse(window.from) / period);
  const end = Math.min(Date.parse(window.to), Date.parse(now));
  const count = Math.max(0, Math.ceil(end / period) - first);
  return Array.from({ length: count }, (_, i) => (first + i) * period)
    .filter((start) => !beats.has(start) && start + period <= Date.parse(now))
    .map((start) => ({
      from: new Date(start).toISOString(),
      to: new Date(start + period).toISOString(),
    }));
}
