import fc from 'fast-check';
import { expect, test } from 'vitest';
import { afterLoss, createdAgain, isReplaceable } from '#drift/bucket-loss.ts';

const at = '2026-01-31T02:00:00.000Z';
const there = { BucketRegion: 'us-east-1', BucketOwner: null, Topic: null };

test.each([
  [{ BucketRegion: 'us-east-1', BucketOwner: null }, true],
  [{ BucketRegion: 'us-east-1', BucketOwner: '222233334444' }, false],
  [{ BucketRegion: null, BucketOwner: null }, false],
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

      const BucketRegion = seenUnder === inForce ? `${createdAgain}${at}` : there.BucketRegion;
      expect(observed).toEqual({ ...there, BucketRegion });
    }),
  );
});

test('a missing bucket stays missing, and any other one is reported as it is', () => {
  const gone = { ...there, BucketRegion: null };

  expect(afterLoss(gone, { version: 1, at }, 1)).toBe(gone);
  expect(afterLoss(there, null, 1)).toBe(there);
});
