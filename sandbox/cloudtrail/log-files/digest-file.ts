import { type Delivery, folderOf, store, timesOf } from './delivered-file.ts';
import type { ChainEnd } from './log-files.ts';
import { signDigest, signingKeyOf } from './signing-keys.ts';

/** Writes the next digest file of the chain, or breaks the chain if the trail no longer makes them. Gives the keys of the files. */
export function writeDigest(delivery: Delivery, logFiles: readonly object[]): readonly string[] {
  const { world, trail, account, region, records, at } = delivery;
  const { chains, broken } = world.logFiles;
  const chain = `${trail.arn} ${account} ${region}`;
  // The last digest file covers what was logged until logging ended.
  const isOver = !trail.logging.IsLogging && records.length === 0;
  if (!trail.settings.LogFileValidationEnabled || isOver) {
    chains.delete(chain);
    broken.set(chain, at);
    return [];
  }
  const previous = chains.get(chain);
  const startTime = previous?.endTime ?? startOf(broken.get(chain), at);
  const endTime = secondsOf(Math.max(at.getTime(), Date.parse(startTime) + 1000));
  const key = keyOf(delivery, endTime);
  const hash = store(delivery, key, {
    ...{ awsAccountId: account, digestStartTime: startTime, digestEndTime: endTime },
    ...{ digestS3Bucket: trail.settings.S3BucketName, digestS3Object: key },
    digestPublicKeyFingerprint: signingKeyOf(region).fingerprint,
    digestSignatureAlgorithm: 'SHA256withRSA',
    ...timesOf(delivery),
    ...linkTo(previous, trail.settings.S3BucketName),
    logFiles,
  });
  const object = `${trail.settings.S3BucketName}/${key}`;
  const signature = signDigest(region, [endTime, object, hash, previous?.signature ?? 'null']);
  const metadata = { signature, 'signature-algorithm': 'SHA256withRSA' };
  world.objectMetadata.set(object, metadata);
  chains.set(chain, { key, endTime, hash, signature });
  return [key];
}

const linkTo = (previous: ChainEnd | undefined, bucket: string) => ({
  previousDigestS3Bucket: previous ? bucket : null,
  previousDigestS3Object: previous?.key ?? null,
  previousDigestHashValue: previous?.hash ?? null,
  previousDigestHashAlgorithm: previous ? 'SHA-256' : null,
  previousDigestSignature: previous?.signature ?? null,
});

function keyOf(delivery: Delivery, endTime: string): string {
  const { trail, account, region } = delivery;
  const folder = folderOf(delivery, 'CloudTrail-Digest', endTime);
  const stamp = endTime.replace(/[-:]/g, '');
  const name = `${account}_CloudTrail-Digest_${region}_${trail.name}_${trail.homeRegion}_${stamp}`;
  return `${folder}/${name}.json.gz`;
}

const hour = 3_600_000;

/** A new chain begins where the one before was broken, an hour ago at most. */
const startOf = (broken: Date | undefined, at: Date): string =>
  secondsOf(Math.max(broken?.getTime() ?? 0, at.getTime() - hour));

const secondsOf = (time: number): string => new Date(time).toISOString().replace(/\.\d+Z$/, 'Z');
