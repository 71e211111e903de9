import { createHash, randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { World } from '../../world.ts';
import { bucketFault, keyFault } from '../dependencies.ts';
import type { CloudTrailRecord } from '../record-type.ts';
import type { Trail } from '../trail-state.ts';
import { isRecordedBy } from './recorded-by.ts';
import { signDigest, signingKeyOf } from './signing-keys.ts';

/** Keeps a record for each trail that records it. */
export function keepRecord(world: World, record: CloudTrailRecord): void {
  const { trails, organization, logFiles } = world;
  for (const trail of trails.values()) {
    if (!isRecordedBy(trail, record, organization)) continue;
    const kept = logFiles.pending.get(trail.arn) ?? [];
    kept.push(record);
    logFiles.pending.set(trail.arn, kept);
  }
}

/**
 * Delivers what trails have recorded: a log file for each account and Region, and a digest file if the trail has log file validation.
 * AWS delivers log files every five minutes and digest files every hour. What cannot be delivered is kept. Gives the keys of the files.
 */
export function deliverLogFiles(world: World, at: Date): readonly string[] {
  return [...world.trails.values()].flatMap((trail) => {
    if (bucketFault(trail, world) !== null || keyFault(trail, world) !== null) return [];
    const records = world.logFiles.pending.get(trail.arn) ?? [];
    world.logFiles.pending.delete(trail.arn);
    const groups = Map.groupBy(records, (one) => `${one.recipientAccountId} ${one.awsRegion}`);
    const chained = [...world.logFiles.chains.keys()]
      .filter((chain) => chain.startsWith(`${trail.arn} `))
      .map((chain) => chain.slice(trail.arn.length + 1));
    return [...new Set([...groups.keys(), ...chained])].flatMap((place) =>
      deliverTo(world, trail, { place, records: groups.get(place) ?? [], at }),
    );
  });
}

type Delivery = {
  /** The account and the Region. */
  readonly place: string;
  readonly records: readonly CloudTrailRecord[];
  readonly at: Date;
};

function deliverTo(world: World, trail: Trail, { place, records, at }: Delivery): string[] {
  const [account = '', region = ''] = place.split(' ');
  const bucket = trail.settings.S3BucketName;
  const folder = (kind: string, day: string) =>
    `${folderOf(trail, world, account)}/${kind}/${region}/${day.slice(0, 10).replaceAll('-', '/')}`;
  const logFiles = records.length === 0 ? [] : [writeLogFile()];
  return [...logFiles.map(({ s3Object }) => s3Object), ...writeDigest()];

  function writeLogFile() {
    const stamp = at.toISOString().replace(/[-:]|\d\d\.\d+/g, '');
    const unique = randomBytes(8).toString('hex');
    const name = `${account}_CloudTrail_${region}_${stamp}_${unique}.json.gz`;
    const s3Object = `${folder('CloudTrail', at.toISOString())}/${name}`;
    const content = JSON.stringify({ Records: records });
    world.objects.set(`${bucket}/${s3Object}`, gzipSync(content));
    return { s3Bucket: bucket, s3Object, hashValue: hashOf(content), ...timesOf(records) };
  }

  function writeDigest(): string[] {
    const chain = `${trail.arn} ${place}`;
    const { chains, broken } = world.logFiles;
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
    const stamp = endTime.replace(/[-:]/g, '');
    const name = `${account}_CloudTrail-Digest_${region}_${trail.name}_${trail.homeRegion}_${stamp}.json.gz`;
    const key = `${folder('CloudTrail-Digest', endTime)}/${name}`;
    const digest = {
      awsAccountId: account,
      digestStartTime: startTime,
      digestEndTime: endTime,
      digestS3Bucket: bucket,
      digestS3Object: key,
      digestPublicKeyFingerprint: signingKeyOf(region).fingerprint,
      digestSignatureAlgorithm: 'SHA256withRSA',
      ...timesOf(records),
      previousDigestS3Bucket: previous ? bucket : null,
      previousDigestS3Object: previous?.key ?? null,
      previousDigestHashValue: previous?.hash ?? null,
      previousDigestHashAlgorithm: previous ? 'SHA-256' : null,
      previousDigestSignature: previous?.signature ?? null,
      logFiles: logFiles.map((one) => ({ ...one, hashAlgorithm: 'SHA-256' })),
    };
    const content = JSON.stringify(digest);
    const hash = hashOf(content);
    const signature = signDigest(region, [
      endTime,
      `${bucket}/${key}`,
      hash,
      previous?.signature ?? 'null',
    ]);
    world.objects.set(`${bucket}/${key}`, gzipSync(content));
    world.objectMetadata.set(`${bucket}/${key}`, {
      signature,
      'signature-algorithm': 'SHA256withRSA',
    });
    chains.set(chain, { key, endTime, hash, signature });
    return [key];
  }
}

const hour = 3_600_000;

/** A new chain begins where the one before was broken, an hour ago at most. */
const startOf = (broken: Date | undefined, at: Date): string =>
  secondsOf(Math.max(broken?.getTime() ?? 0, at.getTime() - hour));

const secondsOf = (time: number): string => new Date(time).toISOString().replace(/\.\d+Z$/, 'Z');

/** The folder of one account. Source: CloudTrail user guide, "Getting and viewing your CloudTrail log files". */
function folderOf({ settings }: Trail, { organization }: World, account: string): string {
  const { S3KeyPrefix, IsOrganizationTrail } = settings;
  return [S3KeyPrefix, 'AWSLogs', IsOrganizationTrail && organization.id, account]
    .filter(Boolean)
    .join('/');
}

const hashOf = (content: string): string => createHash('sha256').update(content).digest('hex');

function timesOf(records: readonly CloudTrailRecord[]) {
  const times = records.map(({ eventTime }) => eventTime).toSorted();
  return { newestEventTime: times.at(-1) ?? null, oldestEventTime: times[0] ?? null };
}
