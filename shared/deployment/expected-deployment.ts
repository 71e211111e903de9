import type { ChannelSettings } from '#alert/channel-settings.ts';
import {
  type FunctionName,
  type OptionalFunction,
  recoverTimeout,
  timeouts,
} from '#aws/function-timeouts.ts';
import { partitionOf } from '#aws/partitions.ts';
import { type AccountRegion, names, queueUrl, roleArn } from '#aws/resource-names.ts';
import type { TablePolicy } from '#baseline/signing/table-policy.ts';
import { type RecoverConfig, recoverEnvironment } from '#recovery/recover-config.ts';
import type { Json } from '#text/diff.ts';
import type { Dependency } from './dependencies.ts';
import {
  byUrl,
  functionSettings,
  lightCheckMapping,
  lightCheckMessages,
  mappingSettings,
} from './deployed-resources.ts';
import { type RuleTarget, rulesOf } from './event-rules.ts';
import { expectedRule, ruleArn } from './expected-rule.ts';
import {
  comparableEnvironment,
  type DeployedIds,
  type FunctionConfig,
  functionEnvironment,
  type SynthesizedConfig,
} from './function-config.ts';
import type { DeployedResources } from './observe-deployment.ts';
import type { DeployedRole } from './observe-role.ts';
import { recoveryDefinition } from './recovery-definition.ts';
import type { SigningConfig } from './signing-config.ts';
import { sweepRate } from './sweep-rate.ts';
import {
  accountRegionsOf,
  arnsOf,
  forwardRole,
  ownRegionsOf,
  queueArn,
  senders,
  type Topology,
} from './topology.ts';

/** The file beside the code of every function, for what does not fit into its environment variables. */
export const factsFile = 'deployed.json';

/** The content of that file. */
export type Facts = {
  readonly signing: SigningConfig;
  /** The resource policy of the state table. */
  readonly tablePolicy: TablePolicy;
  /** The ID of the organization; null without one. */
  readonly organization: string | null;
};

/** Its content for the functions that send alerts and answer in Slack. */
export type ChannelFacts = Facts & { readonly channels: ChannelSettings };

/** Its content for the self-check: everything that is known at synth, except the hash of the self-check's own code. */
export type SelfCheckFacts = Facts & {
  readonly topology: Topology;
  readonly config: SynthesizedConfig;
  readonly sweepEvery: string;
  readonly reservedConcurrency: number | null;
  /** What the configuration names; null if it names nothing. A static template does not have it. */
  readonly dependencies?: readonly Dependency[] | null;
  /** The SHA-256 of each function's code, in base64. */
  readonly code: Readonly<Record<Exclude<FunctionName, 'selfCheck'>, string>> &
    Partial<Readonly<Record<OptionalFunction, string>>>;
  /** The roles of the main stack, by name. */
  readonly roles: Readonly<Record<string, RoleSettings>>;
  /** The stack that recovers events, if there is one. */
  readonly recovery?: RecoveryFacts;
};

/** The hash of the code of its function, in base64, what that is configured with, and its roles, by name. */
export type RecoveryFacts = {
  readonly code: string;
  readonly config: RecoverConfig;
  readonly roles: Readonly<Record<string, RoleSettings>>;
};

export type RoleSettings = Pick<DeployedRole, 'TrustedBy' | 'Actions'>;

/** The key in the metadata of the stack's template that holds the same facts, for `doctor`. */
export const factsInTemplate = 'Trailkeeper';

/** `code` is the hash of the code that contains the facts, which therefore cannot contain the hash. */
export type FactsInTemplate = { readonly facts: SelfCheckFacts; readonly code: string };

/** The facts of a deployment from a static template, where the rest of them is in the configuration of the functions. */
export function factsWith(facts: SelfCheckFacts, config: FunctionConfig): SelfCheckFacts {
  const { logGroups: _, selfCheck: __, ...synthesized } = config;
  return config.facts === undefined ? facts : { ...facts, ...config.facts, config: synthesized };
}

/** How often the self-check runs. Each run makes about sixty calls that CloudTrail records. */
export const selfCheckEvery = '5 minutes';

