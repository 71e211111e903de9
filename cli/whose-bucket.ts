import type { Baseline } from '#core/baseline.ts';

/**
 * The owner of the bucket as it was captured before, as states to look for: S3 tells nobody whose a bucket is, but whether it is
 * a given account's.
 */
export function whoseBucket(known: Baseline | null): Baseline['states'] {
  const owner: unknown = known?.states.sink && Reflect.get(known.states.sink, 'BucketOwner');
  return typeof owner === 'string' ? { sink: { BucketOwner: owner } } : {};
}
