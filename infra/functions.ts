import type * as cdk from 'aws-cdk-lib';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import type * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { type FunctionName, type OptionalFunction, timeouts } from '#aws/function-timeouts.ts';
import { names } from '#aws/resource-names.ts';
import type { Deployment } from '#deployment/config.ts';
import {
  type ChannelFacts,
  type Facts,
  type FactsInTemplate,
  factsInTemplate,
  type RecoveryFacts,
  type SelfCheckFacts,
} from '#deployment/expected-deployment.ts';
import {
  type FunctionConfig,
  functionEnvironment,
  synthesizedConfig,
} from '#deployment/function-config.ts';
import { signingConfig, tablePolicyOf } from '#deployment/signing-config.ts';
import { topologyOf } from '#deployment/topology.ts';
import { alertRole } from './alert-role.ts';
import { auditRole } from './audit-role.ts';
import type { Bundler } from './bundle.ts';
import type { ChannelSecrets } from './channel-secrets.ts';
import { interactRole } from './interact-role.ts';
import { reconcileRole } from './reconcile-role.ts';
import { rolesIn } from './role-settings.ts';
import { selfCheckRole } from './self-check-role.ts';
import { auditMapping } from './state-table.ts';
import { functionLogGroup, TrailkeeperFunction } from './trailkeeper-function.ts';

export type FunctionsProps = {
  readonly deployment: Deployment;
  readonly bundle: Bundler;
  readonly configuration: ((config: FunctionConfig) => string) | undefined;
  readonly table: dynamodb.Table;
  readonly deadLetters: sqs.Queue;
  readonly secrets: ChannelSecrets;
  /** The secret with which Slack signs its requests, if people decide there. */
  readonly signingSecret: string | undefined;
};

/** Every function except the self-check. */
export type Functions = {
  readonly functions: Readonly<Record<Exclude<FunctionName, 'selfCheck'>, TrailkeeperFunction>> &
    Partial<Readonly<Record<OptionalFunction, TrailkeeperFunction>>>;
  readonly mapping: lambda.EventSourceMapping;
  readonly config: FunctionConfig;
};

/** Functions that write to trails share one role, by which they recognize self-triggered events. */
export function functions(stack: cdk.Stack, props: FunctionsProps): Functions {
  const { deployment, table, deadLetters, secrets, signingSecret } = props;
  const logGroups = {
    sweep: functionLogGroup(stack, idOf('sweep')),
    remediate: functionLogGroup(stack, idOf('remediate')),
  };
  const config: FunctionConfig = {
    ...synthesizedConfig(deployment),
    logGroups: Object.values(logGroups).map(({ logGroupName }) => logGroupName),
  };
  const facts = () => factsOf(deployment);
  const reconcile = { facts, config, role: reconcileRole(stack, deployment, table) };
  const channelFacts = (): ChannelFacts => ({ ...facts(), channels: deployment.channels });
  const audit = addFunction(stack, props, 'audit', {
    facts,
    config,
    role: auditRole(stack, deployment, table),
  });
  const alert = addFunction(stack, props, 'alert', {
    facts: channelFacts,
    config,
    role: alertRole(stack, deployment, { table, secrets }),
  });
  const backfill = addFunction(stack, props, 'backfill', {
    ...reconcile,
    // A backfill continues in a new invocation near its time limit. 90 days of a busy account take more than the 16 invocations
    // after which Lambda stops a function that invokes itself.
    recursiveLoop: lambda.RecursiveLoop.ALLOW,
  });
  const interact =
    signingSecret === undefined
      ? {}
      : {
          interact: addFunction(stack, props, 'interact', {
            facts: channelFacts,
            config,
            role: interactRole(stack, deployment, {
              table,
              secrets: [signingSecret, ...(secrets.slack ? [secrets.slack] : [])],
            }),
          }),
        };
  return {
    functions: {
      ...interact,
      sweep: addFunction(stack, props, 'sweep', { ...reconcile, logGroup: logGroups.sweep }),
      remediate: addFunction(stack, props, 'remediate', {
        ...reconcile,
        logGroup: logGroups.remediate,
      }),
      audit,
      alert,
      backfill,
    },
    mapping: auditMapping(table, { fn: audit, deadLetters }),
    config,
  };
}

