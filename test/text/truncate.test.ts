import fc from 'fast-check';
import { expect, test } from 'vitest';
import { truncateLines } from '#text/truncate.ts';

const lines = fc.array(fc.string({ maxLength: 80 }), { maxLength: 60 });
const rooms = fc.integer({ min: 100, max: 2000 });
const sizeOf = (some: readonly string[]) => some.join('\n').length;

test('text that fits is unchanged', () => {
  fc.assert(
    fc.property(lines, (some) => {
      expect(truncateLines(some, 10_000)).toEqual(some);
    }),
  );
});

test('longer text ends with the number of missing lines, and other lines are complete', () => {
  fc.assert(
    fc.property(lines, rooms, (some, room) => {
      const fitted = truncateLines(some, room);

      expect(sizeOf(fitted)).toBeLessThanOrEqual(room);
      if (fitted.length === some.length && fitted.every((line, i) => line === some[i])) return;
      const [, missing] = /^… and (\d+) more lines?$/.exec(fitted.at(-1) ?? '') ?? [];
      expect(fitted.slice(0, -1)).toEqual(some.slice(0, fitted.length - 1));
      expect(fitted.length - 1 + Number(missing)).toBe(some.length);
    }),
  );
});

test.each([
  [22, ['aaaaaaaaaa', 'bbbbbbbbbb'], ['aaaaaaaaaa', 'bbbbbbbbbb']],
  [21, ['aaaaaaaaaa', 'bbbbbbbbbb'], ['… and 2 more lines']],
  [29, ['aaaaaaaaaa', 'b'.repeat(40)], ['… and 2 more lines']],
  [30, ['aaaaaaaaaa', 'b'.repeat(40)], ['aaaaaaaaaa', '… and 1 more line']],
  [41, ['a', 'b', 'c'.repeat(40), 'd'], ['a', 'b', '… and 2 more lines']],
])('%i characters hold as many complete lines as fit', (characters, some, expected) => {
  expect(truncateLines(some, characters)).toEqual(expected);
});
