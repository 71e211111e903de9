import * as z from 'zod';
import type { Baseline } from '#baseline/baseline.ts';
import { recordsReadsOf } from '#drift/selectors/coverage.ts';
import type { Selectors } from '#drift/selectors/schema.ts';
import type { LogBucket } from '#log-files/log-bucket.ts';
import { digestFiles, type LogPlace, logPlaces, newestLogFile } from '#log-files/log-folders.ts';
import { later } from '#text/time.ts';
import { parseTrailArn } from '#trail/trail-arn.ts';

const time = z.iso.datetime();

/** The files of a trail that a baseline promises, and when the last ones arrived in the bucket. */
export const trailArrivals = z.object({
  bucket: z.string(),
  prefix: z.string().nullable(),
  /** The folder of the account that is watched, with a slash at its end. */
  folder: z.string(),
  /** Whether the checks of the watchtower themselves are recorded, so that log files arrive all the time. */
  hasLogFiles: z.boolean(),
  hasDigests: z.boolean(),
  /** When the bucket was first checked. */
  since: time,
  lastLogFile: time.nullable(),
  /** When the last digest file arrived, by account and Region. */
  lastDigests: z.record(z.string(), time),
  /** Accounts and Regions of which no digest file came any more at their last turn, and when that was first seen. */
  silent: z.record(z.string(), time).default({}),
  /** The accounts and Regions that have a log, and when they were listed. */
  places: z.array(z.object({ account: z.string(), region: z.string(), folder: z.string() })),
  listedAt: time.nullable(),
  /** How many accounts and Regions are too many to be checked. */
  unchecked: z.number().default(0),
  /** The place to check next. */
  turn: z.number(),
  /** Why the bucket could not be read at the last check. */
  problem: z.string().nullable(),
});
export type TrailArrivals = z.infer<typeof trailArrivals>;

/** What is expected of a trail with this baseline, beside what is known already; null if it delivers to none of the buckets. */
export function expectedOf(
  { trail, states }: Pick<Baseline, 'trail' | 'states'>,
  known: TrailArrivals | undefined,
  { logBuckets, organization }: { logBuckets: readonly string[]; organization: string | null },
  now: Date,
): TrailArrivals | null {
  const settings = expectedSettings.safeParse(states.settings).data;
  if (settings === undefined || !logBuckets.includes(settings.S3BucketName)) return null;
  const { S3BucketName: bucket, S3KeyPrefix: prefix, IsOrganizationTrail } = settings;
  const ofOrganization = IsOrganizationTrail && organization !== null ? `${organization}/` : '';
  const folder = `${prefix === null ? '' : `${prefix}/`}AWSLogs/${ofOrganization}${parseTrailArn(trail).accountId}/`;
  const selectors = states['event-selectors'] as Selectors | undefined;
  const hasLogFiles =
    selectors !== undefined && recordsReadsOf(selectors, 'cloudtrail.amazonaws.com');
  const hasDigests = settings.LogFileValidationEnabled;
  const promised = { bucket, prefix, folder, hasLogFiles, hasDigests };
  const isSame = known?.bucket === bucket && known.folder === folder;
  return isSame ? { ...known, ...promised } : { ...nothingSeen(now), ...promised };
}

const expectedSettings = z.object({
  S3BucketName: z.string(),
  S3KeyPrefix: z.string().nullable().default(null),
  IsOrganizationTrail: z.boolean().default(false),
  LogFileValidationEnabled: z.boolean().default(false),
});

const nothingSeen = (now: Date) => ({
  since: now.toISOString(),
  lastLogFile: null,
  lastDigests: {},
  silent: {},
  places: [],
  listedAt: null,
  unchecked: 0,
  turn: 0,
  problem: null,
});

/** A day: so often the accounts and Regions are listed, which takes a request for each. */
const listedEveryHours = 24;

/** A whole turn takes about this many checks, or more if there are so many places: each costs a request (docs/operations.md, "Cost"). */
const checksOfTurn = 20;
const mostPlaces = 4;
/** More would not fit into the row in which they are remembered. */
const mostListed = 10_000;

/**
 * Checks what has arrived. The log files of the trail's home Region and its digest files are searched each time, the digest files of the
 * other accounts and Regions in turn.
 */
export async function checkArrivals(
  arn: string,
  before: TrailArrivals,
  bucket: LogBucket,
  now: Date,
): Promise<TrailArrivals> {
  const trail = parseTrailArn(arn);
  const at = now.toISOString();
  const home: LogPlace = {
    account: trail.accountId,
    region: trail.region,
    folder: before.folder,
  };
  const isListed =
    before.listedAt !== null && before.listedAt > later(at, { hours: -listedEveryHours });
  const { hasDigests } = before;
  const listed = isListed || !hasDigests ? null : await logPlaces(bucket, before.prefix);
  const places = listed?.slice(0, mostListed) ?? before.places;
  const count = Math.min(mostPlaces, Math.ceil(places.length / checksOfTurn));
  const turn = places.length === 0 ? 0 : before.turn % places.length;
  const inTurn = [...places, ...places].slice(turn, turn + count);
  const found = await Promise.all(
    (hasDigests ? [home, ...inTurn] : []).map(async (place) => {
      const files = await digestFiles(bucket, place, trail, {
        from: later(at, { hours: -digestHours }),
        to: at,
      });
      return [placeName(place), files.at(-1)?.at] as const;
    }),
  );
  const arrived = found.flatMap(([place, last]) => (last === undefined ? [] : [[place, last]]));
  const silent = { ...before.silent };
  // All files of these were deleted.
  const names = new Set([home, ...places].map(placeName));
  for (const place of Object.keys(before.lastDigests)) {
    if (!names.has(place)) silent[place] ??= at;
  }
  for (const [place, last] of found) {
    if (last !== undefined) delete silent[place];
    else if (before.lastDigests[place] !== undefined) silent[place] ??= at;
  }
  const logFile = before.hasLogFiles ? await newestLogFile(bucket, home, now) : null;
  return {
    ...before,
    places: [...places],
    unchecked: listed === null ? before.unchecked : listed.length - places.length,
    turn: turn + count,
    problem: null,
    listedAt: isListed ? before.listedAt : at,
    lastLogFile: logFile ?? before.lastLogFile,
    lastDigests: { ...before.lastDigests, ...Object.fromEntries(arrived) },
    silent,
  };
}

export const placeName = ({ account, region }: Omit<LogPlace, 'folder'>): string =>
  `${account} ${region}`;

/**
 * For so long no digest file may arrive. They cover an hour, are delivered also if nothing happened, and come some minutes
 * after its end. Source: CloudTrail user guide, "CloudTrail digest file structure".
 */
export const digestHours = 3;
