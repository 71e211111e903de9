import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isoOf, slotLimits, slotMs, slotsOf, spansOf } from '#recovery/slots.ts';

const limits = { oldest: 0, newest: Date.parse('2027-01-01T00:00:00Z') };
const at = (time: string): string => `2026-11-22T${time}:00.000Z`;

test('a time range is in whole slots of five minutes, its ends included', () => {
  const ranges = [{ from: '2026-11-22T12:03:10Z', to: '2026-11-22T12:10:00Z' }];

  expect(slotsOf(ranges, limits)).toEqual([{ from: at('12:00'), to: at('12:15') }]);
});

test('slots that overlap or touch are merged, the earliest first', () => {
  const ranges = [
    { from: at('14:01'), to: at('14:02') },
    { from: at('12:03'), to: at('12:04') },
    { from: at('12:06'), to: at('12:07') },
  ];

  expect(slotsOf(ranges, limits)).toEqual([
    { from: at('12:00'), to: at('12:10') },
    { from: at('14:00'), to: at('14:05') },
  ]);
});

test('slots are left out that event history no longer has, or not yet', () => {
  const ranges = [{ from: at('12:00'), to: at('12:29') }];
  const [oldest, newest] = [Date.parse(at('12:07')), Date.parse(at('12:22'))];

  expect(slotsOf(ranges, slotLimits(oldest, newest))).toEqual([
    { from: at('12:10'), to: at('12:20') },
  ]);
  expect(slotsOf(ranges, slotLimits(newest, newest))).toEqual([]);
});

test('an interval is divided into spans that cover it without overlap', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 8 }), (slots, most) => {
      const start = Date.parse(at('12:00'));
      const interval = { from: isoOf(start), to: isoOf(start + slots * slotMs) };

      const spans = spansOf(interval, most);

      expect(spans).toHaveLength(Math.min(slots, most));
      expect(spans[0]?.from).toBe(interval.from);
      expect(spans.at(-1)?.to).toBe(interval.to);
      spans.slice(1).forEach(({ from }, i) => {
        expect(from).toBe(spans[i]?.to);
      });
    }),
  );
});
