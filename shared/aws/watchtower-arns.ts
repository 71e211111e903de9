import { type AccountRegion, arnIn, names } from './resource-names.ts';

/** The ARNs of what the watchtower offers to the account that it watches. */
export const watchtowerArns = (at: AccountRegion) => ({
  /** The bus that receives heartbeats. */
  bus: arnIn(at, 'events', `event-bus/${names.watchtower}`),
  /** The key that signs them, by its alias: its ID does not exist before the deployment. */
  key: arnIn(at, 'kms', watchtowerAlias),
  keys: arnIn(at, 'kms', 'key/*'),
});

/** The bucket for evidence, in the account of the watchtower. */
export const evidenceBucketName = ({ account, region }: AccountRegion): string =>
  `trailkeeper-evidence-${account}-${region}`;

export const watchtowerAlias = `alias/${names.watchtower}`;
