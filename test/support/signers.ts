import { generateKeyPairSync } from 'node:crypto';
import { trustAll } from '#baseline/signing/signature.ts';
import { pemSigner, type Signer, type Signing } from '#baseline/signing/signer.ts';

export const unsigned: Signing = { trust: trustAll, signer: null };

export function privatePem(type: 'P-256' | 'P-384' | 'ed25519' = 'P-256'): string {
  const { privateKey } =
    type === 'ed25519'
      ? generateKeyPairSync('ed25519')
      : generateKeyPairSync('ec', { namedCurve: type });
  return privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
}

/** A signer with a new P-256 key. */
export const newSigner = (): Signer => pemSigner(privatePem());
