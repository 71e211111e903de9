import * as z from 'zod';
import { inBatches } from '#aws/in-batches.ts';
import { hashOf } from '#baseline/signing/signature.ts';
import { type LogBucket, logFileProblem } from '#log-files/log-bucket.ts';
import { count, type Of, text } from '#text/schema-parts.ts';
import type { RecoveryBucket } from './bucket.ts';
import { parseLedger, type WrittenFile } from './ledger.ts';
import type { Manifest } from './manifest.ts';

/** The files of a recovery that are as its manifest says, and those that are not. */
export const verifiedFiles = z.strictObject({
  validFiles: count,
  badFiles: z.array(z.strictObject({ key: text, problem: text })),
});

export type VerifiedFiles = Of<typeof verifiedFiles>;
type BadFile = VerifiedFiles['badFiles'][number];

type Buckets = {
  readonly bucket: RecoveryBucket;
  readonly files: LogBucket;
  /** Called after each log file. */
  readonly onFile: () => void;
};

/** Compares each ledger and log file with the hash in the manifest. Throws the errors of S3. */
export async function verifyFiles(
  { logs }: Manifest,
  { bucket, files, onFile }: Buckets,
): Promise<VerifiedFiles> {
  const ledgers = await inBatches(logs, atOnce, (log) => filesIn(bucket, log));
  const listed = ledgers.flatMap((one) => ('files' in one ? one.files : []));
  const checked = await inBatches(listed, atOnce, async ({ key, sha256 }) => {
    const problem = await logFileProblem(files, key, sha256);
    onFile();
    return problem === null ? null : { key, problem };
  });
  const badFiles = checked.filter((one) => one !== null);
  return {
    validFiles: checked.length - badFiles.length,
    badFiles: [...ledgers.filter((one) => 'problem' in one), ...badFiles],
  };
}

const atOnce = 16;

/** The files that a ledger lists, or why it is not the one of the manifest. */
async function filesIn(
  bucket: RecoveryBucket,
  { ledger: key, sha256 }: Manifest['logs'][number],
): Promise<{ readonly files: readonly WrittenFile[] } | BadFile> {
  const stored = await bucket.read(key);
  const ledger = parseLedger(stored);
  const bad = (problem: string): BadFile => ({
    key,
    problem: `${problem}: the files that it lists are not checked`,
  });
  if (stored === null) return bad('is missing');
  if (ledger === null || hashOf(stored) !== sha256) return bad('was changed');
  return { files: ledger.files };
}
