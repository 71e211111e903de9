import { createHash, createPrivateKey, createPublicKey, sign } from 'node:crypto';
import { GetPublicKeyCommand, type KMSClient, SignCommand } from '@aws-sdk/client-kms';
import {
  type DocumentType,
  hashes,
  InvalidKeyError,
  type PublicKey,
  publicKeyFrom,
  type Signature,
  shortId,
  signedText,
  type Trust,
  trustAll,
  verifySignatures,
} from './signature.ts';

/** A key of a person who may approve: it signs, and its public part is known. */
export type Signer = {
  publicKey(): Promise<PublicKey>;
  sign(sort: DocumentType, document: string): Promise<Signature>;
};

/** Whom a store believes, and with which key it signs; functions have none. */
export type Signing = { readonly trust: Trust; readonly signer: Signer | null };

export const unsigned: Signing = { trust: trustAll, signer: null };

/** Thrown where a document would be stored that nobody believes. */
export class NotSignedError extends Error {
  override readonly name = 'NotSignedError' as const;
}

/** What is stored beside a document, and how many signatures it still needs. */
export type Signatures = { readonly signatures: readonly Signature[]; readonly missing: number };

/** Signs a document with one more key. Throws `NotSignedError` where that is no key that the functions believe. */
export async function addSignature(
  sort: DocumentType,
  document: string,
  { trust, signer }: Signing,
  already: readonly Signature[] = [],
): Promise<Signatures> {
  if (signer === null) {
    if (trust.keys.length === 0) return { signatures: already, missing: 0 };
    throw new NotSignedError(
      'nothing was stored, as it has to be signed: give the key of somebody who may approve, --signing-key with the ARN of a KMS key or the file of a private key',
    );
  }
  const added = await signer.sign(sort, document);
  const before = verifySignatures(sort, document, already, trust);
  if (before.signers.includes(added.keyId)) {
    throw new NotSignedError(
      `the key ${shortId(added.keyId)} has signed it already: it takes another one`,
    );
  }
  const signatures = [...already, added];
  const { signers, missing } = verifySignatures(sort, document, signatures, trust);
  if (trust.keys.length > 0 && !signers.includes(added.keyId)) {
    throw new NotSignedError(
      `nothing was stored: the key ${shortId(added.keyId)} is not among signing.keys of the deployment, so the functions would not believe it`,
    );
  }
  return { signatures, missing };
}

/** A key in AWS KMS, by its ARN, of whichever account and Region: the private part never leaves it. */
export function kmsSigner(kms: KMSClient, keyArn: string): Signer {
  const publicKey = async (): Promise<PublicKey> => {
    const { PublicKey: der } = await kms.send(new GetPublicKeyCommand({ KeyId: keyArn }));
    return publicKeyFrom(Buffer.from(der ?? []).toString('base64'));
  };
  return {
    publicKey,
    async sign(sort, document) {
      const { id: keyId, algorithm } = await publicKey();
      const hash = hashes[algorithm];
      if (algorithm === 'ED25519' || hash === null) {
        throw new InvalidKeyError(`${keyArn} must be a key on P-256 or P-384`);
      }
      const { Signature: signed } = await kms.send(
        new SignCommand({
          KeyId: keyArn,
          Message: createHash(hash).update(signedText(sort, document)).digest(),
          // AWS KMS takes a message of 4096 bytes itself, and a digest of any.
          MessageType: 'DIGEST',
          SigningAlgorithm: algorithm,
        }),
      );
      return { keyId, algorithm, signature: Buffer.from(signed ?? []).toString('base64') };
    },
  };
}

/** A private key in PEM: one that is kept offline. Throws `InvalidKeyError`. */
export function pemSigner(pem: string): Signer {
  const key = privateKey(pem);
  const der = createPublicKey(key).export({ format: 'der', type: 'spki' }).toString('base64');
  const { id: keyId, algorithm, ...known } = publicKeyFrom(der);
  return {
    publicKey: async () => ({ id: keyId, algorithm, ...known }),
    async sign(sort, document) {
      const signed = sign(hashes[algorithm], signedText(sort, document), key);
      return { keyId, algorithm, signature: signed.toString('base64') };
    },
  };
}

function privateKey(pem: string) {
  try {
    return createPrivateKey(pem);
  } catch (cause) {
    throw new InvalidKeyError('must be a private key in PEM, without a passphrase', { cause });
  }
}
