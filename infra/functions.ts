import type * as cdk from 'aws-cdk-lib';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { type FunctionName, timeouts } from '#aws/function-timeouts.ts';
import { names } from '#aws/resource-names.ts';
import {
  alertConfigOf,
  alertEnvironment,
  backfillEnvironment,
  type Deployment,
  functionEnvironment,
  guardRules,
  selfCheckEnvironment,
  signingConfig,
} from '#deployment/config.ts';
import {
  type FactsInTemplate,
  factsInTemplate,
  type SelfCheckFacts,
} from '#deployment/expected-deployment.ts';
import type { Topology } from '#deployment/topology.ts';
import { bundle } from './bundle.ts';
import { rolesIn } from './role-settings.ts';
import { alertRole, auditRole, reconcileRole, selfCheckRole } from './roles.ts';
import { changesOf } from './table-stream.ts';
import { TrailkeeperFunction, type TrailkeeperFunctionProps } from './trailkeeper-function.ts';

/** Every function but the one that watches the others. */
export type Functions = {
  readonly functions: Readonly<Record<Exclude<FunctionName, 'selfCheck'>, TrailkeeperFunction>>;
  /** What all functions have in common. */
  readonly common: Pick<TrailkeeperFunctionProps, 'deadLetters' | 'reservedConcurrentExecutions'>;
  readonly environment: Readonly<Record<string, string>>;
  /** Hands the changes of the state table on. */
  readonly mapping: lambda.EventSourceMapping;
};

export type FunctionsProps = {
  readonly layout: Topology;
  readonly table: dynamodb.Table;
  readonly deadLetters: sqs.Queue;
  readonly slackSecret: string | undefined;
};

/** The functions that guard trails share a role, and know their own calls by it; the others write to no trail. */
export function functions(
  stack: cdk.Stack,
  deployment: Deployment,
  { layout, table, deadLetters, slackSecret }: FunctionsProps,
): Functions {
  const role = reconcileRole(stack, deployment, table);
  const { mode, reservedConcurrency, lookupsPerSecond } = deployment;
  const environment = functionEnvironment({
    mode,
    table: table.tableName,
    role: role.roleArn,
    rules: guardRules(deployment),
  });
  const facts = { signing: signingConfig(deployment) };
  const common = { deadLetters, reservedConcurrentExecutions: reservedConcurrency };
  const audit = new TrailkeeperFunction(stack, 'Audit', {
    ...common,
    functionName: names.audit,
    description: 'trailkeeper: tells what is written to the state table',
    bundle: () => bundle('functions/audit.ts', facts),
    timeout: timeouts.audit,
    environment,
    role: auditRole(stack, layout, table),
  });
  const mapping = changesOf(table, { fn: audit, deadLetters });
  const sweep = new TrailkeeperFunction(stack, 'Sweep', {
    ...common,
    functionName: names.sweep,
    description: 'trailkeeper: reconciles every guarded trail with its baseline',
    bundle: () => bundle('functions/sweep.ts', facts),
    timeout: timeouts.sweep,
    environment,
    role,
  });
  const remediate = new TrailkeeperFunction(stack, 'Remediate', {
    ...common,
    functionName: names.remediate,
    description: 'trailkeeper: reconciles the trails that a CloudTrail event is about',
    bundle: () => bundle('functions/remediate.ts', facts),
    timeout: timeouts.remediate,
    environment,
    role,
  });
  const alerts = alertConfigOf(deployment, layout);
  const alert = new TrailkeeperFunction(stack, 'Alert', {
    ...common,
    functionName: names.alert,
    description: 'trailkeeper: tells people what happens to the trails',
    bundle: () => bundle('functions/alert.ts', facts),
    timeout: timeouts.alert,
    environment: { ...environment, ...alertEnvironment(alerts, logGroupsOf({ sweep, remediate })) },
    role: alertRole(stack, table, {
      topic: alerts.sns === null ? null : alerts.topic,
      slackSecret: slackSecret ?? null,
    }),
  });
  const backfill = new TrailkeeperFunction(stack, 'Backfill', {
    ...common,
    functionName: names.backfill,
    description: 'trailkeeper: finds out what was done to the trails in the past',
    bundle: () => bundle('functions/backfill.ts', facts),
    timeout: timeouts.backfill,
    // It hands its work to itself near its time limit, and stops where it does not get on: 90 days of a busy account take more
    // than the 16 invocations after which Lambda would take that for a mistake.
    recursiveLoop: lambda.RecursiveLoop.ALLOW,
    environment: { ...environment, ...backfillEnvironment({ lookupsPerSecond }) },
    role,
  });
  return {
    functions: { sweep, remediate, audit, alert, backfill },
    common,
    environment,
    mapping,
  };
}

/**
 * The function that watches the others. It comes after them and after every role but its own: its code holds what each role is
 * granted. The template says the same, for `doctor`.
 */
export function selfCheckFunction(
  stack: cdk.Stack,
  deployment: Deployment,
  { functions, common, environment, mapping }: Functions,
  { layout: { signingKey, ...layout }, table }: Pick<FunctionsProps, 'layout' | 'table'>,
): TrailkeeperFunction {
  const { sweep, remediate, audit, alert, backfill } = functions;
  const factsNow = (): SelfCheckFacts => ({
    signing: signingConfig(deployment),
    layout,
    settings: {
      sweepEvery: deployment.sweepEvery,
      reservedConcurrency: deployment.reservedConcurrency ?? null,
      lookupsPerSecond: deployment.lookupsPerSecond,
      code: {
        sweep: sweep.codeSha256,
        remediate: remediate.codeSha256,
        alert: alert.codeSha256,
        backfill: backfill.codeSha256,
        audit: audit.codeSha256,
      },
      roles: rolesIn(stack),
    },
    alerts: alertConfigOf(deployment, layout),
  });
  const selfCheck = new TrailkeeperFunction(stack, 'SelfCheck', {
    ...common,
    functionName: names.selfCheck,
    description: 'trailkeeper: tells what is done to trailkeeper itself',
    bundle: () => bundle('functions/self-check.ts', factsNow()),
    timeout: timeouts.selfCheck,
    environment,
    role: selfCheckRole(stack, layout, { table, mapping }),
  });
  const variables = selfCheckEnvironment({
    // What is known only when it is deployed is no fact yet.
    mapping: mapping.eventSourceMappingId,
    signingKey,
    logGroups: logGroupsOf({ sweep, remediate }),
    code: selfCheck.codeSha256,
  });
  for (const [name, value] of Object.entries(variables)) selfCheck.addEnvironment(name, value);
  const inTemplate: FactsInTemplate = { facts: factsNow(), code: selfCheck.codeSha256 };
  stack.templateOptions.metadata = { [factsInTemplate]: inTemplate };
  return selfCheck;
}

const logGroupsOf = ({ sweep, remediate }: Pick<Functions['functions'], 'sweep' | 'remediate'>) =>
  [sweep, remediate].map(({ logGroup }) => logGroup.logGroupName).join(',');
