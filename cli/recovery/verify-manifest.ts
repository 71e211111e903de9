import { shortId } from '#baseline/signing/signature.ts';
import { manifest } from '#recovery/manifest.ts';
import { verifyManifestSignature } from '#recovery/signed-manifest.ts';
import { type VerifiedFiles, verifyFiles } from '#recovery/verify-manifest.ts';
import { escapeControlChars } from '#text/escape.ts';
import { jsonText } from '#text/json-text.ts';
import type { Context } from '../context.ts';
import { explain } from '../explain.ts';
import { progress } from '../progress.ts';
import { counted, paint } from '../terminal.ts';
import { openBucket } from './deployed.ts';

/** A recovery compared with its manifest. */
export type VerifiedManifest = VerifiedFiles & {
  readonly manifest: string;
  /** The id of the approver key that signed the manifest, or why it is not trusted. */
  readonly signedBy: string | null;
  readonly signatureProblem: string | null;
};

/** Checks the signature of a manifest and the hash of each file, with the caller's credentials. */
export async function verifyManifest({ trust }: Context, url: string): Promise<VerifiedManifest> {
  const [, name, key] = /^s3:\/\/([^/]+)\/(.+)$/.exec(url) ?? [];
  if (name === undefined || key === undefined) {
    throw new Error('--manifest: must be a URL, for example s3://BUCKET/PREFIX/manifest.json');
  }
  const { bucket, files } = openBucket(name);
  const text = await bucket.read(key).catch((cause: unknown) => {
    throw new Error(`--manifest: cannot read ${url}: ${explain(cause)}`, { cause });
  });
  if (text === null) throw new Error(`--manifest: ${url} does not exist`);
  const { data } = jsonText(manifest).safeParse(text);
  if (data === undefined) throw new Error(`--manifest: ${url} is no manifest of a recovery`);
  const signature = await verifyManifestSignature(bucket, key, text, trust);
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
