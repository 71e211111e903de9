import { type Trust, verifySignature } from '#baseline/signing/signature.ts';
import { type Signing, signDocument } from '#baseline/signing/signer.ts';
import { jsonOrText } from '#text/json-text.ts';
import type { RecoveryBucket } from './bucket.ts';

/** The key of the signature of a manifest. */
export const signatureKey = (manifest: string): string => `${manifest}.signature`;

/** Signs a manifest as it is stored, unless a trusted key has. Returns the id of the key; null without a key. */
export async function signManifest(
  bucket: RecoveryBucket,
  key: string,
  signing: Signing,
): Promise<string | null> {
  const text = await bucket.read(key);
  if (text === null) throw new Error(`the manifest ${key} is gone`);
  const before = await readSignature(bucket, key);
  if (before !== null) {
    const verified = verifySignature('manifest', text, before, signing.trust);
    if ('signedBy' in verified && verified.signedBy !== null) return verified.signedBy;
  }
  if (signing.signer === null) return null;
  const signature = await signDocument('manifest', text, signing);
  if (signature === null) return null;
  await bucket.write(signatureKey(key), `${JSON.stringify(signature, null, 2)}\n`);
  return signature.keyId;
}

/** The id of the trusted key that signed a manifest, or why it is not trusted. */
export async function verifyManifestSignature(
  bucket: RecoveryBucket,
  key: string,
  text: string,
  trust: Trust,
): Promise<{ readonly signedBy: string | null; readonly problem: string | null }> {
  const stored = await readSignature(bucket, key);
  if (stored === null) return { signedBy: null, problem: 'it has no signature' };
  const verified = verifySignature('manifest', text, stored, trust);
  if ('problem' in verified) return { signedBy: null, problem: verified.problem };
  return verified.signedBy === null
    ? { signedBy: null, problem: 'the approver keys are unknown' }
    : { signedBy: verified.signedBy, problem: null };
}

/** Null without a signature. Text that is no JSON is a malformed one. */
async function readSignature(bucket: RecoveryBucket, key: string): Promise<unknown> {
  const text = await bucket.read(signatureKey(key));
  return text === null ? null : jsonOrText(text);
}
