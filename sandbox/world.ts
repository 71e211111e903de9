import type { AccountRegion } from './account-region.ts';
import type { LogFiles } from './cloudtrail/log-files/log-files.ts';
import type { CloudTrailRecord } from './cloudtrail/record-type.ts';
import type { StatusFields, Trails } from './cloudtrail/trail-state.ts';
import type { Products } from './products/product.ts';
import type { Workspace } from './slack/workspace.ts';
import type { Stack } from './stack.ts';
import type { Execution, MapRun, StateMachine } from './stepfunctions/executions.ts';

/** The state of all accounts of the sandbox. */
export type World = {
  readonly organization: Organization;
  readonly buckets: Map<string, Bucket>;
  /** KMS keys by key ARN. */
  readonly keys: Map<string, KmsKey>;
  /** Key ARNs by alias ARN. */
  readonly aliases: Map<string, string>;
  /** SNS topics by ARN. */
  readonly topics: Map<string, Topic>;
  /** The subscriptions of topics, in the order in which they were made. */
  readonly subscriptions: Subscription[];
  /** The messages published to topics, oldest first. */
  readonly notifications: Notification[];
  /** The policies of queues, as JSON, by the queue's ARN. */
  readonly queuePolicies: Map<string, string>;
  /** The resource policies of tables, as JSON, by the table's ARN. */
  readonly tablePolicies: Map<string, string>;
  /** Created event buses by ARN. Default buses are not stored. */
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
  /** By host. */
  functionUrls: Map<string, { readonly functionArn: string; readonly authType: string }>;
  /** Event source mappings by UUID. */
  readonly mappings: Map<string, Mapping>;
  /** The state machines of Step Functions by ARN. */
  readonly stateMachines: Map<string, StateMachine>;
  /** Executions of state machines by ARN, in the order in which they started. */
  readonly executions: Map<string, Execution>;
  /** Runs of distributed maps by ARN. */
  readonly mapRuns: Map<string, MapRun>;
  /** Schedules by ARN. */
  readonly schedules: Map<string, Schedule>;
  /** Log groups by ARN without `:*`. */
  readonly logGroups: Map<string, LogGroup>;
  /** The alarms of CloudWatch by ARN. */
  readonly alarms: Map<string, MetricAlarm>;
  /** Secrets by ARN. */
  readonly secrets: Map<string, Secret>;
  /** The Slack workspace that alerts are sent to. */
  slack: Workspace;
  /** The other products that alerts are sent to. */
  readonly products: Products;
  /** The e-mails that Amazon SES sent, oldest first. */
  readonly emails: Email[];
  /** The findings of Security Hub by ID. */
  readonly findings: Map<string, Finding>;
  /** What customers changed of them. */
  readonly findingsOfCustomers: Map<string, Finding>;
  readonly trails: Trails;
  /** Whether trails accept advanced selectors that AWS documents only for event data stores. */
  readonly lenientSelectors: boolean;
  /** Earlier states of the trails, each with the time at which it changed, oldest first. */
  readonly earlierTrails: { readonly until: Date; readonly trails: Trails }[];
  /** Overridden fields of GetTrailStatus, by trail ARN. */
  readonly statusOverrides: Map<string, StatusFields>;
  /** The stacks of CloudFormation by ARN. */
  readonly stacks: Map<string, Stack>;
  /** The change sets that were created and not executed, by ARN. */
  readonly changeSets: Map<string, ChangeSet>;
  /** The objects of buckets, by bucket and key with a slash between them. */
  readonly objects: Map<string, Buffer>;
  /** The metadata of objects, by the same paths. */
  readonly objectMetadata: Map<string, Readonly<Record<string, string>>>;
  /** The versions of objects in buckets with versioning, the oldest first, by the same paths. */
  readonly objectVersions: Map<string, readonly ObjectVersion[]>;
  /** The parameters of Systems Manager, by account, Region and name. */
  readonly parameters: Map<string, string>;
  /** The managed policies of accounts by ARN. */
  readonly policies: Map<string, ManagedPolicy>;
  /** The status of stacks by name; default: CREATE_COMPLETE. */
  readonly stackStatus: Map<string, string>;
  /** The CloudTrail records of all accounts and Regions, in order of arrival. */
  readonly history: CloudTrailRecord[];
  /** What trails have recorded and not yet delivered. */
  readonly logFiles: LogFiles;
  /** The delay of records in event history. */
  readonly historyLag: { ms: number };
};
/** An e-mail that Amazon SES sent. */
export type Email = {
  readonly from: string;
  readonly to: readonly string[];
  readonly subject: string;
  readonly html: string;
  readonly text: string;
  readonly headers: Readonly<Record<string, string>>;
};

/** A metric alarm as it was put. */
export type MetricAlarm = Readonly<Record<string, unknown>>;

/** A finding of Security Hub in the AWS Security Finding Format. */
export type Finding = Readonly<Record<string, unknown>>;

