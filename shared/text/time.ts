/** Both ends are ISO 8601 in UTC and belong to the range. */
export type TimeRange = { readonly from: string; readonly to: string };

/** Whether a time is in a range. */
export const isWithin = (at: string, { from, to }: TimeRange): boolean =>
  Date.parse(at) >= Date.parse(from) && Date.parse(at) <= Date.parse(to);

/** A time so much later, or earlier if negative. ISO 8601. */
export function later(
  at: string,
  { hours = 0, minutes = 0 }: { readonly hours?: number; readonly minutes?: number },
): string {
  return new Date(Date.parse(at) + (hours * 60 + minutes) * 60_000).toISOString();
}

/** A time for people, in UTC like the records of CloudTrail: `2026-11-22 12:00:03 UTC`. Text that is no time stays as it is. */
export const formatTime = (time: string): string =>
  Number.isNaN(Date.parse(time))
    ? time
    : `${new Date(time).toISOString().slice(0, 19).replace('T', ' ')} UTC`;

/** An ISO 8601 time to the second, like the times of CloudTrail's records. It can be pasted into a command. */
export const shortTime = (time: string): string => time.replace(/\.\d+Z$/, 'Z');

/** The time from one moment to a later one, for people. */
export const formatBetween = (from: string, to: string): string =>
  formatDuration(Math.max(0, Date.parse(to) - Date.parse(from)));

/** A duration in its two largest units: `1 d 4 h`, `4 min 30 s`. CloudTrail records whole seconds: less is `under 1 s`. */
export function formatDuration(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000);
  const units = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ] as const;
  const first = units.findIndex(([count]) => count > 0);
  if (first === -1) return 'under 1 s';
  return units
    .slice(first, first + 2)
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(' ');
}
