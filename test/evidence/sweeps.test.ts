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
  ['2026-09-01T00:00:00Z', 5, 60],
  ['2026-09-01T00:00:00Z', 180, 180],
])(
  'from %s, with sweeps that are missed after %i minutes, they are %i minutes long',
  (from, timeout, minutes) => {
    expect(sweepPeriod({ from, to: now }, now, timeout)).toBe(minutes * 60_000);
  },
);
