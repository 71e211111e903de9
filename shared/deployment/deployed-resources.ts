import { auditedPartitions } from '#aws/state-table-keys.ts';
import { renderChange } from '#reconcile/render-plan.ts';
import { type Change, diff, type Json } from '#text/diff.ts';

/**
 * The resources between a CloudTrail call and its repair, in a form that can be compared: as deployed, or as observed. A resource
 * that does not exist is null. Fields have the names of the AWS APIs.
 */
export type DeployedResources = {
  /** By ARN. */
  readonly rules: Readonly<Record<string, DeployedRule | null>>;
  readonly functions: Readonly<Record<string, DeployedFunction | null>>;
  /** The event source mapping of the state table, by ID. */
  readonly mappings: Readonly<Record<string, DeployedMapping | null>>;
  readonly schedules: Readonly<Record<string, DeployedSchedule | null>>;
  readonly roles: Readonly<Record<string, DeployedRole | null>>;
  /** Which other accounts may put events on the bus. */
  readonly bus: { readonly Senders: readonly string[] } | null;
  /** How many messages are in the dead-letter queue of each forwarder, by its ARN. */
  readonly undelivered: Readonly<Record<string, number | null>>;
};

export type DeployedRule = {
  readonly State: string;
  readonly EventPattern: Json;
  readonly Targets: readonly DeployedTarget[];
};

export type DeployedTarget = {
  readonly Arn: string;
  readonly RoleArn: string | null;
  readonly DeadLetterArn: string | null;
  /** Whether the target gets something other than the event. */
  readonly IsRewritten: boolean;
};

export type DeployedFunction = FunctionSettings & {
  /** In seconds. */
  readonly Timeout: number;
  readonly CodeSha256: string;
  readonly Role: string;
  readonly Layers: readonly string[];
  readonly Environment: Readonly<Record<string, Json>>;
  readonly ReservedConcurrentExecutions: number | null;
  readonly OnFailure: string | null;
  /** The ARNs of the rules that may invoke it. */
  readonly Rules: readonly string[];
};

/** The settings that all functions share. */
export type FunctionSettings = {
  readonly Handler: string;
  readonly MaximumRetryAttempts: number;
  readonly MaximumEventAgeInSeconds: number;
};

export const functionSettings: FunctionSettings = {
  Handler: 'index.handler',
  MaximumRetryAttempts: 2,
  MaximumEventAgeInSeconds: 3600,
};

export type DeployedMapping = MappingSettings & {
  readonly State: string;
  readonly FunctionArn: string;
  readonly TableArn: string;
  readonly OnFailure: string | null;
};

export type MappingSettings = {
  readonly BatchSize: number;
  readonly BisectBatchOnFunctionError: boolean;
  readonly MaximumRetryAttempts: number;
  /** Patterns as JSON; a record must match one of them. */
  readonly Filters: readonly string[];
};

/** The filter leaves out the rows that functions write: incidents and notification state. */
export const mappingSettings: MappingSettings = {
  BatchSize: 20,
  BisectBatchOnFunctionError: true,
  MaximumRetryAttempts: 20,
  Filters: [
    JSON.stringify({
      dynamodb: { Keys: { pk: { S: [{ prefix: 'arn:' }, ...auditedPartitions] } } },
    }),
  ],
};

export type DeployedSchedule = {
  readonly State: string;
  readonly ScheduleExpression: string;
  readonly Arn: string;
  readonly RoleArn: string;
  readonly Input: Json;
};

/** What a role may do, without resources and conditions (docs/decisions/0022-compare-role-actions.md). */
export type DeployedRole = {
  /** The principals that may assume it. */
  readonly TrustedBy: readonly string[];
  /** The actions that its inline policies allow; an entry of a Deny statement begins with `deny `. */
  readonly Actions: readonly string[];
  readonly PermissionsBoundary: string | null;
  readonly AttachedPolicies: readonly string[];
};

/** The differences between the deployed and the observed resources, one line each, for people. */
export const diffDeployment = (
  deployed: DeployedResources,
  observed: DeployedResources,
): readonly string[] =>
  changesOf(deployed as Json, observed as Json).map((change) => {
    const isGone =
      change.actual === null &&
      (typeof change.desired === 'object' || change.path.startsWith('undelivered.'));
    return isGone ? `${change.path} is gone` : renderChange('', change);
  });

/** An added field counts, too: it can stop a pattern from matching, or make a sweep only observe. */
function changesOf(deployed: Json, observed: Json): readonly Change[] {
  const changes = diff(deployed, observed);
  const paths = new Set(changes.map(({ path }) => path));
  const added = diff(observed, deployed).filter(({ path }) => !paths.has(path));
  return [
    ...changes,
    ...added.map(({ path, desired, actual }) => ({ path, desired: actual, actual: desired })),
  ];
}
