import { type FunctionName, timeouts } from '#aws/function-timeouts.ts';
import { type AccountRegion, names, roleArn } from '#aws/resource-names.ts';
import { auditedPartitions } from '#aws/state-table-keys.ts';
import type { TriggerEvents } from '#drift/kind.ts';
import { renderChange } from '#reconcile/render-plan.ts';
import { type Change, diff, type Json } from '#text/diff.ts';
import { type EventRule, type RuleTarget, rulesOf } from './event-rules.ts';
import { accountRegionsOf, arnsOf, forwardRole, queueArn, type Topology } from './topology.ts';

/**
 * What stands between a call and its repair, in canonical form: what was deployed, or what is there now. A part that is gone
 * is null. Names of members are AWS's.
 */
export type DeployedResources = {
  readonly rules: Readonly<Record<string, RuleWiring | null>>;
  readonly functions: Readonly<Record<string, FunctionWiring | null>>;
  /** What hands the changes of the state table to their function, by its id. */
  readonly mappings: Readonly<Record<string, MappingWiring | null>>;
  readonly schedules: Readonly<Record<string, ScheduleWiring | null>>;
  readonly roles: Readonly<Record<string, RoleWiring | null>>;
  readonly bus: { readonly Senders: readonly string[] } | null;
  /** How many events wait in the queue of each place that forwards. */
  readonly undelivered: Readonly<Record<string, number | null>>;
};

export type RuleWiring = {
  readonly State: string;
  readonly EventPattern: Json;
  readonly Targets: readonly TargetWiring[];
};

export type TargetWiring = {
  readonly Arn: string;
  readonly RoleArn: string | null;
  readonly DeadLetterArn: string | null;
  /** Whether the target gets something else than the event. */
  readonly IsRewritten: boolean;
};

export type FunctionWiring = FunctionSettings & {
  /** In seconds. */
  readonly Timeout: number;
  readonly CodeSha256: string;
  readonly Role: string;
  readonly Layers: readonly string[];
  readonly Environment: Readonly<Record<string, string>>;
  readonly ReservedConcurrentExecutions: number | null;
  readonly OnFailure: string | null;
  /** The rules that may invoke it, as ARNs. */
  readonly Rules: readonly string[];
};

/** What all functions have in common. */
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
export type MappingWiring = MappingSettings & {
  readonly State: string;
  readonly FunctionArn: string;
  readonly TableArn: string;
  readonly OnFailure: string | null;
};

export type MappingSettings = {
  readonly BatchSize: number;
  readonly BisectBatchOnFunctionError: boolean;
  readonly MaximumRetryAttempts: number;
  /** Patterns as JSON, of which a record has to match one. */
  readonly Filters: readonly string[];
};

/** What functions write for themselves is not handed on: incidents, and what was told of them. */
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

export type ScheduleWiring = {
  readonly State: string;
  readonly ScheduleExpression: string;
  readonly Arn: string;
  readonly RoleArn: string;
  readonly Input: Json;
};

/**
 * What a role may do, by the names of the actions alone: on which resources, and under which conditions, is told by the event of
 * the call that changed it.
 */
export type RoleWiring = {
  readonly TrustedBy: readonly string[];
  readonly Actions: readonly string[];
  /** What takes away again, wholly or in part, what is allowed. */
  readonly Denied: readonly string[];
  readonly PermissionsBoundary: string | null;
  readonly AttachedPolicies: readonly string[];
};

/** What is deployed, beside the layout, that the wiring follows from. */
export type DeployedSettings = {
  readonly sweepEvery: string;
  readonly reservedConcurrency: number | null;
  readonly lookupsPerSecond: number;
  /** The SHA-256 of each function's code, as Lambda gives it. */
  readonly code: Readonly<Record<FunctionName, string>>;
  /** The id of what hands the changes of the state table on. */
  readonly mapping: string;
  /** The roles of the main place by name: who may take them, and the actions that they are granted. */
  readonly roles: Readonly<Record<string, RoleSettings>>;
};

export type RoleSettings = Pick<RoleWiring, 'TrustedBy' | 'Actions'>;
/** How often the wiring is looked at. Each look is some sixty calls that CloudTrail records. */
export const selfCheckEvery = '5 minutes';

export type Environments = Readonly<Record<FunctionName, Readonly<Record<string, string>>>>;

