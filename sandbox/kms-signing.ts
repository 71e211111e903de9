import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import { p256 } from '@noble/curves/nist.js';
import { AwsError, type Call } from './service.ts';
import type { KmsKey } from './world.ts';

// The key material is derived from the ARN, so a public key can be pinned before its key is deployed.

/** The public key of a P-256 key, in PEM. */
export const publicPem = (arn: string): string =>
  publicKeyOf(arn).export({ format: 'pem', type: 'spki' }).toString();

/** The ID of a key that a stack creates. */
export function keyIdOf(name: string): string {
  const hex = createHash('sha256').update(name).digest('hex');
  const lengths = [8, 4, 4, 4, 12];
  const parts = lengths.map((length, i) => {
    const start = lengths.slice(0, i).reduce((sum, one) => sum + one, 0);
    return hex.slice(start, start + length);
  });
  return parts.join('-');
}

export function getPublicKey(arn: string, key: KmsKey): object {
  refuseUse(arn, key);
  return {
    KeyId: arn,
    PublicKey: publicKeyOf(arn).export({ format: 'der', type: 'spki' }).toString('base64'),
    KeySpec: key.spec,
    KeyUsage: 'SIGN_VERIFY',
    SigningAlgorithms: [algorithm],
  };
}

/** Source: AWS KMS API reference, Sign: a raw message of at most 4096 bytes, or a digest of a message of any length. */
export function sign(arn: string, key: KmsKey, { Message, ...input }: Call['input']): object {
  refuseUse(arn, key);
  const message = Buffer.from(String(Message), 'base64');
  if (input.SigningAlgorithm !== algorithm) {
    throw invalid(`Algorithm ${input.SigningAlgorithm} and key spec ${key.spec} are incompatible.`);
  }
  const isDigest = input.MessageType === 'DIGEST';
  if (isDigest ? message.length !== 32 : message.length > 4096) {
    throw invalid('The length of the message is not one that its type may have.');
  }
  const signed = p256.sign(message, secretOf(arn), { prehash: !isDigest, format: 'der' });
  return {
    KeyId: arn,
    Signature: Buffer.from(signed).toString('base64'),
    SigningAlgorithm: algorithm,
  };
}

const algorithm = 'ECDSA_SHA_256';

const secretOf = (arn: string): Uint8Array =>
  createHash('sha256').update(`sandbox ${arn}`).digest();

function publicKeyOf(arn: string): KeyObject {
  const point = Buffer.from(p256.getPublicKey(secretOf(arn), false));
  const [x, y] = [point.subarray(1, 33), point.subarray(33)].map((one) =>
    one.toString('base64url'),
  );
  return createPublicKey({
    key: { kty: 'EC', crv: 'P-256', x: x ?? '', y: y ?? '' },
    format: 'jwk',
  });
}

/** Source: AWS KMS developer guide, "Key states of AWS KMS keys". */
function refuseUse(arn: string, { state, spec }: KmsKey): void {
  if (spec === 'SYMMETRIC_DEFAULT') {
    throw new AwsError('UnsupportedOperationException', `${arn} is not an asymmetric key.`);
  }
  if (state === 'Disabled') throw new AwsError('DisabledException', `${arn} is disabled.`);
  if (state === 'PendingDeletion') {
    throw new AwsError('KMSInvalidStateException', `${arn} is pending deletion.`);
  }
}

const invalid = (message: string): AwsError => new AwsError('ValidationException', message);
