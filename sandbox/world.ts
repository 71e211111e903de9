import type { CloudTrailRecord } from './cloudtrail/record-type.ts';
import type { StatusFields, Trails } from './cloudtrail/trail-state.ts';
import type { Place } from './place.ts';
import type { Workspace } from './slack/workspace.ts';
import type { Stack } from './stack.ts';

/** The state of every account of the sandbox: what a call reads and changes. */
export type World = {
  readonly organization: Organization;
  readonly buckets: Map<string, Bucket>;
  /** KMS keys by key ARN. */
  readonly keys: Map<string, KmsKey>;
  /** Key ARNs by alias ARN. */
  readonly aliases: Map<string, string>;
  /** SNS topics by ARN. */
  readonly topics: Map<string, Topic>;
  /** What was published to topics, oldest first. */
  readonly notifications: Notification[];
  /** The policies of queues, as JSON, by the queue's ARN. */
  readonly queuePolicies: Map<string, string>;
  /** Event buses that someone made, by ARN; the default bus of each account and Region is there without that. */
  readonly buses: Map<string, EventBus>;
  /** EventBridge rules by ARN. */
  readonly rules: Map<string, Rule>;
  /** EventBridge archives by ARN. */
  readonly archives: Map<string, Archive>;
  readonly replays: Map<string, Replay>;
  /** IAM roles by ARN. */
  readonly roles: Map<string, Role>;
  /** Lambda functions by ARN. */
  readonly functions: Map<string, FunctionState>;
  /** What hands the records of streams to functions, by UUID. */
  readonly mappings: Map<string, Mapping>;
  /** Schedules by ARN. */
  readonly schedules: Map<string, Schedule>;
  /** When each CloudWatch Logs group was made, by its ARN without the `:*`. */
  readonly logGroups: Map<string, Date>;
  /** Secrets by ARN. */
  readonly secrets: Map<string, Secret>;
  /** The workspace of Slack that people are notified in. */
  slack: Workspace;
  readonly trails: Trails;
  /** Whether trails take the advanced selectors that AWS documents for event data stores only. */
  readonly lenientSelectors: boolean;
  /** The trails as they were until each time that one changed, oldest first. */
  readonly earlierTrails: { readonly until: Date; readonly trails: Trails }[];
  /** What GetTrailStatus answers of a trail in place of the truth, by the trail's ARN. */
  readonly statusOverrides: Map<string, StatusFields>;
  /** The stacks of CloudFormation by ARN. */
  readonly stacks: Map<string, Stack>;
  /** The change sets that were created and not executed, by ARN. */
  readonly changeSets: Map<string, ChangeSet>;
  /** The objects of buckets, by bucket and key with a slash between them. */
  readonly objects: Map<string, Buffer>;
  /** The parameters of Systems Manager, by account, Region and name. */
  readonly parameters: Map<string, string>;
  /** The managed policies of accounts by ARN. */
  readonly policies: Map<string, ManagedPolicy>;
  /** The status of a stack by name, where it is not CREATE_COMPLETE. */
  readonly stackStatus: Map<string, string>;
  /** What CloudTrail recorded, of every account and Region, in the order in which it came. */
  readonly history: CloudTrailRecord[];
  /** How much later event history hears of it. */
  readonly historyLag: { ms: number };
};
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

/** A template for a stack that a caller wants to deploy. */
export type ChangeSet = {
  readonly stackName: string;
  readonly template: string;
  readonly parameters: Readonly<Record<string, string>>;
};

/** Version 1 is the first of `versions`; a version that was deleted is null. */
export type ManagedPolicy = {
  readonly versions: readonly (string | null)[];
  readonly defaultVersion: number;
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
  readonly spec: 'SYMMETRIC_DEFAULT' | 'ECC_NIST_P256';
};

export type Topic = { readonly policy: string };

export type Notification = {
  readonly topicArn: string;
  readonly subject: string | null;
  readonly message: string;
  readonly at: Date;
};

/** The value is null as long as no one has put one in. */
export type Secret = {
  readonly name: string;
  readonly value: string | null;
  readonly versionId: string;
};

/** Policies are JSON texts, or null where there is none. */
export type EventBus = { readonly policy: string | null };

export type Rule = {
  readonly name: string;
  readonly busArn: string;
  readonly state: string;
  /** As JSON, the way it was put. */
  readonly pattern: string;
  readonly description?: string;
  readonly targets: readonly Target[];
};

export type Archive = {
  readonly name: string;
  readonly busArn: string;
  readonly pattern: string | null;
  readonly retentionDays: number;
  readonly events: object[];
};

export type Replay = {
  readonly name: string;
  readonly archiveArn: string;
  readonly busArn: string;
};

/** The inline policies of a role by name, and who may take it, as documents; managed policies by their ARNs. */
export type Role = {
  readonly policies: ReadonlyMap<string, object>;
  readonly attached: readonly string[];
  readonly boundary: string | null;
  readonly trust: object;
};

export type FunctionState = {
  readonly name: string;
  readonly place: Place;
  /** A zip, or a folder. */
  readonly code: string;
  readonly codeSha256: string;
  /** As GetFunctionConfiguration has them: Handler, Role, Timeout, MemorySize, Environment … */
  readonly configuration: FunctionConfiguration;
  readonly reservedConcurrency: number | null;
  readonly invokeConfig: InvokeConfig | null;
  /** The statements of its policy. */
  readonly policy: readonly PolicyStatement[];
};

export type FunctionConfiguration = {
  readonly Handler: string;
  readonly Role: string;
  readonly Timeout: number;
  readonly MemorySize: number;
  readonly Environment?: { readonly Variables?: Readonly<Record<string, string>> };
  readonly [member: string]: unknown;
};

export type InvokeConfig = {
  readonly MaximumRetryAttempts?: number;
  readonly MaximumEventAgeInSeconds?: number;
  readonly DestinationConfig?: { readonly OnFailure?: { readonly Destination?: string } };
};

/** An event source mapping under the names of the API. */
export type Mapping = {
  readonly UUID: string;
  readonly FunctionArn: string;
  readonly EventSourceArn: string;
  readonly State: 'Enabled' | 'Disabled';
  readonly BatchSize: number;
  readonly BisectBatchOnFunctionError: boolean;
  readonly MaximumRetryAttempts: number;
  readonly FilterCriteria?: { readonly Filters?: readonly { readonly Pattern: string }[] };
  readonly DestinationConfig?: { readonly OnFailure?: { readonly Destination?: string } };
};

export type PolicyStatement = { readonly Sid: string; readonly [member: string]: unknown };

/** A schedule under the names of the API. */
export type Schedule = {
  readonly Name: string;
  readonly State: string;
  readonly ScheduleExpression: string;
  readonly Target: {
    readonly Arn: string;
    readonly RoleArn: string;
    readonly Input?: string;
    readonly DeadLetterConfig?: { readonly Arn?: string };
  };
  readonly [member: string]: unknown;
};

/** A target under the names of the API. */
export type Target = {
  readonly Id: string;
  readonly Arn: string;
  readonly RoleArn?: string;
  readonly DeadLetterConfig?: { readonly Arn?: string };
  readonly Input?: string;
  readonly InputPath?: string;
  readonly InputTransformer?: {
    readonly InputPathsMap?: Readonly<Record<string, string>>;
    readonly InputTemplate: string;
  };
};
