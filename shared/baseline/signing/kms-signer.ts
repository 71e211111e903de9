import { createHash } from 'node:crypto';
import { GetPublicKeyCommand, type KMSClient, SignCommand } from '@aws-sdk/client-kms';
import { hashes, InvalidKeyError, type PublicKey, publicKeyFrom, signedText } from './signature.ts';
import type { Signer } from './signer.ts';

/** Signs with an AWS KMS key, given by ARN, of any account and Region. */
export function kmsSigner(kms: KMSClient, keyArn: string): Signer {
  let known: PublicKey | null = null;
  const publicKey = async (): Promise<PublicKey> => {
    if (known !== null) return known;
    const { PublicKey: der } = await kms.send(new GetPublicKeyCommand({ KeyId: keyArn }));
    known = publicKeyFrom(Buffer.from(der ?? []).toString('base64'));
    return known;
  };
  return {
    publicKey,
    async sign(type, document) {
      const { id: keyId, algorithm } = await publicKey();
      const hash = hashes[algorithm];
      if (algorithm === 'ED25519' || hash === null) {
        throw new InvalidKeyError(`${keyArn} must be a P-256 or P-384 key`);
      }
      const { Signature: signature } = await kms.send(
        new SignCommand({
          KeyId: keyArn,
          Message: createHash(hash).update(signedText(type, document)).digest(),
          // KMS accepts messages of at most 4096 bytes, and a digest of any message.
          MessageType: 'DIGEST',
          SigningAlgorithm: algorithm,
        }),
      );
      return { keyId, algorithm, signature: Buffer.from(signature ?? []).toString('base64') };
    },
  };
}
