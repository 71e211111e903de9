import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto';
import * as z from 'zod';

/** What is signed: a signature on one sort of document is none on another, whatever it says. */
export type DocumentType = 'version' | 'hold';

/** The ways to sign, by the names that AWS KMS has for them. Which one counts is the key's to say. */
export type Algorithm = 'ECDSA_SHA_256' | 'ECDSA_SHA_384' | 'ED25519';

/** A signature in base64, as AWS KMS makes it: of ECDSA in DER. */
export type Signature = {
  readonly keyId: string;
  readonly algorithm: Algorithm;
  readonly signature: string;
};

/** A public key, known by the SHA-256, in hex, of its DER (SubjectPublicKeyInfo). */
export type PublicKey = {
  readonly id: string;
  readonly algorithm: Algorithm;
  /** In base64. */
  readonly der: string;
  readonly key: KeyObject;
};

/** Whom trailkeeper believes: the keys pinned at deployment, and how many of them a version needs. No keys: anybody. */
export type Trust = { readonly keys: readonly PublicKey[]; readonly required: number };

export const trustAll: Trust = { keys: [], required: 0 };

/** Thrown for a key that can not be used; the message says what it must be. */
export class InvalidKeyError extends Error {
  override readonly name = 'InvalidKeyError' as const;
}

/** Reads a public key from its PEM. Throws `InvalidKeyError`. */
export function parsePublicKey(pem: string): PublicKey {
  if (pem.includes('PRIVATE KEY')) {
    throw new InvalidKeyError('must be a public key: this one is private, and must not be here');
  }
  return publicKey(() => createPublicKey(pem));
}

/** Reads a public key from its DER in base64. Throws `InvalidKeyError`. */
export const publicKeyFrom = (der: string): PublicKey =>
  publicKey(() =>
    createPublicKey({ key: Buffer.from(der, 'base64'), format: 'der', type: 'spki' }),
  );

function publicKey(read: () => KeyObject): PublicKey {
  let key: KeyObject;
  try {
    key = read();
  } catch (cause) {
    throw new InvalidKeyError('must be a public key in PEM', { cause });
  }
  const { asymmetricKeyType: type = '', asymmetricKeyDetails } = key;
  const algorithm = algorithms[asymmetricKeyDetails?.namedCurve ?? type];
  if (algorithm === undefined) {
    throw new InvalidKeyError(`must be a key on P-256, P-384 or Ed25519: this one is ${type}`);
  }
  const der = key.export({ format: 'der', type: 'spki' });
  return { id: sha256(der), algorithm, der: der.toString('base64'), key };
}

const algorithms: Readonly<Record<string, Algorithm>> = {
  prime256v1: 'ECDSA_SHA_256',
  secp384r1: 'ECDSA_SHA_384',
  ed25519: 'ED25519',
};

/** The hash of each way to sign; null where the text is signed as it is. */
export const hashes: Readonly<Record<Algorithm, string | null>> = {
  ECDSA_SHA_256: 'sha256',
  ECDSA_SHA_384: 'sha384',
  ED25519: null,
};

/** The text that is signed of a document, which is signed byte for byte as it is stored. */
export const signedText = (sort: DocumentType, document: string): Buffer =>
  Buffer.from(`trailkeeper ${sort}/1\n${document}`);

/** By which a document is named in the one that follows it. */
export const hashOf = (document: string): string => sha256(Buffer.from(document));

/** What the signatures on a document are worth. */
export type Judgement = {
  /** The ids of the pinned keys that have signed it. */
  readonly signers: readonly string[];
  /** How many more of them have to. */
  readonly missing: number;
  /** Why a signature was not counted. */
  readonly problems: readonly string[];
};

/** Judges the signatures of a document by the pinned keys. A key counts once; what is not a signature counts for nothing. */
export function verifySignatures(
  sort: DocumentType,
  document: string,
  signatures: unknown,
  { keys, required }: Trust,
): Judgement {
  const given = z.array(z.unknown()).catch([]).parse(signatures).slice(0, mostSignatures);
  const text = signedText(sort, document);
  const judged = given.map((one) => {
    const parsed = signature.safeParse(one);
    if (!parsed.success) return { problem: 'a signature can not be read' };
    const { keyId } = parsed.data;
    const key = keys.find(({ id }) => id === keyId);
    if (key === undefined) return { problem: `the key ${shortId(keyId)} is not a pinned one` };
    const isGood = verifies(key, text, Buffer.from(parsed.data.signature, 'base64'));
    return isGood ? { signer: key.id } : { problem: `the key ${shortId(keyId)} did not sign it` };
  });
  const signers = [...new Set(judged.flatMap(({ signer }) => signer ?? []))];
  const problems = judged.flatMap(({ problem }) => problem ?? []);
  return { signers, missing: Math.max(0, required - signers.length), problems };
}

/** As many are looked at: whoever writes to the table could have us verify for ever. */
const mostSignatures = 10;

const verifies = ({ key, algorithm }: PublicKey, text: Buffer, signed: Buffer): boolean => {
  try {
    return verify(hashes[algorithm], text, key, signed);
  } catch {
    return false;
  }
};

const signature = z.object({
  keyId: z.string(),
  algorithm: z.enum(['ECDSA_SHA_256', 'ECDSA_SHA_384', 'ED25519']),
  signature: z.string(),
});

/** As much of a key's id as people need. */
export const shortId = (id: string): string => id.slice(0, 16);

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