export type Organization = {
  readonly id: string;
  readonly managementAccount: string;
  readonly members: readonly string[];
  /** The start of trusted access by service principal. */
  readonly trustedServices: Map<string, Date>;
  readonly delegations: Delegation[];
  /** The enabled types of policies. */
  readonly policyTypes: Set<ControlPolicy['type']>;
  /** Policies by id. AWS's own, which allow everything, are not stored. */
  readonly controlPolicies: Map<string, ControlPolicy>;
};

/** A service or resource control policy, and the accounts or the root that it is attached to. */
export type ControlPolicy = {
  readonly type: 'SERVICE_CONTROL_POLICY' | 'RESOURCE_CONTROL_POLICY';
  readonly document: object;
  readonly targets: Set<string>;
};

/** A member account that is a delegated administrator of a service. */
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
  /** Whether it is drift-aware. */
  readonly revertsDrift: boolean;
  /** Whether resources that exist under their names become part of the stack. */
  readonly importsExisting: boolean;
};

/** Version 1 is the first of `versions`; a version that was deleted is null. */
export type ManagedPolicy = {
  readonly versions: readonly (string | null)[];
  readonly defaultVersion: number;
};

/** `policy` is JSON, or null if there is none. */
export type Bucket = {
  readonly owner: string;
  readonly region: string;
  readonly policy: string | null;
  /** The configurations that were put, by the name that their URL has, for example `lifecycle`. */
  readonly configurations?: Readonly<Record<string, BucketConfiguration>>;
};

/** A part of a bucket's configuration: elements of XML by name. */
export type BucketConfiguration = Readonly<Record<string, unknown>>;

export type KmsKey = {
  readonly keyId: string;
  readonly accountId: string;
  readonly region: string;
  readonly state:
    | 'Enabled'
    | 'Disabled'
    | 'PendingDeletion'
    | 'PendingReplicaDeletion'
    | 'PendingImport';
  readonly policy: string;
  /** Absent if KMS made the key material. */
  readonly origin?: 'EXTERNAL';
  /** The Region of the primary key of which this key is a replica. */
  readonly primaryRegion?: string;
  readonly spec: 'SYMMETRIC_DEFAULT' | 'ECC_NIST_P256';
  /** When a key that is pending deletion is deleted. */
  readonly deletionDate?: Date;
  /** Absent for a key that is not rotated. */
  readonly rotationPeriodInDays?: number;
};

export type Topic = {
  readonly policy: string;
  /** The attributes that were set, other than the policy. */
  readonly attributes?: Readonly<Record<string, string>>;
  readonly tags?: Readonly<Record<string, string>>;
};

/** `retentionInDays` and `kmsKeyId` are left out if they are not set; filters are by name. */
export type LogGroup = {
  readonly createdAt: Date;
  readonly retentionInDays?: number;
  readonly kmsKeyId?: string;
  readonly dataProtectionStatus?: 'ACTIVATED' | 'DELETED';
  readonly tags: Readonly<Record<string, string>>;
  readonly metricFilters: ReadonlyMap<string, LogFilter>;
  readonly subscriptionFilters: ReadonlyMap<string, LogFilter>;
};

/** A metric or subscription filter, with the field names of the API. */
export type LogFilter = {
  readonly filterName: string;
  readonly creationTime: number;
  readonly [member: string]: unknown;
};

export type Notification = {
  readonly topicArn: string;
  readonly subject: string | null;
  readonly message: string;
  /** What the publisher stored with it for programs, by name. */
  readonly attributes?: Readonly<Record<string, unknown>>;
  readonly at: Date;
};

export type Subscription = {
  readonly topicArn: string;
  readonly protocol: string;
  readonly endpoint: string;
  /** `PendingConfirmation` until its endpoint confirms it. */
  readonly arn: string;
};

/** `value` is null until one is stored. */
export type Secret = {
  readonly name: string;
  readonly value: string | null;
  readonly versionId: string;
};

/** `policy` is JSON, or null if there is none. */
export type EventBus = { readonly policy: string | null };

export type Rule = {
  readonly name: string;
  readonly busArn: string;
  readonly state: string;
  /** JSON, as it was sent. */
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

/** An IAM role: inline policies by name, managed policies by ARN, and the trust policy. */
export type Role = {
  readonly policies: ReadonlyMap<string, object>;
  readonly attached: readonly string[];
  readonly boundary: string | null;
  readonly trust: object;
};

export type FunctionState = {
  readonly name: string;
  readonly place: AccountRegion;
  /** The path of a zip or a folder. */
  readonly code: string;
  readonly codeSha256: string;
  /** The fields of GetFunctionConfiguration. */
  readonly configuration: FunctionConfiguration;
  readonly reservedConcurrency: number | null;
  readonly invokeConfig: InvokeConfig | null;
  /** The statements of its resource-based policy. */
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

/** An event source mapping, with the field names of the API. */
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

/** A schedule, with the field names of the API. */
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

/** A target, with the field names of the API. */
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

/** A version of an object; a delete marker has no body. */
export type ObjectVersion = {
  readonly VersionId: string;
  readonly body: Buffer | null;
  readonly at: Date;
  /** Until when Object Lock in compliance mode protects it; null if it does not. */
  readonly lockedUntil: Date | null;
};
