import { createPrivateKey, createPublicKey, sign } from 'node:crypto';
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
} from './signature.ts';

/** The key of an approver. */
export type Signer = {
  publicKey(): Promise<PublicKey>;
  sign(type: DocumentType, document: string): Promise<Signature>;
};

/** The keys that a store trusts, and the key that it signs with. Functions have no signer. */
export type Signing = { readonly trust: Trust; readonly signer: Signer | null };

/** Thrown instead of storing a document that the functions would not trust. */
export class NotSignedError extends Error {
  override readonly name = 'NotSignedError' as const;
}

/** Signs a document; null if no keys are pinned and there is no signer. Throws `NotSignedError`. */
export async function signDocument(
  type: DocumentType,
  document: string,
  { trust, signer }: Signing,
): Promise<Signature | null> {
  if (signer === null) {
    if (trust.keys.length === 0) return null;
    throw new NotSignedError(
      'nothing was stored: it must be signed. Pass --signing-key with the KMS key ARN or the private key file of an approver',
    );
  }
  const signature = await signer.sign(type, document);
  const isPinned = trust.keys.some(({ id }) => id === signature.keyId);
  if (trust.keys.length > 0 && !isPinned) {
    throw new NotSignedError(
      `nothing was stored: key ${shortId(signature.keyId)} is not in signing.keys of the deployment, so the functions would not trust it`,
    );
  }
  return signature;
}

/** Signs with a private key in PEM. Throws `InvalidKeyError`. */
export function pemSigner(pem: string): Signer {
  const key = privateKey(pem);
  const der = createPublicKey(key).export({ format: 'der', type: 'spki' }).toString('base64');
  const known = publicKeyFrom(der);
  const { id: keyId, algorithm } = known;
  return {
    publicKey: async () => known,
    async sign(type, document) {
      const signature = sign(hashes[algorithm], signedText(type, document), key);
      return { keyId, algorithm, signature: signature.toString('base64') };
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
