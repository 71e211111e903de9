import { describe, expect, test } from 'vitest';
import type { Version } from '#baseline/retirement.ts';
import { hashOf } from '#baseline/signing/signature.ts';
import type { Reading } from '#baseline/signing/version-chain.ts';
import type { TrailInput } from '#evidence/trail-evidence.ts';
import { trail } from '../support/baseline.ts';
import { baseline, evidence, protectedTrail, window } from '../support/evidence.ts';

const signature = { keyId: 'key-1', algorithm: 'ECDSA_SHA_256', signature: 'AAAA' } as const;

/** A version as it is read from the state table. */
const stored = (version: Version): Reading => ({
  ...{ number: version.version, version, document: JSON.stringify(version) },
  ...{ signature, signedBy: 'key-1' },
});
const captured = (number: number, capturedAt: string): Reading =>
  stored({ ...baseline, version: number, capturedAt, previous: hashOf(String(number - 1)) });
const unreadable: Reading = { number: 9, error: new Error('not signed') };

const evidenceWith = (history: readonly Reading[], more: Partial<TrailInput> = {}) =>
  evidence([], { history, ...more });

describe('the baseline in force', () => {
  test('is the stored version with its signature and the hash of its document', () => {
    const inForce = stored(baseline);

    expect(evidenceWith([captured(8, baseline.capturedAt), inForce]).baseline).toEqual({
      ...{ version: 7, type: 'baseline', at: baseline.capturedAt, by: 'alice', reason: 'first' },
      ...{ previous: null, sha256: hashOf(JSON.stringify(baseline)) },
      ...{ signature, signedBy: 'key-1', faults: [] },
    });
  });

  test.each([[[]], [[{ ...unreadable, number: 7 }]], [[captured(6, baseline.capturedAt)]]])(
    'has neither hash nor signature if its row is gone or cannot be read: %#',
    (history) => {
      const known = { ...protectedTrail, signedBy: 'key-2', faults: ['the row is gone'] };

      expect(evidenceWith(history, { known }).baseline).toEqual({
        ...{ version: 7, type: 'baseline', at: baseline.capturedAt, by: 'alice' },
        ...{ reason: 'first', previous: null, sha256: null, signature: null },
        ...{ signedBy: 'key-2', faults: ['the row is gone'] },
      });
    },
  );

  test('is a problem if it cannot be used', () => {
    const known = { trail: trail.arn, signedBy: null, faults: [], error: new Error('not signed') };

    expect(evidenceWith([], { known }).baseline).toEqual({ problem: 'not signed' });
  });
});

describe('the versions', () => {
  test('are those that were stored in the window, its ends included', () => {
    const history = [
      captured(11, '2026-11-22T13:00:00.001Z'),
      captured(10, window.to),
      unreadable,
      captured(8, window.from),
      captured(7, '2026-11-22T10:59:59.999Z'),
    ];

    expect(evidenceWith(history).versions.map(({ version }) => version)).toEqual([10, 8]);
  });

  test('say who stored what, and refer to the version before', () => {
    const retirement = {
      ...({ schema: 1, trail: trail.arn, version: 9, previous: 'a' } as const),
      ...{ retiredAt: '2026-11-22T12:00:00.000Z', retiredBy: 'bob', reason: 'moved' },
    };

    expect(evidenceWith([stored(retirement)]).versions).toEqual([
      {
        ...{ version: 9, type: 'retirement', at: retirement.retiredAt, by: 'bob' },
        ...{ reason: 'moved', previous: 'a', sha256: hashOf(JSON.stringify(retirement)) },
        ...{ signature, signedBy: 'key-1' },
      },
    ]);
  });
});
