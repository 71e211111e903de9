import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Span } from '#evidence/timeline.ts';
import { barsOf, columnsOf } from '../../cli/report/bars.ts';
import { timeScale } from '../../cli/report/time-scale.ts';
import { runs } from '../support/property-runs.ts';

const start = Date.parse('2026-11-20T00:00:00Z');
const at = (minutes: number): string => new Date(start + minutes * 60_000).toISOString();
const window = { from: at(0), to: at(1000) };
const axis = [100, 900] as const;
const scale = timeScale(window, ...axis);

const spanOf = (from: number, to: number, look: Span['look'] = 'missing'): Span => ({
  ...{ from: at(from), to: at(to), lane: 'logging', look, title: `from ${from}`, by: 'mallory' },
  ...{ isOpen: false, incident: null },
});

const minutes = fc.integer({ min: -200, max: 1200 });
const looks = fc.constantFrom<Span['look']>('missing', 'uncertain', 'drift');
/** Spans as the timeline has them, the earliest first. */
const spans = fc
  .array(fc.tuple(minutes, fc.nat({ max: 300 }), looks), { maxLength: 60 })
  .map((all) => all.toSorted(([one], [other]) => one - other))
  .map((all) => all.map(([from, length, look]) => spanOf(from, from + length, look)));

describe('the bars of a lane', () => {
  test('hold each span once, and share no place', () => {
    fc.assert(
      fc.property(spans, (all) => {
        const bars = barsOf(all, scale);

        expect(bars.flatMap((bar) => bar.spans)).toEqual(all);
        for (const [i, { x }] of bars.entries()) {
          const before = bars[i - 1];
          expect(x).toBeGreaterThan((before?.x ?? 0) + (before?.width ?? 0));
        }
      }),
      { numRuns: runs(300) },
    );
  });

  test('of several spans look as the worst of them', () => {
    const near = [spanOf(10, 11, 'action'), spanOf(11, 12, 'missing'), spanOf(12, 13, 'drift')];

    expect(barsOf(near, scale)).toMatchObject([{ look: 'missing' }]);
  });

  test('are wide enough to be seen, however short the time', () => {
    const [bar] = barsOf([spanOf(500, 500)], scale);

    expect(bar?.width).toBeGreaterThanOrEqual(4);
  });
});

describe('the columns of a lane with many spans', () => {
  test('are within the axis, and count each span where it was', () => {
    fc.assert(
      fc.property(spans, (all) => {
        const columns = columnsOf(all, scale, axis);

        expect(new Set(columns.flatMap((column) => column.spans))).toEqual(new Set(all));
        for (const { x, width, spans: found } of columns) {
          expect(x).toBeGreaterThanOrEqual(axis[0]);
          expect(x + width).toBeLessThanOrEqual(axis[1] + width);
          for (const span of found) {
            expect(scale.x(span.from)).toBeLessThanOrEqual(x + width + 1);
            expect(scale.x(span.to)).toBeGreaterThanOrEqual(x - width - 1);
          }
        }
      }),
      { numRuns: runs(300) },
    );
  });
});

test.each([
  ['three seconds', 3 / 60, 'Nov 20, 00:00:00.000', '00:00:00.500'],
  ['ten minutes', 10, 'Nov 20, 00:00', '00:01'],
  ['three days', 3 * 1440, 'Nov 20, 00:00', '12:00'],
  ['a month', 30 * 1440, 'Nov 22', 'Nov 29'],
  ['a year', 365 * 1440, 'Jan 2027', 'Apr 2027'],
])('the ticks of %s are as fine as they need to be', (_window, length, ...labels) => {
  const { ticks } = timeScale({ from: at(0), to: at(length) }, 0, 1000);

  expect(ticks.slice(0, 2).map(({ label }) => label)).toEqual(labels);
});
