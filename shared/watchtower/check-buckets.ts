import * as z from 'zod';
import type { LogBucket } from '#log-files/log-bucket.ts';
import type { Alarm } from './alarm.ts';
import { arrivalAlarms } from './arrival-alarms.ts';
import { reasonOf, type TrailCheck } from './check-trails.ts';
import { inTime } from './in-time.ts';
import { checkArrivals, expectedOf, type TrailArrivals, trailArrivals } from './log-arrivals.ts';

/** What arrived in the buckets of the trails: the one proof of recording that cannot be written with the rights of the watched account. */
export const bucketMemory = z.object({
  at: z.iso.datetime().nullable(),
  trails: z.record(z.string(), trailArrivals),
});
export type BucketMemory = z.infer<typeof bucketMemory>;
export const noBucketMemory: BucketMemory = { at: null, trails: {} };

export type WatchedBuckets = {
  /** The buckets that the watchtower may list. */
  readonly logBuckets: readonly string[];
  /** The ID of the organization; null if there is none. */
  readonly organization: string | null;
  readonly open: (bucket: string) => LogBucket;
};

/**
 * Checks the buckets in every third sweep period, for the baselines in force; if the account cannot be read, for those of the last check.
 */
export async function checkBuckets(
  before: BucketMemory,
  checks: readonly TrailCheck[] | null,
  watched: WatchedBuckets,
  now: Date,
  periodMs: number,
): Promise<{ readonly memory: BucketMemory; readonly alarms: readonly Alarm[] }> {
  if (watched.logBuckets.length === 0) return { memory: noBucketMemory, alarms: [] };
  const known =
    checks === null
      ? before.trails
      : Object.fromEntries(
          checks.flatMap(({ baseline }) => {
            if (baseline === null) return [];
            const expected = expectedOf(baseline, before.trails[baseline.trail], watched, now);
            return expected === null ? [] : [[baseline.trail, expected] as const];
          }),
        );
  const isDue =
    before.at === null || Math.abs(now.getTime() - Date.parse(before.at)) >= 2.5 * periodMs;
  const check = async (trail: string, was: TrailArrivals): Promise<TrailArrivals> => {
    if (!isDue) return was;
    try {
      return await inTime(
        patienceSeconds,
        'it was not listed',
        checkArrivals(trail, was, watched.open(was.bucket), now),
      );
    } catch (error) {
      return { ...was, problem: reasonOf(error) };
    }
  };
  const trails = Object.fromEntries(
    await Promise.all(
      Object.entries(known).map(async ([trail, was]) => [trail, await check(trail, was)] as const),
    ),
  );
  return {
    memory: { at: isDue ? now.toISOString() : before.at, trails },
    alarms: Object.entries(trails).flatMap(([trail, seen]) => arrivalAlarms(trail, seen, now)),
  };
}

/** Someone may have filled the bucket with files. */
const patienceSeconds = 15;
