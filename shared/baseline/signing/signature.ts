import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto';
import * as z from 'zod';
import { type Of, text } from '#text/schema-parts.ts';

/** Part of the signed text, so that a signature on one type of document is invalid on another. */
export type DocumentType = 'version' | 'window' | 'manifest' | 'heartbeat';

/** Signature algorithms, by their AWS KMS names. The key decides which one is used. */
const algorithm = z.enum(['ECDSA_SHA_256', 'ECDSA_SHA_384', 'ED25519']);

export type Algorithm = Of<typeof algorithm>;

/** A signature in base64, as AWS KMS returns it: ECDSA signatures are in DER. */
const signatureSchema = z.object({ keyId: text, algorithm, signature: text });

export type Signature = Of<typeof signatureSchema>;

/** A public key, identified by the SHA-256, in hex, of its DER (SubjectPublicKeyInfo). */
export type PublicKey = {
  readonly id: string;
  readonly algorithm: Algorithm;
  /** In base64. */
  readonly der: string;
  readonly key: KeyObject;
};

/** The approver keys, pinned at deployment. Without keys every document is trusted. */
export type Trust = { readonly keys: readonly PublicKey[] };

export const trustAll: Trust = { keys: [] };

/** Thrown for an unusable key; the message says what the key must be. */
export class InvalidKeyError extends Error {
  override readonly name = 'InvalidKeyError' as const;
}

/** Reads a public key from PEM. Throws `InvalidKeyError`. */
export function parsePublicKey(pem: string): PublicKey {
  if (pem.includes('PRIVATE KEY')) {
    throw new InvalidKeyError('must be a public key: this is a private key, keep it out of here');
  }
  return publicKey(() => createPublicKey(pem));
}

/** Reads a public key from DER in base64. Throws `InvalidKeyError`. */
export const publicKeyFrom = (der: string): PublicKey =>
  publicKey(() =>
    createPublicKey({ key: Buffer.from(der, 'base64'), format: 'der', type: 'spki' }),
  );

function publicKey(read: () => KeyObject): PublicKey {
  let key: KeyObject;
  try {
    key = read();
  } catch {
    throw new InvalidKeyError('must be a public key in PEM');
  }
  const { namedCurve = String(key.asymmetricKeyType) } = key.asymmetricKeyDetails ?? {};
  const algorithm = algorithms[namedCurve];
  if (algorithm === undefined) {
    throw new InvalidKeyError(`must be a P-256, P-384 or Ed25519 key: this key is ${namedCurve}`);
  }
  const der = key.export({ format: 'der', type: 'spki' });
  return { id: sha256(der), algorithm, der: der.toString('base64'), key };
}

const algorithms: Readonly<Record<string, Algorithm>> = {
  prime256v1: 'ECDSA_SHA_256',
  secp384r1: 'ECDSA_SHA_384',
  ed25519: 'ED25519',
};

/** The hash that each algorithm signs; null if it signs the text itself. */
export const hashes: Readonly<Record<Algorithm, string | null>> = {
  ECDSA_SHA_256: 'sha256',
  ECDSA_SHA_384: 'sha384',
  ED25519: null,
};

/** The signed text: the document is signed byte for byte as it is stored. */
export const signedText = (type: DocumentType, document: string): Buffer =>
  Buffer.from(`trailkeeper ${type}/1\n${document}`);

/** The hash by which the next version names this document. */
export const hashOf = (document: string): string => sha256(Buffer.from(document));

/** The id of the approver key that signed a document (null if no keys are pinned), or why it is not trusted. */
export type Verification = { readonly signedBy: string | null } | { readonly problem: string };

/** Verifies the stored signature of a document against the approver keys. */
export function verifySignature(
  type: DocumentType,
  document: string,
  stored: unknown,
  { keys }: Trust,
): Verification {
  if (keys.length === 0) return { signedBy: null };
  if (stored === undefined || stored === null) return { problem: 'it has no signature' };
  const parsed = signatureSchema.safeParse(stored);
  if (!parsed.success) return { problem: 'its signature is malformed' };
  const { keyId, signature } = parsed.data;
  const pinned = keys.find(({ id }) => id === keyId);
  if (pinned === undefined) return { problem: `key ${shortId(keyId)} is not in signing.keys` };
  const text = signedText(type, document);
  return verify(hashes[pinned.algorithm], text, pinned.key, Buffer.from(signature, 'base64'))
    ? { signedBy: keyId }
    : { problem: `its signature by key ${shortId(keyId)} is invalid` };
}

/** A key id, shortened for people. */
export const shortId = (id: string): string => id.slice(0, 16);

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
