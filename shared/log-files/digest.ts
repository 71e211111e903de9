import { createHash, createPublicKey, verify } from 'node:crypto';
import * as z from 'zod';
import { jsonText } from '#text/json-text.ts';
import { text } from '#text/schema-parts.ts';

/** A log file that a digest file names. Hashes are SHA-256 of the content before compression, in hex. */
export type DigestedFile = {
  readonly s3Bucket: string;
  readonly s3Object: string;
  readonly hashValue: string;
};

/** What a digest file says. */
export type Digest = z.infer<typeof digest>;

/** The object of a digest file as it was read. `signature` is its metadata of this name; undefined without it. */
export type DigestObject = {
  readonly bucket: string;
  readonly key: string;
  readonly content: string;
  readonly signature: string | undefined;
};

/** A public key of CloudTrail, in PKCS #1 DER, by its fingerprint. Source: CloudTrail API reference, PublicKey. */
export type PublicKeys = ReadonlyMap<string, Uint8Array>;

/** The content of a digest file, or why it cannot be trusted. */
export type CheckedDigest =
  | { readonly digest: Digest; readonly problem: null }
  | { readonly digest: null; readonly problem: string };

/**
 * Checks that a digest file is one, lies where it was delivered, and was signed by CloudTrail. Source: CloudTrail user guide, "Custom
 * implementations of CloudTrail log file integrity validation".
 */
export function checkDigest(
  { bucket, key, content, signature }: DigestObject,
  publicKeys: PublicKeys,
): CheckedDigest {
  const invalid = (problem: string): CheckedDigest => ({ digest: null, problem });
  const read = jsonText(digest).safeParse(content);
  if (!read.success) return invalid('is not a digest file');
  const { data } = read;
  if (data.digestS3Bucket !== bucket || data.digestS3Object !== key) {
    return invalid(`was delivered as s3://${data.digestS3Bucket}/${data.digestS3Object}`);
  }
  if (signature === undefined) return invalid('has no signature in its metadata');
  const publicKey = publicKeys.get(data.digestPublicKeyFingerprint);
  if (publicKey === undefined) {
    return invalid(`names a key that CloudTrail does not have: ${data.digestPublicKeyFingerprint}`);
  }
  const hash = createHash('sha256').update(content).digest('hex');
  const signed = [
    data.digestEndTime,
    `${bucket}/${key}`,
    hash,
    data.previousDigestSignature ?? 'null',
  ].join('\n');
  return isSigned(signed, signature, publicKey)
    ? { digest: data, problem: null }
    : invalid('has a signature that is not of CloudTrail');
}

function isSigned(text: string, signature: string, key: Uint8Array): boolean {
  const publicKey = createPublicKey({ key: Buffer.from(key), format: 'der', type: 'pkcs1' });
  return verify('sha256', Buffer.from(text), publicKey, Buffer.from(signature, 'hex'));
}

/** Source: CloudTrail user guide, "CloudTrail digest file structure". */
const digest = z.object({
  awsAccountId: text,
  digestStartTime: text,
  digestEndTime: text,
  digestS3Bucket: text,
  digestS3Object: text,
  digestPublicKeyFingerprint: text,
  digestSignatureAlgorithm: z.literal('SHA256withRSA'),
  previousDigestS3Object: text.nullable(),
  previousDigestSignature: text.nullable(),
  logFiles: z.array(
    z.object({
      s3Bucket: text,
      s3Object: text,
      hashValue: text,
      hashAlgorithm: z.literal('SHA-256'),
    }),
  ),
});
