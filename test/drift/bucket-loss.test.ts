import fc from 'fast-check';
import { expect, test } from 'vitest';
import { afterLoss, createdAgain, isReplaceable } from '#drift/dependencies/bucket-loss.ts';

const at = '2026-01-31T02:00:00.000Z';
const there = { Region: 'us-east-1', Owner: null, Topic: null };

test.each([
  [{ Region: 'us-east-1', Owner: null }, true],
  [{ Region: 'us-east-1', Owner: '222233334444' }, false],
  [{ Region: null, Owner: null }, false],
  [{}, false],
  [undefined, false],
])('a baseline of %j means that its bucket can be replaced unnoticed: %s', (desired, expected) => {
  expect(isReplaceable(desired)).toBe(expected);
});

test('a bucket that was missing is reported as recreated, under the same version', () => {
  const version = fc.integer({ min: 1, max: 5 });
  fc.assert(
    fc.property(version, version, (seenUnder, inForce) => {
      const observed = afterLoss(there, { version: seenUnder, at }, inForce);

      const Region = seenUnder === inForce ? `${createdAgain}${at}` : there.Region;
      expect(observed).toEqual({ ...there, Region });
    }),
  );
});

test('a missing bucket stays missing, and any other one is reported as it is', () => {
  const gone = { ...there, Region: null };

  expect(afterLoss(gone, { version: 1, at }, 1)).toBe(gone);
  expect(afterLoss(there, null, 1)).toBe(there);
});
