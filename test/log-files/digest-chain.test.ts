import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Digest } from '#log-files/digest.ts';
import { uncoveredBy } from '#log-files/digest-chain.ts';
import { runs } from '../support/property-runs.ts';

const at = (hour: number): string => new Date(Date.UTC(2026, 0, 31, hour)).toISOString();

/** An hour's digest file, which continues the one before it unless it begins a chain. */
const digestOf = (hour: number, isFirst: boolean): Digest => ({
  awsAccountId: '111122223333',
  digestStartTime: at(hour),
  digestEndTime: at(hour + 1),
  digestS3Bucket: 'logs',
  digestS3Object: `digest-${hour}`,
  digestPublicKeyFingerprint: 'f',
  digestSignatureAlgorithm: 'SHA256withRSA',
  previousDigestS3Object: isFirst ? null : `digest-${hour - 1}`,
  previousDigestSignature: isFirst ? null : `signature-${hour - 1}`,
  logFiles: [],
});

/** What became of the digest file of each hour. */
const fate = fc.constantFrom('delivered', 'deleted', 'not logged');

test('every hour is vouched for by its digest file, or reported with the reason', () => {
  fc.assert(
    fc.property(fc.array(fate, { minLength: 1, maxLength: 20 }), (fates) => {
      const isFirst = (hour: number) => hour === 0 || fates[hour - 1] === 'not logged';
      const digests = fates.flatMap((one, hour) =>
        one === 'delivered' ? [digestOf(hour, isFirst(hour))] : [],
      );
      const window = { from: at(0), to: at(fates.length) };

      const unproven = uncoveredBy(digests, window, at(fates.length + 2));

      const reported = fates.map((_, hour) =>
        unproven.some(({ from, to }) => from <= at(hour) && at(hour + 1) <= to),
      );
      expect(reported).toEqual(fates.map((one) => one !== 'delivered'));
    }),
    { numRuns: runs(300) },
  );
});

const periodsOf = (digests: readonly Digest[]) =>
  uncoveredBy(digests, { from: at(0), to: at(4) }, at(9)).map(({ from, to, reason, missing }) => [
    from,
    to,
    reason,
    missing,
  ]);

test('a digest file that a later one names is missing', () => {
  const digests = [digestOf(0, true), digestOf(2, false), digestOf(3, false)];

  expect(periodsOf(digests)).toEqual([[at(1), at(2), 'digest-missing', 'digest-1']]);
});

test('a new chain says that logging or validation was off', () => {
  expect(periodsOf([digestOf(0, true), digestOf(2, true), digestOf(3, false)])).toEqual([
    [at(1), at(2), 'new-chain', null],
  ]);
});

test('the last two hours are not due yet', () => {
  const unproven = uncoveredBy([digestOf(0, true)], { from: at(0), to: at(4) }, at(4));

  expect(unproven).toEqual([
    { from: at(1), to: at(2), reason: 'not-delivered', missing: null },
    { from: at(2), to: at(4), reason: 'not-due', missing: null },
  ]);
});

test('without digest files nothing is vouched for', () => {
  expect(periodsOf([])).toEqual([[at(0), at(4), 'not-delivered', null]]);
});
