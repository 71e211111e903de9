import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { World } from '../../world.ts';
import type { CloudTrailRecord } from '../record-type.ts';
import type { Trail } from '../trail-state.ts';

/** What a trail delivers of one account and Region. */
export type Delivery = {
  readonly world: World;
  readonly trail: Trail;
  readonly account: string;
  readonly region: string;
  readonly records: readonly CloudTrailRecord[];
  readonly at: Date;
};

/** The folder of one kind of file on a day. Source: CloudTrail user guide, "Getting and viewing your CloudTrail log files". */
export function folderOf(
  { world, trail, account, region }: Delivery,
  kind: string,
  day: string,
): string {
  const { S3KeyPrefix, IsOrganizationTrail } = trail.settings;
  const organization = IsOrganizationTrail && world.organization.id;
  return [S3KeyPrefix, 'AWSLogs', organization, account, kind, region]
    .filter(Boolean)
    .concat(day.slice(0, 10).split('-'))
    .join('/');
}

/** Stores a file in the bucket of the trail. Gives the hash of its content. */
export function store({ world, trail }: Delivery, key: string, content: object): string {
  const text = JSON.stringify(content);
  world.objects.set(`${trail.settings.S3BucketName}/${key}`, gzipSync(text));
  return createHash('sha256').update(text).digest('hex');
}

/** The times of the first and the last record. */
export function timesOf({ records }: Delivery) {
  const times = records.map(({ eventTime }) => eventTime).toSorted();
  return { newestEventTime: times.at(-1) ?? null, oldestEventTime: times[0] ?? null };
}
