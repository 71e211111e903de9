import type { CloudTrailRecord } from './cloudtrail/record.ts';
import type { StatusFields } from './cloudtrail/status.ts';
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
  /** SNS topics by ARN. */
  readonly topics: Map<string, Topic>;
  /** When each CloudWatch Logs group was made, by its ARN without the `:*`. */
  readonly logGroups: Map<string, Date>;
  readonly trails: Trails;
  /** What GetTrailStatus answers of a trail in place of the truth, by the trail's ARN. */
  readonly statusOverrides: Map<string, StatusFields>;
  /** What CloudTrail recorded, of every account and Region, oldest first. */
  readonly history: CloudTrailRecord[];
};

/** An account and a Region: where a caller stands, and what a trail is visible from. */
export type Place = { readonly accountId: string; readonly region: string };

export type Organization = {
  readonly id: string;
  readonly managementAccount: string;
  readonly members: readonly string[];
  /** Since when each service principal has had trusted access. */
  readonly trustedServices: Map<string, Date>;
  readonly delegations: Delegation[];
};

/** A member account that is delegated administrator of a service. */
export type Delegation = {
  readonly accountId: string;
  readonly servicePrincipal: string;
  readonly since: Date;
};

/** A policy is the JSON text that was put, or null where there is none. */
export type Bucket = {
  readonly owner: string;
  readonly region: string;
  readonly policy: string | null;
};

export type KmsKey = {
  readonly keyId: string;
  readonly accountId: string;
  readonly region: string;
  readonly state: 'Enabled' | 'Disabled' | 'PendingDeletion';
  readonly policy: string;
};

export type Topic = { readonly policy: string };
