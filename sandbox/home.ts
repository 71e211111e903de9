import { type Partition, partitions, recordedIn } from '#aws/partitions.ts';

/** The partition that this process models: the value of `--partition`, which main.ts first writes to the environment. */
export const partition: Partition = partitionNamed(process.env.SANDBOX_PARTITION ?? 'aws');

/** The start of each ARN. */
export const arnPrefix = `arn:${partition.name}`;

/** The management account and the Region that trailkeeper is deployed to. */
export const home = {
  accountId: '111122223333',
  region: recordedIn('organizations', partition.regions[0] ?? ''),
};

/** The address of every caller. */
export const sourceIp = '198.51.100.23';

/** All Regions that are set up: the main Region and, if the partition has more, one other Region. */
export const regions: readonly string[] = [home.region, ...otherRegion()];

function otherRegion(): readonly string[] {
  const others = partition.regions.filter((region) => region !== home.region);
  // Frankfurt, or the only other Region of a small partition.
  return others.includes('eu-central-1') ? ['eu-central-1'] : others.slice(0, 1);
}

function partitionNamed(name: string): Partition {
  const found = partitions.find((one) => one.name === name);
  if (found === undefined) throw new Error(`${name} is not an AWS partition`);
  return found;
}
