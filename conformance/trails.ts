import {
  type CloudTrailClient,
  paginateListTrails,
  type TrailInfo,
} from '@aws-sdk/client-cloudtrail';

/** The trails of an account in all Regions, from all pages. */
export async function trailsOf(client: CloudTrailClient): Promise<readonly TrailInfo[]> {
  const trails: TrailInfo[] = [];
  for await (const { Trails = [] } of paginateListTrails({ client }, {})) trails.push(...Trails);
  return trails;
}