export type SelfCheckProps = FunctionsProps &
  Functions & {
    /** The ID of the event source mapping of the queue of light checks, if there is one. */
    readonly lightChecks: string | undefined;
    readonly recovery: RecoveryFacts | undefined;
  };

/**
 * Adds the self-check, after every other function and role, because its code contains what each role is granted. The metadata of the
 * template has the same facts, for `doctor`.
 */
export function selfCheckFunction(stack: cdk.Stack, props: SelfCheckProps): TrailkeeperFunction {
  const { deployment, configuration, functions, config, mapping, lightChecks, recovery } = props;
  const facts = (): SelfCheckFacts => ({
    ...factsOf(deployment),
    topology: topologyOf(deployment),
    config: synthesizedConfig(deployment),
    sweepEvery: deployment.sweepEvery,
    reservedConcurrency: deployment.reservedConcurrency ?? null,
    dependencies: deployment.dependencies ?? null,
    code: {
      sweep: functions.sweep.codeSha256,
      remediate: functions.remediate.codeSha256,
      alert: functions.alert.codeSha256,
      backfill: functions.backfill.codeSha256,
      audit: functions.audit.codeSha256,
      ...(functions.interact && { interact: functions.interact.codeSha256 }),
    },
    roles: rolesIn(stack),
    ...(recovery && { recovery }),
  });
  const selfCheck = addFunction(stack, props, 'selfCheck', {
    facts,
    config,
    role: selfCheckRole(stack, topologyOf(deployment), {
      table: props.table,
      mapping: mapping.eventSourceMappingId,
      lightChecks,
    }),
  });
  const code = selfCheck.codeSha256;
  const ids = { mapping: mapping.eventSourceMappingId, ...(lightChecks && { lightChecks }), code };
  for (const [name, value] of Object.entries(
    functionEnvironment({ ...config, selfCheck: ids }, configuration),
  )) {
    selfCheck.addEnvironment(name, value);
  }
  const metadata: FactsInTemplate = { facts: facts(), code };
  // As text: CloudFormation refuses a template that contains null.
  stack.templateOptions.metadata = { [factsInTemplate]: JSON.stringify(metadata) };
  return selfCheck;
}

const factsOf = (deployment: Deployment): Facts => ({
  signing: signingConfig(deployment),
  tablePolicy: tablePolicyOf(deployment),
  organization: deployment.organization?.id ?? null,
});

type Settings = {
  readonly facts: () => Facts;
  readonly config: FunctionConfig;
  readonly role: iam.IRole;
  readonly logGroup?: ReturnType<typeof functionLogGroup>;
  readonly recursiveLoop?: lambda.RecursiveLoop;
};

function addFunction(
  stack: cdk.Stack,
  { deployment, bundle, configuration, deadLetters }: FunctionsProps,
  name: FunctionName | OptionalFunction,
  { facts, config, logGroup, ...settings }: Settings,
): TrailkeeperFunction {
  const id = idOf(name);
  return new TrailkeeperFunction(stack, id, {
    ...settings,
    functionName: names[name],
    description: `trailkeeper: ${descriptions[name]}`,
    bundle: () => bundle(name === 'selfCheck' ? 'self-check' : name, facts()),
    timeout: timeouts[name],
    environment: functionEnvironment(config, configuration),
    logGroup: logGroup ?? functionLogGroup(stack, id),
    deadLetters,
    reservedConcurrentExecutions: deployment.reservedConcurrency,
  });
}

/** The construct ID of a function: its name without that of the stack. */
const idOf = (name: FunctionName | OptionalFunction): string =>
  names[name].replace(`${names.stack}-`, '');

/** What each function does, for its description. */
const descriptions: Readonly<Record<FunctionName | OptionalFunction, string>> = {
  sweep: 'reconciles every protected trail with its baseline',
  remediate: 'reconciles the trails that a CloudTrail event affects',
  selfCheck: 'checks the deployment and reports changes of trailkeeper itself',
  alert: 'notifies people of what happens to the trails',
  backfill: 'finds past changes in event history',
  interact: 'answers what people decide in Slack',
  audit: 'reports writes to the state table',
};
