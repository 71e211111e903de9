import { createHash } from 'node:crypto';
import type { LogBucket } from '#log-files/log-bucket.ts';
import { jsonText } from '#text/json-text.ts';
import type { RecoveryBucket } from './bucket.ts';
import { ledger, type WrittenFile } from './ledger.ts';
import type { Manifest } from './manifest.ts';

/** What of a recovery is as its manifest says, and what is not. */
export type VerifiedFiles = {
  readonly validFiles: number;
  readonly badFiles: readonly { readonly key: string; readonly problem: string }[];
};

/** Compares each ledger and log file with the hash in the manifest. `onFile` is called after each log file. */
export async function verifyFiles(
  { logs }: Manifest,
  {
    bucket,
    files,
    onFile,
  }: {
    readonly bucket: RecoveryBucket;
    readonly files: LogBucket;
    readonly onFile: () => void;
  },
): Promise<VerifiedFiles> {
  const found = { validFiles: 0, badFiles: [] as { key: string; problem: string }[] };
  for (const { ledger: key, sha256 } of logs) {
    const text = await bucket.read(key);
    const problem = text === null ? 'is missing' : hashOf(text) === sha256 ? null : 'was changed';
    if (text === null || problem !== null) {
      found.badFiles.push({ key, problem: `${problem}: the files that it lists are not checked` });
      continue;
    }
    for (const file of jsonText(ledger).parse(text).files) {
      const bad = await problemOf(file, files);
      if (bad === null) found.validFiles += 1;
      else found.badFiles.push({ key: file.key, problem: bad });
      onFile();
    }
  }
  return found;
}

async function problemOf({ key, sha256 }: WrittenFile, files: LogBucket): Promise<string | null> {
  const hash = await files.hashOf(key);
  if (hash === null) return 'is missing, or is no gzip file';
  return hash === sha256 ? null : 'was changed';
}

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');