/** The resources as they were deployed. */
export function expectedResources(
  facts: SelfCheckFacts,
  { logGroups, selfCheck }: DeployedIds,
): DeployedResources {
  const { mapping, lightChecks } = selfCheck;
  const topology = {
    ...facts.topology,
    mappings: [mapping, ...(lightChecks === undefined ? [] : [lightChecks])],
  };
  const arns = arnsOf(topology);
  const [main, ...forwarders] = accountRegionsOf(topology);
  const own = ownRegionsOf(topology);
  const rules = own.flatMap((at) =>
    rulesOf(at, topology).map((rule) => ({ at, rule, arn: ruleArn(at, rule) })),
  );
  const code = { ...facts.code, selfCheck: selfCheck.code };
  const config = { ...facts.config, logGroups };
  const { recovery } = facts;
  const hasUrl = facts.topology.answersSlack === 'function-url';

  const expectedFunction = (name: FunctionName | OptionalFunction, role: string) => ({
    ...functionSettings,
    Timeout: timeouts[name],
    CodeSha256: code[name] ?? '',
    Role: roleArn(main, role),
    Layers: [],
    Environment: comparableEnvironment(
      functionEnvironment(name === 'selfCheck' ? { ...config, selfCheck } : config),
    ),
    ReservedConcurrentExecutions: facts.reservedConcurrency,
    OnFailure: queueArn(main),
    Rules: rules
      .filter(({ rule }) => rule.targets.includes(name as RuleTarget))
      .map(({ arn }) => arn)
      .toSorted(),
    Everyone: name === 'interact' && hasUrl ? byUrl : [],
  });
  const expectedSchedule = (rate: string, name: 'sweep' | 'selfCheck') => ({
    State: 'ENABLED',
    ScheduleExpression: `rate(${rate})`,
    Arn: arns[name],
    RoleArn: roleArn(main, names.scheduleRole),
    Input: {},
  });

  return {
    rules: Object.fromEntries(
      rules.map(({ at, rule, arn }) => [arn, expectedRule(rule, at, topology)]),
    ),
    functions: {
      [names.sweep]: expectedFunction('sweep', names.reconcileRole),
      [names.remediate]: expectedFunction('remediate', names.reconcileRole),
      [names.selfCheck]: expectedFunction('selfCheck', names.selfCheckRole),
      [names.alert]: expectedFunction('alert', names.alertRole),
      [names.backfill]: expectedFunction('backfill', names.reconcileRole),
      [names.audit]: expectedFunction('audit', names.auditRole),
      ...(code.interact !== undefined && {
        [names.interact]: expectedFunction('interact', names.interactRole),
      }),
      ...(recovery && { [names.recover]: recoverFunction(recovery, main) }),
    },
    functionUrls: hasUrl ? { [names.interact]: { AuthType: 'NONE' } } : {},
    mappings: {
      [mapping]: {
        ...mappingSettings,
        State: 'Enabled',
        FunctionArn: arns.audit,
        SourceArn: arns.table,
        OnFailure: queueArn(main),
      },
      ...(lightChecks !== undefined && {
        [lightChecks]: {
          ...lightCheckMapping,
          State: 'Enabled',
          FunctionArn: arns.sweep,
          SourceArn: arns.lightChecks,
        },
      }),
    },
    schedules: {
      [names.sweep]: expectedSchedule(sweepRate(facts.sweepEvery), 'sweep'),
      [names.selfCheck]: expectedSchedule(selfCheckEvery, 'selfCheck'),
      ...(lightChecks !== undefined && {
        [names.lightChecks]: {
          State: 'ENABLED',
          ScheduleExpression: 'rate(1 minute)',
          Arn: `arn:${partitionOf(main.region)}:scheduler:::aws-sdk:sqs:sendMessageBatch`,
          RoleArn: roleArn(main, names.scheduleRole),
          Input: { QueueUrl: queueUrl(main, names.lightChecks), Entries: lightCheckMessages },
        },
      }),
    },
    roles: Object.fromEntries(
      [...own.map(forwardingRole), ...Object.entries({ ...facts.roles, ...recovery?.roles })].map(
        ([name, settings]) => [
          name,
          { ...settings, PermissionsBoundary: null, AttachedPolicies: [] },
        ],
      ),
    ),
    tablePolicies: {
      [arns.table]: facts.tablePolicy as unknown as Json,
    },
    stateMachines: recovery === undefined ? {} : { [arns.recovery]: recoveryMachine(main) },
    buses: { [names.bus]: { Senders: senders(topology).toSorted() } },
    undelivered: Object.fromEntries(forwarders.map((at) => [queueArn(at), 0])),
  };
}

/** The state machine invokes it and waits, so what applies to asynchronous invocations is as Lambda sets it. */
const recoverFunction = ({ code, config }: RecoveryFacts, main: AccountRegion) => ({
  ...functionSettings,
  MaximumEventAgeInSeconds: 21_600,
  Timeout: recoverTimeout,
  CodeSha256: code,
  Role: roleArn(main, names.recover),
  Layers: [],
  Environment: comparableEnvironment(recoverEnvironment(config)),
  ReservedConcurrentExecutions: null,
  OnFailure: null,
  Rules: [],
  Everyone: [],
});

const recoveryMachine = (main: AccountRegion) => ({
  Status: 'ACTIVE',
  RoleArn: roleArn(main, names.recovery),
  Definition: recoveryDefinition(main) as Json,
});

/** The role with which the rules of an account and Region send events to the bus. */
const forwardingRole = ({ region }: AccountRegion): readonly [string, RoleSettings] => [
  forwardRole(region),
  { TrustedBy: ['events.amazonaws.com'], Actions: ['events:PutEvents'] },
];
