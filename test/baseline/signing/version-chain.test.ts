import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InvalidBaselineError } from '#baseline/baseline.ts';
import { hashOf, type Trust, trustAll } from '#baseline/signing/signature.ts';
import {
  copiedVersion,
  parseSignedVersion,
  type Reading,
  resolveChain,
  type SignedVersion,
} from '#baseline/signing/version-chain.ts';
import { kinds } from '#drift/index.ts';
import { parseTrailArn } from '#trail/trail-arn.ts';
import { baseline } from '../../support/baseline.ts';
import { newSigner } from '../../support/signers.ts';

const [alice, bob, mallory] = [newSigner(), newSigner(), newSigner()];
const trust: Trust = { keys: [await alice.publicKey(), await bob.publicKey()] };
const { arn: trail } = parseTrailArn(baseline.trail);

type Row = { readonly number: number; readonly document: string; readonly signature: unknown };

async function row(
  number: number,
  previous: string | null,
  { signer = alice, ...edits }: { signer?: typeof alice } & Record<string, unknown> = {},
): Promise<Row> {
  const document = JSON.stringify({ ...baseline, version: number, previous, ...edits });
  return { number, document, signature: await signer.sign('version', document) };
}

/** Versions 1 to `length`, each following the one before, newest first. */
async function history(length: number, reason = 'captured'): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (let number = 1; number <= length; number += 1) {
    const [before] = rows;
    rows.unshift(await row(number, before ? hashOf(before.document) : null, { reason }));
  }
  return rows;
}

const read = (one: Row, by = trust): SignedVersion =>
  parseSignedVersion(one, { trail, number: one.number }, { kinds, trust: by, verified: new Map() });

function readings(rows: readonly Row[], by = trust): readonly Reading[] {
  return rows
    .toSorted((one, other) => other.number - one.number)
    .map((one) => {
      try {
        return { number: one.number, ...read(one, by) };
      } catch (error) {
        if (error instanceof InvalidBaselineError) return { number: one.number, error };
        throw error;
      }
    });
}

const chain = (rows: readonly Row[], copy: Row | null = null, by = trust) =>
  resolveChain(readings(rows, by), copy && read(copy, by));

const seven = await history(7);
const newest = seven[0] as Row;
const inForce = (rows: readonly Row[], copy: Row | null = null) =>
  chain(rows, copy).inForce?.document;

test.each([
  ['without a copy', null],
  ['with a copy of it', newest],
])('puts the newest signed version in force, %s', (_, copy) => {
  expect(chain(seven, copy)).toMatchObject({
    inForce: { document: newest.document },
    highest: 7,
    faults: [],
  });
});

test('has no version in force without rows', () => {
  expect(chain([])).toEqual({ inForce: null, highest: 0, faults: [] });
});

describe('ignores and reports', () => {
  const edits: Readonly<Record<string, (one: Row) => Row | Promise<Row>>> = {
    'an edited document': (one) => ({
      ...one,
      document: one.document.replace('the-logs', 'attacker-bucket'),
    }),
    'a document without a signature': (one) => ({ ...one, signature: null }),
    'a signature by another key': (one) =>
      row(one.number, hashOf(seven[1]?.document ?? ''), { signer: mallory }),
    'an older version under a higher number': (one) => ({
      ...(seven[3] as Row),
      number: one.number,
    }),
    'a version of another trail': (one) =>
      row(one.number, null, { trail: baseline.trail.replace('main', 'decoy') }),
  };

  test.each(Object.entries(edits))('%s, in place of the newest', async (_, edit) => {
    const { inForce: found, faults } = chain([await edit(newest), ...seven.slice(1)]);

    expect(found?.document).toBe(seven[1]?.document);
    expect(faults).toEqual([expect.stringContaining('version')]);
  });

  test.each(Object.entries(edits))('%s, above the newest', async (_, edit) => {
    const { inForce: found, faults } = chain([await edit({ ...newest, number: 8 }), ...seven]);

    expect(found?.document).toBe(newest.document);
    expect(faults).toEqual([expect.stringContaining('version')]);
  });
});

