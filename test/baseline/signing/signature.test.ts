import { generateKeyPairSync, sign } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type DocumentType,
  parsePublicKey,
  publicKeyFrom,
  type Signature,
  type Trust,
  trustAll,
  verifySignature,
} from '#baseline/signing/signature.ts';
import { pemSigner, signDocument } from '#baseline/signing/signer.ts';
import { newSigner, privatePem, unsigned } from '../../support/signers.ts';

const [alice, bob, mallory] = [newSigner(), newSigner(), newSigner()];
const trust: Trust = { keys: [await alice.publicKey(), await bob.publicKey()] };
const document = '{"version":1}';
const signature = await alice.sign('version', document);
const verify = (stored: unknown, text = document, type: DocumentType = 'version') =>
  verifySignature(type, text, stored, trust);
const isTrusted = (stored: unknown, text?: string, type?: DocumentType) =>
  'signedBy' in verify(stored, text, type);

test.each(['P-256', 'P-384', 'ed25519'] as const)(
  'verifies a signature by a %s key',
  async (type) => {
    const signer = pemSigner(privatePem(type));
    const key = await signer.publicKey();

    const signed = await signer.sign('version', document);

    expect(verifySignature('version', document, signed, { keys: [key] })).toEqual({
      signedBy: key.id,
    });
    expect(verifySignature('version', `${document} `, signed, { keys: [key] })).toHaveProperty(
      'problem',
    );
  },
);

test.each([
  ['P-256', 'sha256', 'ECDSA_SHA_256'],
  ['P-384', 'sha384', 'ECDSA_SHA_384'],
] as const)(
  'verifies a signature of AWS KMS by a %s key, on the %s of the text',
  (namedCurve, hash, algorithm) => {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve });
    const pinned = parsePublicKey(publicKey.export({ format: 'pem', type: 'spki' }).toString());
    const text = Buffer.from(`trailkeeper version/1\n${document}`);
    const bytes = sign(hash, text, privateKey).toString('base64');
    const signed = { keyId: pinned.id, algorithm, signature: bytes };

    expect(verifySignature('version', document, signed, { keys: [pinned] })).toEqual({
      signedBy: pinned.id,
    });
  },
);

test('gives a public key the same id from PEM and from DER', async () => {
  const { der, id } = await alice.publicKey();
  const pem = `-----BEGIN PUBLIC KEY-----\n${der}\n-----END PUBLIC KEY-----`;

  expect(parsePublicKey(pem).id).toBe(id);
  expect(publicKeyFrom(der).id).toBe(id);
});

describe('a signature is invalid', () => {
  test('on any other text', () => {
    fc.assert(
      fc.property(fc.string(), (other) => {
        fc.pre(other !== document);
        expect(isTrusted(signature, other)).toBe(false);
      }),
    );
  });

  test('on another type of document', () => {
    expect(isTrusted(signature, document, 'window')).toBe(false);
  });

  test('by a key that is not pinned, which is named by the beginning of its id', async () => {
    const { id } = await mallory.publicKey();

    expect(verify(await mallory.sign('version', document))).toEqual({
      problem: `key ${id.slice(0, 16)} is not in signing.keys`,
    });
  });

  test.each(['P-256', 'P-384', 'ed25519'] as const)(
    'if it is any other bytes, for a %s key',
    async (type) => {
      const key = await pemSigner(privatePem(type)).publicKey();
      const { id: keyId, algorithm } = key;
      const bytes = fc.oneof(
        fc.uint8Array({ maxLength: 120 }),
        // The beginning of a sequence in DER.
        fc.uint8Array({ maxLength: 120 }).map((rest) => [0x30, rest.length, ...rest]),
      );

      fc.assert(
        fc.property(bytes, (any) => {
          const stored = { keyId, algorithm, signature: Buffer.from(any).toString('base64') };

          expect(verifySignature('version', document, stored, { keys: [key] })).toHaveProperty(
            'problem',
          );
        }),
      );
    },
  );

  test('by another key under the id of a pinned key', async () => {
    const forged: Signature = {
      ...(await mallory.sign('version', document)),
      keyId: signature.keyId,
    };

    expect(verify(forged)).toEqual({ problem: expect.stringContaining('is invalid') });
  });

  test('if it is missing', () => {
    for (const missing of [null, undefined]) {
      expect(verify(missing)).toEqual({ problem: 'it has no signature' });
    }
  });

  test('if it is malformed', () => {
    expect(verify({ ...signature, signature: 7 })).toEqual({
      problem: 'its signature is malformed',
    });
    fc.assert(fc.property(fc.jsonValue(), (malformed) => !isTrusted(malformed)));
  });
});

test('trusts any document if no keys are pinned', () => {
  expect(verifySignature('version', document, undefined, trustAll)).toEqual({ signedBy: null });
});

describe('signing a document', () => {
  test('is refused with a key that is not pinned', async () => {
    await expect(signDocument('version', document, { trust, signer: mallory })).rejects.toThrow(
      'is not in signing.keys',
    );
  });

  test('is refused without a key if keys are pinned', async () => {
    await expect(signDocument('version', document, { trust, signer: null })).rejects.toThrow(
      '--signing-key',
    );
  });

  test('needs no key if none is pinned', async () => {
    expect(await signDocument('version', document, unsigned)).toBeNull();
  });

  test('gives a signature that the functions trust', async () => {
    expect(isTrusted(await signDocument('version', document, { trust, signer: bob }))).toBe(true);
  });
});

test.each([
  ['a private key', privatePem(), 'this is a private key'],
  [
    'an RSA key',
    generateKeyPairSync('rsa', { modulusLength: 2048 })
      .publicKey.export({ format: 'pem', type: 'spki' })
      .toString(),
    'P-256, P-384 or Ed25519 key: this key is rsa',
  ],
  ['a key alias', 'alias/signing', 'must be a public key in PEM'],
])('refuses %s as a public key', (_, pem, message) => {
  expect(() => parsePublicKey(pem)).toThrow(message);
});

test('refuses a private key that is not in PEM', () => {
  expect(() => pemSigner('alias/signing')).toThrow('must be a private key in PEM');
});
