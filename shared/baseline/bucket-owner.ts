import { findBucketOwner } from '#drift/dependencies/bucket-owner-probe.ts';
import type { States } from '#drift/kind.ts';
import type { Settings } from '#drift/settings-table.ts';
import { memberOf } from './named-dependencies.ts';
import { type LiveTrail, readStates } from './read-states.ts';

/** The live states of a trail, and the states that an operator gave in their place. */
export type StatesToCapture = { readonly live: States; readonly given: States };

/**
 * Reads the live states. The bucket owner of the known baseline stays as it is unless the operator gives another one or the trail has
 * another bucket, because S3 does not report who owns a bucket.
 */
export async function readWithKnownOwner(
  live: LiveTrail,
  known: States,
  given: States = {},
): Promise<StatesToCapture> {
  const owner = memberOf(known.bucket, 'Owner') ?? null;
  if (owner === null) return { live: await readStates(live, given), given };
  const owned = { ...given, bucket: { Owner: owner, ...given.bucket } };
  const states = await readStates(live, owned);
  const isSameBucket =
    memberOf({ ...states.settings, ...given.settings }, 'S3BucketName') ===
    memberOf(known.settings, 'S3BucketName');
  if (isSameBucket) return { live: states, given: owned };
  return { live: await readStates({ ...live, onUnread: () => {} }, given), given };
}

/** Adds the owner of the bucket, if the operator does not give it and it can be found, and what can be read of that owner's bucket. */
export async function withFoundOwner(
  source: LiveTrail,
  { live, given }: StatesToCapture,
): Promise<StatesToCapture> {
  const bucket = { ...live.bucket, ...given.bucket } as Readonly<Record<string, string | null>>;
  const isGiven = Object.hasOwn(given.bucket ?? {}, 'Owner');
  if (isGiven || bucket.Owner !== null) return { live, given };
  const { aws, trail, kinds } = source;
  const settings = { ...live.settings, ...given.settings } as Settings;
  const Owner = await findBucketOwner(aws, bucket.Region ?? trail.region, settings.S3BucketName);
  const owned = { ...given, bucket: { ...given.bucket, Owner } };
  if (Owner === null) return { live: { ...live, bucket: { ...live.bucket, Owner } }, given: owned };
  const ofBucket = { ...source, kinds: kinds.filter(({ name }) => name === 'bucket') };
  const again = await readStates(ofBucket, { ...owned, settings });
  return { live: { ...live, ...again }, given: owned };
}
