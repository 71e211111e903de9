import { randomUUID } from 'node:crypto';
import { allowCloudTrailWrites, createBucket, removeBucket } from './bucket.ts';
import { clientsOf } from './clients.ts';
import type { Context } from './context.ts';
import { trailsOf } from './trails.ts';

/** Creates what a whole run shares: a bucket that its trails deliver to. */
export async function createRunResources(
  given: Omit<Context, 'run' | 'bucket'>,
): Promise<{ readonly context: Context; clear(): Promise<void> }> {
  const run = `trailkeeper-conformance-${randomUUID().slice(0, 6)}`;
  const context = { ...given, run, bucket: run };
  const { s3 } = clientsOf(given.connection, given.region);
  const clear = async () => {
    await removeTrails(context);
    await removeBucket(s3, run);
  };
  try {
    await createBucket(s3, run, context);
    await allowCloudTrailWrites(s3, run, context);
  } catch (error) {
    await clear();
    throw error;
  }
  return { context, clear };
}

/** Deletes the trails that remain from an interrupted run. */
async function removeTrails({ run, connection, region }: Context): Promise<void> {
  const trails = await trailsOf(clientsOf(connection, region).cloudtrail);
  for (const { TrailARN = '', Name = '', HomeRegion = region } of trails) {
    if (!Name.startsWith(run)) continue;
    await clientsOf(connection, HomeRegion).cloudtrail.deleteTrail({ Name: TrailARN });
  }
}

/** A Region has room for five trails, and a case creates up to three. Fails early if there is no room. */
export async function checkRoom({
  connection,
  region,
  otherRegion,
}: Pick<Context, 'connection' | 'region' | 'otherRegion'>): Promise<void> {
  for (const one of [region, otherRegion]) {
    const { trailList = [] } = await clientsOf(connection, one).cloudtrail.describeTrails({});
    if (trailList.length <= 2) continue;
    throw new Error(
      `${one} has ${trailList.length} of five trails, and a run needs room for three: use other Regions or another account`,
    );
  }
}