describe('with a copy of the version in force', () => {
  test('keeps it in force, and reports it, whichever versions are deleted', () => {
    fc.assert(
      fc.property(fc.subarray([...seven]), (left) => {
        const { inForce: found, faults } = chain(left, newest);

        expect(found?.document).toBe(newest.document);
        if (!left.includes(newest)) expect(faults).not.toEqual([]);
      }),
    );
  });

  test('puts a version that follows it in force at once', async () => {
    const next = await row(8, hashOf(newest.document));

    expect(chain([next, ...seven], newest)).toMatchObject({
      inForce: { document: next.document },
      faults: [],
    });
    const afterNext = await row(9, hashOf(next.document));
    expect(inForce([afterNext, next, ...seven], newest)).toBe(afterNext.document);
  });

  test('puts a version that follows it through a deleted one in force, and reports that', async () => {
    const next = await row(8, hashOf(newest.document));
    const afterNext = await row(9, hashOf(next.document));

    expect(chain([afterNext, ...seven], newest)).toMatchObject({
      inForce: { document: afterNext.document },
      faults: ['the version before 9 was deleted or changed in the table'],
    });
  });

  test('says that its copy is used if the table has no version any more', () => {
    expect(chain([], newest).faults).toEqual([
      'version 7, which is in force, was deleted or changed in the table: its copy is used',
      'the version before 7 was deleted or changed in the table',
    ]);
  });

  test('ignores the versions of an earlier chain, and continues after their numbers', async () => {
    const anew = await history(1, 'captured anew');

    const { inForce: found, highest, faults } = chain(seven, anew[0]);

    expect(found?.document).toBe(anew[0]?.document);
    expect(highest).toBe(7);
    expect(faults).toEqual([expect.stringContaining('does not follow version 1')]);
  });

  test('puts the version after it in force even if its own row was deleted', async () => {
    const next = await row(8, hashOf(newest.document));

    expect(chain([next, ...seven.slice(1)], newest)).toMatchObject({
      inForce: { document: next.document },
      faults: [],
    });
  });
});

test('reports every row of a table without a valid version', () => {
  const forged = seven.map((one) => ({ ...one, signature: null }));

  expect(chain(forged).faults).toEqual(
    seven.map(
      ({ number }) =>
        `version ${number} is not signed by an approver: it has no signature: it is ignored`,
    ),
  );
});

test('reports that the version before the one in force was changed', () => {
  const [, sixth, ...older] = seven as [Row, Row, ...Row[]];

  const { inForce: found, faults } = chain([newest, { ...sixth, signature: null }, ...older]);

  expect(found?.document).toBe(newest.document);
  expect(faults).toEqual([expect.stringContaining('the version before 7')]);
});

test('without approver keys puts the newest well-formed version in force', async () => {
  const unsigned = { ...(await row(8, null)), signature: null };

  expect(chain([unsigned, ...seven], null, trustAll)).toMatchObject({
    inForce: { document: unsigned.document, signedBy: null },
    faults: [],
  });
});

describe('a row of the table', () => {
  const readerOf = (verified = new Map<string, SignedVersion>()) => ({ kinds, trust, verified });
  const first = seven.at(-1) as Row;

  test('that is no version is refused, naming its number and the field', () => {
    expect(() => read({ ...first, document: 7 as never })).toThrow(
      /^version 1: document: Invalid input/,
    );
  });

  test('is verified once, although every check reads it again', () => {
    const reader = readerOf();
    const again = () => parseSignedVersion(first, { trail, number: 1 }, reader);
    const verified = again();
    parseSignedVersion(seven[5], { trail, number: 2 }, reader);

    expect(again()).toBe(verified);
  });

  test('does not make a process keep more than a thousand versions', () => {
    const many = Array.from({ length: 1000 }, (_, i) => [`${i}`, read(first)] as const);
    const reader = readerOf(new Map(many));

    parseSignedVersion(first, { trail, number: 1 }, reader);

    expect(reader.verified.size).toBeLessThanOrEqual(1000);
  });

  test('holds the copy of a version, whose number is in the document', () => {
    const { document, signature } = newest;

    expect(copiedVersion({ document, signature } as object, trail, readerOf())?.document).toBe(
      document,
    );
  });

  test.each<[string, { document?: unknown }]>([
    ['no document', {}],
    ['a document that is not JSON', { document: 'version 7' }],
    ['a document without a number', { document: '{"version":"7"}' }],
    ['a document without a signature', { document: newest.document }],
  ])('with %s holds no copy', (_, copy) => {
    expect(copiedVersion(copy, trail, readerOf())).toBeNull();
  });
});
