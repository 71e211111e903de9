import type { Aws } from '#aws/clients.ts';
import { findBucketOwner } from '#drift/bucket-owner-probe.ts';
import type { States } from '#drift/kind.ts';
import type { Settings } from '#drift/settings-schema.ts';
import type { Trail } from '#trail/trail-arn.ts';

type ToCapture = { readonly live: States; readonly written: States };

/** What is to be captured, with the owner of the bucket if nothing is stated about it and it can be found. */
export async function withBucketOwner(
  aws: Aws,
  trail: Trail,
  { live, written }: ToCapture,
): Promise<ToCapture> {
  const sink = { ...live.sink, ...written.sink } as Readonly<Record<string, string | null>>;
  if (sink.BucketOwner !== null || Object.hasOwn(written.sink ?? {}, 'BucketOwner')) {
    return { live, written };
  }
  const { S3BucketName } = { ...live.settings, ...written.settings } as Settings;
  const BucketOwner = await findBucketOwner(aws, sink.BucketRegion ?? trail.region, S3BucketName);
  return {
    live: { ...live, sink: { ...live.sink, BucketOwner } },
    written: { ...written, sink: { ...written.sink, BucketOwner } },
  };
}
