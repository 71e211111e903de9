import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  parsePublicKey,
  publicKeyFrom,
  type Signature,
  type Trust,
  verifySignatures,
} from '#baseline/signature.ts';
import { addSignature, pemSigner } from '#baseline/signer.ts';

const privatePem = (type: 'P-256' | 'P-384' | 'ed25519'): string => {
  const { privateKey } =
    type === 'ed25519'
      ? generateKeyPairSync('ed25519')
      : generateKeyPairSync('ec', { namedCurve: type });
  return privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
};

const [alice, bob, mallory] = [privatePem('P-256'), privatePem('P-256'), privatePem('P-256')].map(
  pemSigner,
) as [ReturnType<typeof pemSigner>, ReturnType<typeof pemSigner>, ReturnType<typeof pemSigner>];
const trust: Trust = { keys: [await alice.publicKey(), await bob.publicKey()], required: 1 };
const document = '{"version":1}';

describe.each(['P-256', 'P-384', 'ed25519'] as const)('a key on %s', (type) => {
  const signer = pemSigner(privatePem(type));

  test('signs what its public part verifies', async () => {
    const pinned = { keys: [await signer.publicKey()], required: 1 };

    const signature = await signer.sign('version', document);

    expect(verifySignatures('version', document, [signature], pinned).missing).toBe(0);
    expect(verifySignatures('version', `${document} `, [signature], pinned).missing).toBe(1);
  });
});

test('a public key is the same key from its PEM and from its DER', async () => {
  const { der, id } = await alice.publicKey();
  const pem = `-----BEGIN PUBLIC KEY-----\n${der}\n-----END PUBLIC KEY-----`;

  expect(parsePublicKey(pem).id).toBe(id);
  expect(publicKeyFrom(der).id).toBe(id);
});

describe('a signature', () => {
  test('is none on any other text', async () => {
    const signature = await alice.sign('version', document);

    fc.assert(
      fc.property(fc.string(), (other) => {
        fc.pre(other !== document);
        expect(verifySignatures('version', other, [signature], trust).signers).toEqual([]);
      }),
    );
  });

  test('is none on another sort of document, whatever that says', async () => {
    const signature = await alice.sign('version', document);

    expect(verifySignatures('hold', document, [signature], trust).signers).toEqual([]);
  });

  test('by a key that is not pinned counts for nothing, and neither does one under the name of a pinned key', async () => {
    const signature = await mallory.sign('version', document);
    const [pinned] = trust.keys;
    const forged = { ...signature, keyId: pinned?.id ?? '' };

    expect(verifySignatures('version', document, [signature, forged], trust)).toMatchObject({
      signers: [],
      missing: 1,
    });
  });

  test('that is no signature counts for nothing and hides none', async () => {
    const good = await alice.sign('version', document);

    fc.assert(
      fc.property(fc.array(fc.jsonValue(), { maxLength: 5 }), (rubbish) => {
        const { missing } = verifySignatures('version', document, [...rubbish, good], trust);
        expect(missing).toBe(0);
      }),
    );
    expect(verifySignatures('version', document, 'rubbish', trust).missing).toBe(1);
  });
});

describe('where two people have to sign', () => {
  const both: Trust = { ...trust, required: 2 };
  const twice = async (...signers: readonly (typeof alice)[]): Promise<readonly Signature[]> =>
    Promise.all(signers.map((signer) => signer.sign('version', document)));

  test('two signatures by one key are one', async () => {
    expect(verifySignatures('version', document, await twice(alice, alice), both).missing).toBe(1);
    expect(verifySignatures('version', document, await twice(alice, bob), both).missing).toBe(0);
  });

  test('nobody signs twice', async () => {
    const already = await twice(alice);

    await expect(
      addSignature('version', document, { trust: both, signer: alice }, already),
    ).rejects.toThrow('has signed it already');
  });
});

test('nothing is signed with a key that the functions would not believe', async () => {
  await expect(addSignature('version', document, { trust, signer: mallory })).rejects.toThrow(
    'not among signing.keys',
  );
  await expect(addSignature('version', document, { trust, signer: null })).rejects.toThrow(
    '--signing-key',
  );
});

test.each([
  [privatePem('P-256'), 'this one is private'],
  [
    generateKeyPairSync('rsa', { modulusLength: 2048 })
      .publicKey.export({ format: 'pem', type: 'spki' })
      .toString(),
    'P-256, P-384 or Ed25519: this one is rsa',
  ],
  ['alias/signing', 'must be a public key in PEM'],
])('what is no public key to believe is refused: %#', (pem, message) => {
  expect(() => parsePublicKey(pem)).toThrow(message);
});
