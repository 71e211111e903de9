import * as z from 'zod';
import { inBatches } from '#aws/in-batches.ts';
import { count, type Of, text, texts } from '#text/schema-parts.ts';
import type { TimeRange } from '#text/time.ts';
import type { Trail } from '#trail/trail-arn.ts';
import { checkDigest, type Digest, type DigestedFile, type PublicKeys } from './digest.ts';
import { uncovered, uncoveredBy } from './digest-chain.ts';
import { type LogBucket, logFileProblem } from './log-bucket.ts';
import { digestFiles, type LogPlace, logFiles, type NamedFile } from './log-folders.ts';

/** The log of one account and Region in a window, compared with its digest files. */
export const verifiedLog = z.strictObject({
  account: text,
  region: text,
  /** How many digest files and log files are as CloudTrail delivered them. */
  validDigests: count,
  validFiles: count,
  /** The files that were not found as they were delivered, as URLs, and what is wrong with them. */
  badFiles: z.array(z.strictObject({ file: text, problem: text })),
  /** As URLs: of another trail that delivers here, or added by someone. */
  unnamedFiles: texts.describe('Log files that no digest file of the trail names.'),
  uncovered: z.array(uncovered),
});

export type VerifiedLog = Of<typeof verifiedLog>;

export type Verification = {
  readonly bucket: string;
  readonly trail: Trail;
  readonly window: TimeRange;
  readonly now: string;
  readonly publicKeys: PublicKeys;
  /** Called after each log file. */
  readonly onFile: () => void;
};

/** Compares the log of one account and Region with its digest files. Throws the errors of S3. */
export async function verifyLog(
  files: LogBucket,
  place: LogPlace,
  { bucket, trail, window, now, publicKeys, onFile }: Verification,
): Promise<VerifiedLog> {
  const url = (key: string): string => `s3://${bucket}/${key}`;
  const named = await digestFiles(files, place, trail, window);
  const checked = await inBatches(named, atOnce, async ({ key }) => {
    const object = await files.digest(key);
    if (object === null) return { key, digest: null, problem: 'was deleted while it was read' };
    return { key, ...checkDigest(object, publicKeys) };
  });
  const digests = checked
    .flatMap(({ digest }) => digest ?? [])
    .filter(({ digestStartTime }) => Date.parse(digestStartTime) < Date.parse(window.to));
  const digested = digests.flatMap((one) => one.logFiles);
  const problems = await inBatches(digested, atOnce, async (one) => {
    const problem = await problemOf(files, one, bucket);
    onFile();
    return { file: `s3://${one.s3Bucket}/${one.s3Object}`, problem };
  });
  const badDigests = checked.flatMap(({ key, problem }) =>
    problem === null ? [] : [{ file: url(key), problem }],
  );
  const badFiles = problems.flatMap(({ file, problem }) =>
    problem === null ? [] : [{ file, problem }],
  );
  const others = unnamed(await logFiles(files, place, window), digests);
  return {
    account: place.account,
    region: place.region,
    validDigests: digests.length,
    validFiles: problems.length - badFiles.length,
    badFiles: [...badDigests, ...badFiles],
    unnamedFiles: others.map(({ key }) => url(key)),
    uncovered: uncoveredBy(digests, window, now),
  };
}

async function problemOf(
  files: LogBucket,
  { s3Bucket, s3Object, hashValue }: DigestedFile,
  bucket: string,
): Promise<string | null> {
  if (s3Bucket !== bucket) return `was delivered to another bucket, ${s3Bucket}`;
  return logFileProblem(files, s3Object, hashValue);
}

/**
 * Log files that were delivered while digest files were, and that none of them names. A log file's name has its minute, and it is named by
 * the digest file of its hour or the next one.
 */
function unnamed(delivered: readonly NamedFile[], digests: readonly Digest[]): NamedFile[] {
  const known = new Set(digests.flatMap((one) => one.logFiles.map(({ s3Object }) => s3Object)));
  const isVouched = (at: number): boolean =>
    digests.some(
      (one, i) =>
        at >= Date.parse(one.digestStartTime) &&
        at + minuteMs < Date.parse(one.digestEndTime) &&
        i < digests.length - 1,
    );
  return delivered.filter(({ key, at }) => !known.has(key) && isVouched(Date.parse(at)));
}

const minuteMs = 60_000;

const atOnce = 16;
