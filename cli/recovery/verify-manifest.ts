import * as z from 'zod';
import { shortId } from '#baseline/signing/signature.ts';
import { manifest } from '#recovery/manifest.ts';
import { verifyManifestSignature } from '#recovery/signed-manifest.ts';
import { verifiedFiles, verifyFiles } from '#recovery/verify-manifest.ts';
import { escapeControlChars } from '#text/escape.ts';
import { jsonText } from '#text/json-text.ts';
import { type Of, text } from '#text/schema-parts.ts';
import type { Context } from '../context.ts';
import { explain } from '../explain.ts';
import { progress } from '../progress.ts';
import { counted, paint } from '../terminal.ts';
import { openBucket } from './deployed.ts';

/** A recovery compared with its manifest. */
export const verifiedManifest = z.strictObject({
  manifest: text,
  /** The id of the approver key that signed the manifest, or why it is not trusted. */
  signedBy: text.nullable().describe('The id of the approver key; null without a signature.'),
  signatureProblem: text.nullable(),
  ...verifiedFiles.shape,
});

type VerifiedManifest = Of<typeof verifiedManifest>;

/** Checks the signature of a manifest and the hash of each file, with the caller's credentials. */
export async function verifyManifest({ trust }: Context, url: string): Promise<VerifiedManifest> {
  const [, name, key] = /^s3:\/\/([^/]+)\/(.+)$/.exec(url) ?? [];
  if (name === undefined || key === undefined) {
    throw new Error('--manifest: must be a URL, for example s3://BUCKET/PREFIX/manifest.json');
  }
  const { bucket, files } = openBucket(name);
  const stored = await bucket.read(key).catch((cause: unknown) => {
    throw new Error(`--manifest: cannot read ${url}: ${explain(cause)}`, { cause });
  });
  if (stored === null) throw new Error(`--manifest: ${url} does not exist`);
  const { data } = jsonText(manifest).safeParse(stored);
  if (data === undefined) throw new Error(`--manifest: ${url} is no manifest of a recovery`);
  const signature = await verifyManifestSignature(bucket, key, stored, trust);
  const reported = progress();
  let read = 0;
  const onFile = (): void => {
    read += 1;
    reported.report(`${counted(read, 'log file', 'log files')} of ${data.files} read`, 'reading');
  };
  const verified = await verifyFiles(data, { bucket, files, onFile });
  reported.end();
  const { signedBy, problem } = signature;
  return { manifest: url, signedBy, signatureProblem: problem, ...verified };
}

export const manifestLines = ({
  validFiles,
  badFiles,
  signedBy,
  signatureProblem,
}: VerifiedManifest): readonly string[] => [
  signedBy === null
    ? `${paint('yellow', 'manifest not trusted')}: ${signatureProblem}`
    : `${paint('green', 'manifest signed')} by key ${shortId(signedBy)}`,
  `${counted(validFiles, 'log file is', 'log files are')} as the manifest says`,
  ...badFiles.map(
    ({ key, problem }) => `${paint('red', 'invalid')} ${escapeControlChars(key)} ${problem}`,
  ),
];
