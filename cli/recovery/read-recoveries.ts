import { inBatches } from '#aws/in-batches.ts';
import { hashOf, type Trust } from '#baseline/signing/signature.ts';
import type { Recoveries, RecoveryEvidence } from '#evidence/evidence.ts';
import { isAbout } from '#evidence/recoveries.ts';
import type { LogBucket } from '#log-files/log-bucket.ts';
import type { RecoveryBucket } from '#recovery/bucket.ts';
import { type Manifest, manifest } from '#recovery/manifest.ts';
import { verifyManifestSignature } from '#recovery/signed-manifest.ts';
import { jsonText } from '#text/json-text.ts';
import type { TimeRange } from '#text/time.ts';
import type { Context } from '../context.ts';
import { explain } from '../explain.ts';
import { StackError } from '../stack.ts';
import { deployedRecovery, openBucket } from './deployed.ts';

/** What was recovered of trails in a time range, by the manifests in the bucket of the recovery. */
export async function readRecoveries(
  { trust }: Pick<Context, 'trust'>,
  trails: readonly string[],
  window: TimeRange,
): Promise<Recoveries> {
  try {
    const { bucket: name, prefix } = await deployedRecovery();
    const { bucket, files } = openBucket(name);
    const keys = await manifestKeys(files, `${prefix}/`);
    const read = await inBatches(keys, atOnce, async (key) => {
      const url = `s3://${name}/${key}`;
      return readManifest(bucket, { key, url }, trust);
    });
    const found = read.filter((one) => one !== null && 'trail' in one);
    return {
      found: found.filter((one) => trails.includes(one.trail) && isAbout(one, window)),
      unread: read.flatMap((one) => (one !== null && 'problem' in one ? one.problem : [])),
    };
  } catch (error) {
    const why = error instanceof StackError ? 'recovery is not deployed' : explain(error);
    return { found: [], unread: [`the manifests of recoveries were not read: ${why}`] };
  }
}

const atOnce = 16;

/** The keys of the manifests below a folder: `recover --prefix` may have written to a folder in it. */
async function manifestKeys(files: LogBucket, folder: string): Promise<readonly string[]> {
  const names = await files.folders(folder);
  const found = await inBatches(names, atOnce, async (name) => {
    if (name === 'AWSLogs/') return [];
    if (name !== 'recoveries/') return manifestKeys(files, `${folder}${name}`);
    const ids = await files.folders(`${folder}${name}`);
    return ids.map((id) => `${folder}${name}${id}manifest.json`);
  });
  return found.flat();
}

/** What a manifest says, or why it cannot be read. Null if it is not there: the recovery has not ended. */
async function readManifest(
  bucket: RecoveryBucket,
  { key, url }: { readonly key: string; readonly url: string },
  trust: Trust,
): Promise<RecoveryEvidence | { readonly problem: string } | null> {
  const text = await bucket.read(key);
  if (text === null) return null;
  const { data } = jsonText(manifest).safeParse(text);
  if (data === undefined) return { problem: `${url} is no manifest of a recovery` };
  const { signedBy, problem } = await verifyManifestSignature(bucket, key, text, trust);
  const signed = { signedBy, signatureProblem: problem };
  return { ...evidenceOf(data), manifest: url, sha256: hashOf(text), ...signed };
}

function evidenceOf({ recovery, logs, ...found }: Manifest) {
  const { recovered, files, finishedAt, missing, notCompared } = found;
  const { trail, intervals, regions, bucket, prefix, unrecoverable, excludedByTrail } = recovery;
  return {
    ...{ trail, intervals, recovered, files, finishedAt, missing, notCompared },
    ...{ unrecoverable, excludedByTrail },
    accounts: new Set([...logs, ...missing].map(({ account }) => account)).size,
    regions: regions.length,
    folder: `s3://${bucket}/${prefix}/AWSLogs/`,
  };
}
