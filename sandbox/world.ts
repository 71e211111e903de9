import type { CloudTrailRecord } from './cloudtrail/record.ts';
import type { Trails } from './cloudtrail/trails.ts';

/** The state of every account of the sandbox: what a call reads and changes. */
export type World = {
  readonly organization: Organization;
  readonly regions: readonly string[];
  readonly buckets: Map<string, Bucket>;
  /** KMS keys by key ARN. */
  readonly keys: Map<string, KmsKey>;
  /** Key ARNs by alias ARN. */
  readonly aliases: Map<string, string>;
  readonly trails: Trails;
  /** What CloudTrail recorded, of every account and Region, oldest first. */
  readonly history: CloudTrailRecord[];
};

/** An account and a Region: where a caller stands, and what a trail is visible from. */
export type Place = { readonly accountId: string; readonly region: string };

export type Organization = {
  readonly managementAccount: string;
  readonly members: readonly string[];
};

export type Bucket = { readonly owner: string; readonly region: string };

export type KmsKey = {
  readonly keyId: string;
  readonly accountId: string;
  readonly region: string;
};
