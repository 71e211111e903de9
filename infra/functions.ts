import type * as cdk from 'aws-cdk-lib';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { type Layout, names } from '#core/layout.ts';
import type { FunctionName } from '#core/wiring.ts';
import {
  alertConfigOf,
  alertEnvironment,
  type Deployment,
  functionEnvironment,
  guardRules,
  signingConfig,
  watchEnvironment,
} from '#shared/config.ts';
import { bundle } from './bundle.ts';
import { GuardFunction } from './guard-function.ts';
import { alertRole, guardRole, watchRole } from './roles.ts';

/** The functions that guard trails share a role, and know their own calls by it; the others write to no trail. */
export function functions(
  stack: cdk.Stack,
  deployment: Deployment,
  {
    layout,
    table,
    deadLetters,
    slackSecret,
  }: {
    layout: Layout;
    table: dynamodb.TableV2;
    deadLetters: sqs.Queue;
    slackSecret: string | undefined;
  },
): Record<FunctionName, GuardFunction> {
  const role = guardRole(stack, deployment, table);
  const { mode, sweepEvery, reservedConcurrency } = deployment;
  const environment = functionEnvironment({
    mode,
    table: table.tableName,
    role: role.roleArn,
    rules: guardRules(deployment),
    signing: signingConfig(deployment),
  });
  const bundles = {
    sweep: bundle('functions/sweep.ts'),
    remediate: bundle('functions/remediate.ts'),
    watch: bundle('functions/watch.ts'),
    alert: bundle('functions/alert.ts'),
  };
  const settings = {
    sweepEvery,
    reservedConcurrency: reservedConcurrency ?? null,
    code: {
      sweep: bundles.sweep.sha256,
      remediate: bundles.remediate.sha256,
      watch: bundles.watch.sha256,
      alert: bundles.alert.sha256,
    },
  };
  const common = { deadLetters, reservedConcurrentExecutions: reservedConcurrency };
  const sweep = new GuardFunction(stack, 'Sweep', {
    ...common,
    functionName: names.sweep,
    description: 'trailkeeper: reconciles every guarded trail with its baseline',
    bundle: bundles.sweep,
    environment,
    role,
  });
  const remediate = new GuardFunction(stack, 'Remediate', {
    ...common,
    functionName: names.remediate,
    description: 'trailkeeper: reconciles the trails that a CloudTrail event is about',
    bundle: bundles.remediate,
    environment,
    role,
  });
  const logGroups = [sweep, remediate].map(({ logGroup }) => logGroup.logGroupName);
  const alerts = alertConfigOf(deployment, layout, logGroups);
  return {
    sweep,
    remediate,
    watch: new GuardFunction(stack, 'Watch', {
      ...common,
      functionName: names.watch,
      description: 'trailkeeper: tells what is done to trailkeeper itself',
      bundle: bundles.watch,
      environment: { ...environment, ...watchEnvironment({ layout, settings, alerts }) },
      role: watchRole(stack, layout, table),
    }),
    alert: new GuardFunction(stack, 'Alert', {
      ...common,
      functionName: names.alert,
      description: 'trailkeeper: tells people what happens to the trails',
      bundle: bundles.alert,
      environment: { ...environment, ...alertEnvironment(alerts) },
      role: alertRole(stack, table, {
        topic: alerts.sns === null ? null : alerts.topic,
        slackSecret: slackSecret ?? null,
      }),
    }),
  };
}
