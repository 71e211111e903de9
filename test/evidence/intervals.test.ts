import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Intervals, lengthOf, subtract, union } from '#evidence/intervals.ts';
import { runs } from '../support/property-runs.ts';

const minutes = fc.integer({ min: 0, max: 60 });
const intervals = fc.array(fc.tuple(minutes, minutes), { maxLength: 12 });

/** Whether a minute, up to the next one, is in one of the intervals. */
const isIn = (minute: number, all: Intervals): boolean =>
  all.some(([from, to]) => from <= minute && minute < to);

const every = Array.from({ length: 61 }, (_, minute) => minute);

describe('intervals', () => {
  test('united, cover the same time and share none', () => {
    fc.assert(
      fc.property(intervals, (all) => {
        const apart = union(all);

        expect(every.map((minute) => isIn(minute, apart))).toEqual(
          every.map((minute) => isIn(minute, all)),
        );
        expect(lengthOf(apart)).toBe(every.filter((minute) => isIn(minute, all)).length);
      }),
      { numRuns: runs(1000) },
    );
  });

  test('without others, cover what these do not', () => {
    fc.assert(
      fc.property(intervals, intervals, (all, others) => {
        const left = subtract(union(all), union(others));

        expect(every.map((minute) => isIn(minute, left))).toEqual(
          every.map((minute) => isIn(minute, all) && !isIn(minute, others)),
        );
      }),
      { numRuns: runs(1000) },
    );
  });
});
