import type { TimeRange } from '#text/time.ts';
import type { Trail } from '#trail/trail-arn.ts';
import type { LogBucket } from './log-bucket.ts';

/** The log of one account and Region. `folder` is the folder of the account, and ends with a slash. */
export type LogPlace = {
  readonly account: string;
  readonly region: string;
  readonly folder: string;
};

/**
 * The accounts and Regions whose log a trail has delivered, in the order of their names. Source: CloudTrail user guide, "Getting and viewing
 * your CloudTrail log files": an organization trail has a folder for the organization.
 */
export async function logPlaces(
  bucket: LogBucket,
  prefix: string | null,
): Promise<readonly LogPlace[]> {
  const top = `${prefix === null ? '' : `${prefix}/`}AWSLogs/`;
  const names = await bucket.folders(top);
  const organizations = names.filter((name) => name.startsWith('o-'));
  const ofMembers = await Promise.all(
    organizations.map(async (name) => inside(`${top}${name}`, await bucket.folders(top + name))),
  );
  const accounts = [...inside(top, names), ...ofMembers.flat()].filter(({ name }) =>
    /^\d{12}$/.test(name),
  );
  const places = await Promise.all(
    accounts.map(async ({ name: account, folder }) => {
      const regions = await Promise.all(kinds.map((kind) => bucket.folders(`${folder}${kind}/`)));
      return [...new Set(regions.flat())].map((region) => ({
        account,
        region: region.slice(0, -1),
        folder,
      }));
    }),
  );
  return places.flat().toSorted((one, other) => (nameOf(one) < nameOf(other) ? -1 : 1));
}

/** The folders of the log files and of the digest files. */
const kinds = ['CloudTrail', 'CloudTrail-Digest'] as const;

const nameOf = ({ account, region }: LogPlace): string => `${account} ${region}`;

const inside = (parent: string, names: readonly string[]) =>
  names.map((name) => ({ name: name.slice(0, -1), folder: `${parent}${name}` }));

/** A file whose name says when it was delivered, or its digest ended. */
export type NamedFile = { readonly key: string; readonly at: string };

/** The digest files of a trail that cover a part of a period, in the order of their ends. */
export const digestFiles = (
  bucket: LogBucket,
  place: LogPlace,
  { name, region: home }: Trail,
  { from, to }: TimeRange,
): Promise<readonly NamedFile[]> =>
  // A digest file covers the hour before its end.
  filesOf(bucket, place, 'CloudTrail-Digest', {
    period: { from, to: new Date(Date.parse(to) + hourMs).toISOString() },
    begins: `${place.account}_CloudTrail-Digest_${place.region}_${name}_${home}_`,
  });

/** The log files that were delivered in a period, of every trail that delivers to this folder. */
export const logFiles = (
  bucket: LogBucket,
  place: LogPlace,
  period: TimeRange,
): Promise<readonly NamedFile[]> =>
  filesOf(bucket, place, 'CloudTrail', {
    period,
    begins: `${place.account}_CloudTrail_${place.region}_`,
  });

const hourMs = 3_600_000;

/** When the newest log file of this hour or the one before was delivered; null if there is none. Lists hours, because days can have many files. */
export async function newestLogFile(
  bucket: LogBucket,
  { account, region, folder }: LogPlace,
  now: Date,
): Promise<string | null> {
  for (const hour of [now, new Date(now.getTime() - hourMs)]) {
    const [day = '', time = ''] = hour.toISOString().split('T');
    const name = `${account}_CloudTrail_${region}_${day.replaceAll('-', '')}T${time.slice(0, 2)}`;
    const folderOfDay = `${folder}CloudTrail/${region}/${day.replaceAll('-', '/')}/`;
    const times = (await bucket.keys(`${folderOfDay}${name}`)).flatMap(timed).map(({ at }) => at);
    const newest = times.toSorted().at(-1);
    if (newest !== undefined) return newest;
  }
  return null;
}

async function filesOf(
  bucket: LogBucket,
  { folder, region }: LogPlace,
  kind: (typeof kinds)[number],
  { period, begins }: { readonly period: TimeRange; readonly begins: string },
): Promise<readonly NamedFile[]> {
  const days = daysOf(period).map((day) => `${folder}${kind}/${region}/${day}/`);
  const found = await Promise.all(days.map((day) => bucket.keys(day)));
  return found
    .flat()
    .filter((key) => key.slice(key.lastIndexOf('/') + 1).startsWith(begins))
    .flatMap(timed)
    .filter(({ at }) => Date.parse(at) > Date.parse(period.from))
    .filter(({ at }) => Date.parse(at) <= Date.parse(period.to))
    .toSorted((one, other) => (one.at < other.at ? -1 : 1));
}

/** The days of a period in UTC, as `2026/01/31`. */
function daysOf({ from, to }: TimeRange): string[] {
  const days: string[] = [];
  const last = Date.parse(to);
  for (let at = Date.parse(`${from.slice(0, 10)}T00:00:00Z`); at <= last; at += 24 * hourMs) {
    days.push(new Date(at).toISOString().slice(0, 10).replaceAll('-', '/'));
  }
  return days;
}

/** Names end in a time like `20260131T1200Z_…` or `20260131T120000Z`; a digest file of events that came late, in `_backfill`. */
function timed(key: string): NamedFile[] {
  const found = /_(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)?Z(_\w+)?\.json\.gz$/.exec(key);
  if (found === null || found[7] === '_backfill') return [];
  const [, year, month, day, hour, minute, second = '00'] = found;
  return [{ key, at: `${year}-${month}-${day}T${hour}:${minute}:${second}Z` }];
}
