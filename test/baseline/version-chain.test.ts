import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InvalidBaselineError } from '#baseline/baseline.ts';
import { hashOf, type Trust } from '#baseline/signature.ts';
import { pemSigner } from '#baseline/signer.ts';
import { chainOf, type Reading, type Signed, signedVersion } from '#baseline/version-chain.ts';
import { kinds } from '#drift/index.ts';
import { parseTrailArn } from '#trail/trail-arn.ts';
import { baseline } from '../support/baseline.ts';

const newSigner = () =>
  pemSigner(
    generateKeyPairSync('ec', { namedCurve: 'P-256' })
      .privateKey.export({ format: 'pem', type: 'pkcs8' })
      .toString(),
  );
const [alice, bob, mallory] = [newSigner(), newSigner(), newSigner()] as const;
const trust: Trust = { keys: [await alice.publicKey(), await bob.publicKey()], required: 1 };
const { arn: trail } = parseTrailArn(baseline.trail);

type Row = { readonly number: number; readonly document: string; readonly signatures: object[] };

async function row(
  number: number,
  previous: string | null,
  { signers = [alice], ...edits }: { signers?: (typeof alice)[] } & Record<string, unknown> = {},
): Promise<Row> {
  const document = JSON.stringify({ ...baseline, version: number, previous, ...edits });
  const signatures = await Promise.all(signers.map((signer) => signer.sign('version', document)));
  return { number, document, signatures };
}

/** So many versions, each after the one before, the newest first. */
async function history(length: number, reason = 'captured'): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (let number = 1; number <= length; number += 1) {
    const [before] = rows;
    rows.unshift(await row(number, before ? hashOf(before.document) : null, { reason }));
  }
  return rows;
}

const read = (one: Row, by = trust): Signed =>
  signedVersion(one, { trail, number: one.number }, { kinds, trust: by });

function readings(rows: readonly Row[], by = trust): readonly Reading[] {
  return rows
    .toSorted((one, other) => other.number - one.number)
    .map(({ number, ...one }) => {
      try {
        return { number, ...read({ number, ...one }, by) };
      } catch (error) {
        if (error instanceof InvalidBaselineError) return { number, error };
        throw error;
      }
    });
}

const chain = (rows: readonly Row[], copy: Row | null = null, by = trust) =>
  chainOf(readings(rows, by), copy && read(copy, by), by);

const seven = await history(7);
const newest = seven[0] as Row;
const inForce = (rows: readonly Row[], copy: Row | null = null) =>
  chain(rows, copy).inForce?.document;

test('the newest version that is signed is in force, and nothing is wrong', () => {
  expect(chain(seven)).toMatchObject({ inForce: { document: newest.document }, faults: [] });
  expect(chain(seven, newest)).toMatchObject({
    inForce: { document: newest.document },
    faults: [],
  });
});

describe('what somebody wrote who may not approve is told, and not in force:', () => {
  const edits: Readonly<Record<string, (one: Row) => Row | Promise<Row>>> = {
    'an edited document': (one) => ({
      ...one,
      document: one.document.replace('the-logs', 'attacker-bucket'),
    }),
    'signatures taken away': (one) => ({ ...one, signatures: [] }),
    'a signature by another key': (one) =>
      row(one.number, hashOf(seven[1]?.document ?? ''), { signers: [mallory] }),
    'an older version under a higher number': (one) => ({
      ...(seven[3] as Row),
      number: one.number,
    }),
    'the version of another trail': (one) =>
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

describe('with a copy of the version that was in force', () => {
  test('no version that is taken away changes what is in force, and the loss is told', () => {
    fc.assert(
      fc.property(fc.subarray([...seven]), (left) => {
        const { inForce: found, faults } = chain(left, newest);

        expect(found?.document).toBe(newest.document);
        if (!left.includes(newest)) expect(faults).not.toEqual([]);
      }),
    );
  });

  test('a version that follows it is in force at once', async () => {
    const next = await row(8, hashOf(newest.document));

    expect(chain([next, ...seven], newest)).toMatchObject({
      inForce: { document: next.document },
      faults: [],
    });
    const afterNext = await row(9, hashOf(next.document));
    expect(inForce([afterNext, next, ...seven], newest)).toBe(afterNext.document);
  });

  test('versions of before the table was lost do not come back', async () => {
    const anew = await history(1, 'captured anew');

    const { inForce: found, faults } = chain(seven, anew[0]);

    expect(found?.document).toBe(anew[0]?.document);
    expect(faults).toEqual([expect.stringContaining('does not follow version 1')]);
  });

  test('the version after it comes into force although it itself is gone from the table', async () => {
    const next = await row(8, hashOf(newest.document));

    expect(inForce([next, ...seven.slice(1)], newest)).toBe(next.document);
  });
});

test('that the version before the one in force was changed is told', () => {
  const [, sixth, ...older] = seven as [Row, Row, ...Row[]];

  const { inForce: found, faults } = chain([newest, { ...sixth, signatures: [] }, ...older]);

  expect(found?.document).toBe(newest.document);
  expect(faults).toEqual([expect.stringContaining('the version before 7')]);
});

describe('where two people have to sign', () => {
  const both: Trust = { ...trust, required: 2 };

  test('a version with one signature waits, and is no fault', async () => {
    const first = await row(1, null, { signers: [alice, bob] });
    const second = await row(2, hashOf(first.document));

    const found = chain([second, first], null, both);

    expect(found.inForce?.document).toBe(first.document);
    expect(found.pending.map(({ document }) => document)).toEqual([second.document]);
    expect(found.faults).toEqual([]);
  });

  test('a version that waits and was overtaken waits no more', async () => {
    const first = await row(1, null, { signers: [alice, bob] });
    const second = await row(2, hashOf(first.document));
    const third = await row(3, hashOf(first.document), { signers: [alice, bob] });

    const found = chain([third, second, first], null, both);

    expect(found.inForce?.document).toBe(third.document);
    expect(found.pending).toEqual([]);
  });
});

test('without keys the newest version that can be read is in force', async () => {
  const nobody: Trust = { keys: [], required: 0 };
  const unsigned = await row(8, null, { signers: [] });

  expect(chain([unsigned, ...seven], null, nobody).inForce?.document).toBe(unsigned.document);
});
