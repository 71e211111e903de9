import { describe, expect, test } from 'vitest';
import { sweepPeriod, unsweptRanges } from '#evidence/sweeps.ts';

const window = { from: '2026-11-22T12:02:00.000Z', to: '2026-11-22T12:31:00.000Z' };
const now = '2026-11-22T12:32:00.000Z';
const fiveMinutes = 300_000;
const at = (clock: string): number => Date.parse(`2026-11-22T${clock}:00.000Z`);

describe('the periods without a sweep', () => {
  test('are those without a heartbeat, from the one in which the window begins', () => {
    const beats = new Set(['12:05', '12:10', '12:25'].map(at));

    expect(unsweptRanges({ period: fiveMinutes, beats }, window, now)).toEqual(
      [
        ['12:00', '12:05'],
        ['12:15', '12:20'],
        ['12:20', '12:25'],
      ].map(([from = '', to = '']) => ({
        from: new Date(at(from)).toISOString(),
        to: new Date(at(to)).toISOString(),
      })),
    );
  });

  test('are none before they are over, or before the window began', () => {
    const none = { period: fiveMinutes, beats: new Set<number>() };
    const ends = (clock: string) =>
      unsweptRanges(
        none,
        { from: window.from, to: window.to },
        new Date(at(clock)).toISOString(),
      ).map(({ to }) => Date.parse(to));

    expect(ends('12:10')).toEqual(['12:05', '12:10'].map(at));
    expect(ends('12:04')).toEqual([]);
    expect(ends('11:40')).toEqual([]);
  });

  test('are none after the window', () => {
    const later = '2026-11-22T15:00:00.000Z';
    const ranges = unsweptRanges({ period: fiveMinutes, beats: new Set() }, window, later);

    expect(ranges.at(-1)?.to).toBe(new Date(at('12:35')).toISOString());
  });

  test('are none if there is a heartbeat in each that is over', () => {
    const starts = ['12:00', '12:05', '12:10', '12:15', '12:20', '12:25'];

    expect(
      unsweptRanges({ period: fiveMinutes, beats: new Set(starts.map(at)) }, window, now),
    ).toEqual([]);
  });
});

test.each([
  ['2026-11-22T00:00:00Z', 5, 5],
  ['2026-11-22T00:00:00Z', 15, 15],
  ['2026-11-22T00:00:00Z', 12, 15],
  ['2026-09-20T12:32:00Z', 5, 5],
  ['2026-09-20T12:31:59Z', 5, 60],
  ['2026-09-01T00:00:00Z', 5, 60],
  ['2026-09-01T00:00:00Z', 180, 180],
])(
  'from %s, with sweeps that are missed after %i minutes, they are %i minutes long',
  (from, timeout, minutes) => {
    expect(sweepPeriod({ from, to: now }, now, timeout)).toBe(minutes * 60_000);
  },
);