/** The wiring that was deployed. */
export function expectedResources(
  layout: Topology,
  { sweepEvery, reservedConcurrency, code, mapping, roles }: DeployedSettings,
  { hints, environments }: { hints: readonly TriggerEvents[]; environments: Environments },
): DeployedResources {
  const arns = arnsOf(layout);
  const [main, ...forwarders] = accountRegionsOf(layout);
  const withMapping = { ...layout, mapping };
  const ours = [main, ...forwarders].filter(({ account }) => account === layout.account);
  const rules = ours.flatMap((place) =>
    rulesOf(place, withMapping, hints).map((rule) => ({ place, rule, arn: ruleArn(place, rule) })),
  );

  const functionWiring = (name: FunctionName, role: string): FunctionWiring => ({
    ...functionSettings,
    Timeout: timeouts[name],
    CodeSha256: code[name],
    Role: roleArn(main, role),
    Layers: [],
    Environment: environments[name],
    ReservedConcurrentExecutions: reservedConcurrency,
    OnFailure: queueArn(main),
    Rules: rules
      .filter(({ rule }) => rule.targets.includes(name as RuleTarget))
      .map(({ arn }) => arn)
      .toSorted(),
  });
  const schedule = (rate: string, name: 'sweep' | 'selfCheck'): ScheduleWiring => ({
    State: 'ENABLED',
    ScheduleExpression: `rate(${rate})`,
    Arn: arns[name],
    RoleArn: roleArn(main, names.scheduleRole),
    Input: {},
  });

  return {
    rules: Object.fromEntries(
      rules.map(({ place, rule, arn }) => [arn, ruleWiring(rule, place, layout)]),
    ),
    functions: {
      [names.sweep]: functionWiring('sweep', names.reconcileRole),
      [names.remediate]: functionWiring('remediate', names.reconcileRole),
      [names.selfCheck]: functionWiring('selfCheck', names.selfCheckRole),
      [names.alert]: functionWiring('alert', names.alertRole),
      [names.backfill]: functionWiring('backfill', names.reconcileRole),
      [names.audit]: functionWiring('audit', names.auditRole),
    },
    mappings: {
      [mapping]: {
        ...mappingSettings,
        State: 'Enabled',
        FunctionArn: arns.audit,
        TableArn: arns.table,
        OnFailure: queueArn(main),
      },
    },
    schedules: {
      [names.sweep]: schedule(sweepEvery, 'sweep'),
      [names.selfCheck]: schedule(selfCheckEvery, 'selfCheck'),
    },
    roles: Object.fromEntries(
      [...ours.map(forwarding), ...Object.entries(roles)].map(([name, granted]) => [
        name,
        { ...granted, Denied: [], PermissionsBoundary: null, AttachedPolicies: [] },
      ]),
    ),
    bus: { Senders: layout.delegatedAdministrators.toSorted() },
    undelivered: Object.fromEntries(forwarders.map((place) => [queueArn(place), 0])),
  };
}

/** The role with which a place sends events to the bus. */
const forwarding = ({ region }: AccountRegion): readonly [name: string, granted: RoleSettings] => [
  forwardRole(region),
  { TrustedBy: ['events.amazonaws.com'], Actions: ['events:PutEvents'] },
];

export const ruleArn = (
  { account, region }: AccountRegion,
  { name, bus }: Pick<EventRule, 'name' | 'bus'>,
): string =>
  arnsOf({ account, region, homeRegions: [], delegatedAdministrators: [] }).bus.replace(
    `event-bus/${names.bus}`,
    `rule/${bus === 'default' ? '' : `${bus}/`}${name}`,
  );

function ruleWiring(
  { pattern, targets }: EventRule,
  place: AccountRegion,
  layout: Topology,
): RuleWiring {
  const arns = arnsOf(layout);
  return {
    State: 'ENABLED',
    EventPattern: pattern as unknown as Json,
    Targets: targets
      .map((target) => ({
        Arn: arns[target],
        RoleArn: target === 'bus' ? roleArn(place, forwardRole(place.region)) : null,
        DeadLetterArn: queueArn(place),
        IsRewritten: target === 'alarms',
      }))
      .toSorted((one, other) => (one.Arn < other.Arn ? -1 : 1)),
  };
}

/** How the wiring that is there differs from what was deployed, a line a difference, for people. */
export const diffDeployment = (
  deployed: DeployedResources,
  found: DeployedResources,
): readonly string[] =>
  changesOf(deployed as Json, found as Json).map((change) => {
    const isGone =
      change.actual === null &&
      (typeof change.desired === 'object' || change.path.startsWith('undelivered.'));
    return isGone ? `${change.path} is gone` : renderChange('', change);
  });

/** What was added to a part is a change, too: one more field makes a pattern deaf, or a sweep only observe. */
function changesOf(deployed: Json, found: Json): readonly Change[] {
  const changes = diff(deployed, found);
  const known = new Set(changes.map(({ path }) => path));
  const added = diff(found, deployed).filter(({ path }) => !known.has(path));
  return [
    ...changes,
    ...added.map(({ path, desired, actual }) => ({ path, desired: actual, actual: desired })),
  ];
}
