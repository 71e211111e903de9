import * as z from 'zod';
import type { ChannelSettings } from '#alert/channel-settings.ts';
import { names, roleArn } from '#aws/resource-names.ts';
import type { TablePolicy } from '#baseline/signing/table-policy.ts';
import type { Json } from '#text/diff.ts';
import { jsonOrText } from '#text/json-text.ts';
import { describeIssues, must } from '#text/schema-messages.ts';
import { ConfigError, type Deployment, mode } from './config.ts';
import type { SigningConfig } from './signing-config.ts';
import { arnsOf, type Topology, topologyOf } from './topology.ts';

const text = z.string(must('be a string')).min(1, 'must not be empty');
const number = z.number(must('be a number')).positive(must('be more than 0'));

/** What a function needs to know: the same for every function, except `selfCheck`. */
const functionConfig = z.object({
  mode,
  /** The name of the state table. */
  table: text,
  /** The ARN of the role of all functions that write to trails: calls of this role are self-triggered. */
  role: text,
  /** The accounts in which a role of trailkeeper reads and restores what trails depend on. */
  dependencyAccounts: z.array(z.object({ account: text, externalId: text })).default([]),
  /** The account that watches this one from outside: each sweep sends a heartbeat there. */
  watchtower: text.optional(),
  rules: z.object({
    remindEvery: number,
    flappingAfter: number,
    maxWindowHours: number,
    repairsBeforeBackoff: number,
    approval: z.object({ minutes: number, otherwise: z.enum(['restore', 'alert']) }),
  }),
  alerts: z.object({
    topic: text,
    redactPrincipals: z.boolean(),
    runbook: text.optional(),
  }),
  lookupsPerSecond: number,
  /** The log groups that an alert links to. */
  logGroups: z.array(text, must('be a list of log groups')),
  /** Only in a static template: what is in a file beside the code otherwise, because parameters change it. */
  facts: z
    .object({
      signing: z.custom<SigningConfig>(),
      tablePolicy: z.custom<TablePolicy>(),
      organization: text.nullable(),
      topology: z.custom<Topology>(),
      channels: z.custom<ChannelSettings>(),
    })
    .optional(),
  /** Only the self-check has these, which do not exist before the deployment. */
  selfCheck: z
    .object({
      /** The ID of the event source mapping of the state table. */
      mapping: text,
      /** That of the queue of light checks, if there are any. */
      lightChecks: text.optional(),
      /** The SHA-256 of the self-check's own code. */
      code: text,
    })
    .optional(),
});

export type FunctionConfig = z.infer<typeof functionConfig>;

/** The part of the configuration that is known at synth. */
export type SynthesizedConfig = Omit<FunctionConfig, 'logGroups' | 'selfCheck'>;

export function synthesizedConfig(deployment: Deployment): SynthesizedConfig {
  const { alerts, maxWindowHours, repairsBeforeBackoff, lookupsPerSecond } = deployment;
  const topology = topologyOf(deployment);
  return {
    mode: deployment.mode,
    table: names.table,
    role: roleArn(topology, names.reconcileRole),
    dependencyAccounts: deployment.dependencyAccounts,
    ...(deployment.watchtower && { watchtower: deployment.watchtower.account }),
    rules: {
      remindEvery: alerts.remindEvery,
      flappingAfter: alerts.flappingAfter,
      maxWindowHours,
      repairsBeforeBackoff,
      approval: deployment.approval,
    },
    alerts: {
      topic: arnsOf(topology).alarms,
      redactPrincipals: alerts.redactPrincipals,
      ...(alerts.runbook !== undefined && { runbook: alerts.runbook }),
    },
    lookupsPerSecond,
  };
}

/** The roles whose calls are self-triggered: that of the functions, and those that they assume in other accounts. */
export const ownRolesOf = ({
  role,
  dependencyAccounts,
}: Pick<FunctionConfig, 'role' | 'dependencyAccounts'>): readonly string[] => [
  role,
  ...dependencyAccounts.map(({ account }) =>
    [...role.split(':').slice(0, 4), account, `role/${names.dependencies}`].join(':'),
  ),
];

/** Identifiers that do not exist before the deployment. */
export type DeployedIds = Pick<FunctionConfig, 'logGroups'> & {
  readonly selfCheck: NonNullable<FunctionConfig['selfCheck']>;
};

/** Those in the configuration of the self-check. Throws `ConfigError`. */
export function deployedIds({ logGroups, selfCheck }: FunctionConfig): DeployedIds {
  if (selfCheck === undefined) {
    throw new ConfigError(`${variable}.selfCheck: is missing. ${redeploy}`);
  }
  return { logGroups, selfCheck };
}

const variable = 'TRAILKEEPER_CONFIG';

/** The environment variables of a function. */
export const functionEnvironment = (
  config: FunctionConfig,
  textOf: (config: FunctionConfig) => string = JSON.stringify,
): Record<string, string> => ({
  [variable]: textOf(config),
});

/** Environment variables for comparison: the configuration as JSON, and not as text, so that a difference names its field. */
export function comparableEnvironment(
  environment: Readonly<Record<string, string>>,
): Readonly<Record<string, Json>> {
  const { [variable]: config, ...others } = environment;
  return config === undefined ? others : { ...others, [variable]: jsonOrText(config) as Json };
}

/** The facts in the configuration of a function, if it was deployed from a static template. */
export function factsOf(
  environment: Readonly<Record<string, string | undefined>>,
): FunctionConfig['facts'] {
  const config = jsonOrText(environment[variable] ?? '{}') as
    | Pick<FunctionConfig, 'facts'>
    | string;
  return typeof config === 'string' ? undefined : config.facts;
}

/** Reads the configuration of a function from its environment variables. Throws `ConfigError`. */
export function parseFunctionConfig(
  environment: Readonly<Record<string, string | undefined>>,
): FunctionConfig {
  const { [variable]: config } = environment;
  const result = functionConfig.safeParse(config && jsonOrText(config));
  if (!result.success) {
    throw new ConfigError(`${describeIssues(result.error, [variable])}. ${redeploy}`);
  }
  return result.data;
}

const redeploy = 'To repair the function: npx cdk deploy --all --revert-drift';
