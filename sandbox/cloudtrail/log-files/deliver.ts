import { randomBytes } from 'node:crypto';
import type { World } from '../../world.ts';
import { bucketFault, keyFault } from '../dependencies.ts';
import type { CloudTrailRecord } from '../record-type.ts';
import { type Delivery, folderOf, store, timesOf } from './delivered-file.ts';
import { writeDigest } from './digest-file.ts';
import { isRecordedBy } from './recorded-by.ts';

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
    return [...new Set([...groups.keys(), ...chained])].flatMap((place) => {
      const [account = '', region = ''] = place.split(' ');
      return deliver({ world, trail, account, region, records: groups.get(place) ?? [], at });
    });
  });
}

/** Gives the keys of the files. */
function deliver(delivery: Delivery): readonly string[] {
  const logFiles = delivery.records.length === 0 ? [] : [writeLogFile(delivery)];
  return [...logFiles.map(({ s3Object }) => s3Object), ...writeDigest(delivery, logFiles)];
}

/** Writes a log file. Gives its entry in the digest file. */
function writeLogFile(delivery: Delivery) {
  const { trail, account, region, records, at } = delivery;
  const stamp = at.toISOString().replace(/[-:]|\d\d\.\d+/g, '');
  const unique = randomBytes(8).toString('hex');
  const folder = folderOf(delivery, 'CloudTrail', at.toISOString());
  const s3Object = `${folder}/${account}_CloudTrail_${region}_${stamp}_${unique}.json.gz`;
  return {
    s3Bucket: trail.settings.S3BucketName,
    s3Object,
    hashValue: store(delivery, s3Object, { Records: records }),
    hashAlgorithm: 'SHA-256',
    ...timesOf(delivery),
  };
}
