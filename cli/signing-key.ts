import { readFileSync } from 'node:fs';
import { KMSClient } from '@aws-sdk/client-kms';
import { messageOf } from '#aws/errors.ts';
import { kmsSigner, NotSignedError, pemSigner, type Signer } from '#baseline/signing/signer.ts';
import type { Outputs } from './stack.ts';

/** The key that a person signs with: as said, or that of the stack; null where there is none. It is read when it signs. */
export function signerOf(
  chosen = process.env.TRAILKEEPER_SIGNING_KEY,
  { SigningKeyArn }: Outputs,
): Signer | null {
  const key = chosen || SigningKeyArn;
  if (key === undefined) return null;
  return {
    publicKey: () => signerFrom(key).publicKey(),
    sign: (sort, document) => signerFrom(key).sign(sort, document),
  };
}

/** Where neither the stack nor `cdk.json` says so it is not known whose signature counts: what nobody signed would be stored in vain. */
export const signsNothing: Signer = {
  publicKey: notKnown,
  sign: notKnown,
};

async function notKnown(): Promise<never> {
  throw new NotSignedError(
    'nothing was stored: neither the stack nor signing.keys in cdk.json says who has to sign. Give --signing-key, with the ARN of a KMS key or the file of a private key',
  );
}

function signerFrom(key: string): Signer {
  if (!key.startsWith('arn:')) return pemSigner(readKey(key));
  const [, , , region = ''] = key.split(':');
  return kmsSigner(new KMSClient({ region }), key);
}

function readKey(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new Error(
      `--signing-key ${file} is neither the ARN of a KMS key nor a file that can be read: ${messageOf(cause)}`,
      { cause },
    );
  }
}
