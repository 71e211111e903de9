import { partitionOf } from './partitions.ts';
import { type AccountRegion, names } from './resource-names.ts';

/** The ARNs of what the watchtower offers to the account that it watches. */
export function watchtowerArns({ account, region }: AccountRegion) {
  const arn = (service: string, resource: string): string =>
    `arn:${partitionOf(region)}:${service}:${region}:${account}:${resource}`;
  return {
    /** The bus that receives heartbeats. */
    bus: arn('events', `event-bus/${names.watchtower}`),
    /** The key that signs them, by its alias: its ID does not exist before the deployment. */
    key: arn('kms', watchtowerAlias),
    keys: arn('kms', 'key/*'),
  };
}

/** The bucket for evidence, in the account of the watchtower. */
export const evidenceBucketName = ({ account, region }: AccountRegion): string =>
  `trailkeeper-evidence-${account}-${region}`;

export const watchtowerAlias = `alias/${names.watchtower}`;
