import { readFileSync } from 'node:fs';
import { KMSClient } from '@aws-sdk/client-kms';
import { messageOf } from '#aws/errors.ts';
import { kmsSigner } from '#baseline/signing/kms-signer.ts';
import type { PublicKey } from '#baseline/signing/signature.ts';
import { NotSignedError, pemSigner, type Signer } from '#baseline/signing/signer.ts';
import type { Outputs } from './stack.ts';

/** The key that a person chose: an ARN or a file. */
export const chosenKey = (option: string | undefined): string | undefined =>
  option ?? process.env.TRAILKEEPER_SIGNING_KEY;

/** The key to sign with: the chosen one, or that of the stack; null if there is none. It is read when it is first used. */
export function signerOf(option: string | undefined, { SigningKeyArn }: Outputs): Signer | null {
  const key = chosenKey(option) || SigningKeyArn;
  if (key === undefined) return null;
  return {
    publicKey: () => signerFrom(key).publicKey(),
    sign: (sort, document) => signerFrom(key).sign(sort, document),
  };
}

/** Refuses to sign if the approver keys are unknown, because the functions would ignore an unsigned version. */
export const signsNothing: Signer = {
  publicKey: notKnown,
  sign: notKnown,
};

async function notKnown(): Promise<never> {
  throw new NotSignedError(
    'nothing was stored: the approver keys are in neither the outputs of the stack nor signing.keys in cdk.json. Pass --signing-key with a KMS key ARN or a private key file',
  );
}

/** The signer for a KMS key ARN or a private key file. */
export function signerFrom(key: string): Signer {
  if (!key.startsWith('arn:')) return signerInFile(key);
  const [, , , region = ''] = key.split(':');
  return kmsSigner(new KMSClient({ region }), key);
}

function signerInFile(file: string): Signer {
  const pem = readKey(file);
  try {
    return pemSigner(pem);
  } catch (cause) {
    throw new Error(`${file} ${messageOf(cause)}`, { cause });
  }
}

function readKey(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new Error(
      `--signing-key ${file} is neither a KMS key ARN nor a readable file: ${messageOf(cause)}`,
      { cause },
    );
  }
}

/** A public key in PEM. */
export const pemOf = ({ key }: PublicKey): string =>
  key.export({ format: 'pem', type: 'spki' }).toString();
