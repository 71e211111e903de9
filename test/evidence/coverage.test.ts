import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Coverage, totalLoss } from '#drift/history-model.ts';
import { coverageShares, withoutShares } from '#evidence/coverage.ts';
import type { Gap } from '#gaps/gap.ts';
import { recoverabilityOf } from '#gaps/recoverability.ts';
import { later } from '#text/time.ts';
import { trail } from '../support/baseline.ts';
import { runs } from '../support/property-runs.ts';

const start = '2026-11-22T00:00:00.000Z';
const at = (minutes: number): string => later(start, { minutes });
const window = { from: at(0), to: at(100) };

const coverage: Coverage = {
  ...{ events: ['management', 'data'], hasDigestFiles: true },
  ...{ isMultiRegion: true, isOrganization: true },
};

/** A gap in which nothing is recorded, or only data events are missing. */
function gap(from: number, to: number, more: Partial<Gap> & { data?: true } = {}): Gap {
  const { data, ...rest } = more;
  const loss = data ? { ...totalLoss, events: ['data'] as const } : totalLoss;
  const times = { from: at(from), to: at(to) };
  return {
    ...{ kind: 'logging', path: 'IsLogging', description: 'logging is off', severity: 'critical' },
    ...{ ...times, isCertain: true, isOpen: false, startedBy: null, endedBy: null },
    recoverability: recoverabilityOf(loss, times, { coverage, trail }),
    ...rest,
  };
}

const unknown = (from: number, to: number, reason = 'it was not checked') => ({
  ...{ from: at(from), to: at(to), reason },
});

describe('the shares of a window', () => {
  test('are all recorded without a gap', () => {
    expect(coverageShares(window, [], [])).toMatchObject({
      recorded: { percent: 100, milliseconds: 6_000_000 },
      missing: { percent: 0, ranges: [] },
      unknown: { percent: 0, ranges: [] },
    });
  });

  test('count a moment that several gaps share once, and only in the window', () => {
    const gaps = [gap(-10, 10), gap(5, 20), gap(95, 200)];

    expect(coverageShares(window, gaps, [])).toMatchObject({
      recorded: { percent: 75 },
      missing: { percent: 25, ranges: [{ to: at(20) }, { from: at(95), to: window.to }] },
    });
  });

  test('do not miss management events while only data events are missing', () => {
    expect(coverageShares(window, [gap(0, 50, { data: true })], [])).toMatchObject({
      recorded: { percent: 100 },
    });
  });

  test('never count as recorded what is not certain', () => {
    const gaps = [gap(0, 50, { isCertain: false }), gap(50, 60, { recoverability: null })];

    const shares = coverageShares(window, gaps, [unknown(0, 60)]);

    expect(shares).toMatchObject({
      missing: { percent: 0 },
      unknown: { percent: 60, ranges: [{ from: at(0), to: at(60), reason: 'it was not checked' }] },
    });
  });

  test('say that a time is missing if both that and something unknown is said of it', () => {
    expect(coverageShares(window, [gap(20, 40)], [unknown(10, 50)])).toMatchObject({
      recorded: { percent: 60 },
      missing: { percent: 20 },
      unknown: { percent: 20, ranges: [{ to: at(20) }, { from: at(40) }] },
    });
  });

  test('round in favor of what is missing: one millisecond is not 0 %', () => {
    const short = { from: window.from, to: new Date(Date.parse(start) + 1).toISOString() };

    expect(coverageShares(window, [gap(0, 0, short)], [])).toMatchObject({
      recorded: { percent: 99.99, milliseconds: 5_999_999 },
      missing: { percent: 0.01, milliseconds: 1 },
    });
  });

  test('add up to the window, whatever overlaps', () => {
    const minutes = fc.integer({ min: -20, max: 120 });
    const span = fc
      .tuple(minutes, minutes)
      .map(([one, other]) => [one, other].toSorted((a, b) => a - b));
    fc.assert(
      fc.property(fc.array(span), fc.array(span), (lost, open) => {
        const gaps = lost.map(([from = 0, to = 0]) => gap(from, to));
        const {
          recorded,
          missing,
          unknown: rest,
        } = coverageShares(
          window,
          gaps,
          open.map(([from = 0, to = 0]) => unknown(from, to)),
        );

        const sum = recorded.milliseconds + missing.milliseconds + rest.milliseconds;
        expect(sum).toBe(6_000_000);
        expect(recorded.milliseconds).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: runs(500) },
    );
  });

  test('are absent if it is not known what should be recorded', () => {
    const none = { milliseconds: 0, percent: 0 };

    expect(withoutShares('the trail has no baseline')).toEqual({
      problem: 'the trail has no baseline',
      recorded: none,
      missing: { ...none, ranges: [] },
      unknown: { ...none, ranges: [] },
    });
  });

  test('are zero in a window without length', () => {
    const none = { milliseconds: 0, percent: 0 };

    expect(coverageShares({ from: at(0), to: at(0) }, [gap(0, 10)], [])).toEqual({
      problem: null,
      recorded: none,
      missing: { ...none, ranges: [] },
      unknown: { ...none, ranges: [] },
    });
  });

  test('list what is unknown by reason, the earliest first', () => {
    const ranges = [
      unknown(60, 70, 'a'),
      unknown(10, 30, 'b'),
      unknown(20, 40, 'a'),
      unknown(5, 15, 'b'),
    ];

    const { unknown: rest } = coverageShares(window, [], ranges);

    expect(rest.ranges).toEqual([unknown(5, 30, 'b'), unknown(20, 40, 'a'), unknown(60, 70, 'a')]);
  });
});
