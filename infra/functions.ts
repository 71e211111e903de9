import * as cdk from 'aws-cdk-lib';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { type Layout, names } from '#core/layout.ts';
import { type FunctionName, timeouts } from '#core/wiring.ts';
import {
  alertConfigOf,
  alertEnvironment,
  backfillEnvironment,
  type Deployment,
  functionEnvironment,
  guardRules,
  signingConfig,
  watchEnvironment,
} from '#shared/config.ts';
import { bundleOnce } from './bundle.ts';
import { GuardFunction } from './guard-function.ts';
import { rolesIn } from './role-settings.ts';
import { alertRole, changesRole, guardRole, watchRole } from './roles.ts';
import { changesOf } from './table-stream.ts';

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
    table: dynamodb.Table;
    deadLetters: sqs.Queue;
    slackSecret: string | undefined;
  },
): Record<FunctionName, GuardFunction> {
  const role = guardRole(stack, deployment, table);
  const { mode, sweepEvery, reservedConcurrency, lookupsPerSecond } = deployment;
  const environment = functionEnvironment({
    mode,
    table: table.tableName,
    role: role.roleArn,
    rules: guardRules(deployment),
    signing: signingConfig(deployment),
  });
  const bundles = {
    sweep: bundleOnce('functions/sweep.ts'),
    remediate: bundleOnce('functions/remediate.ts'),
    watch: bundleOnce('functions/watch.ts'),
    alert: bundleOnce('functions/alert.ts'),
    backfill: bundleOnce('functions/backfill.ts'),
    changes: bundleOnce('functions/changes.ts'),
  };
  const common = { deadLetters, reservedConcurrentExecutions: reservedConcurrency };
  const changes = new GuardFunction(stack, 'Changes', {
    ...common,
    functionName: names.changes,
    description: 'trailkeeper: tells what is written to the state table',
    bundle: bundles.changes,
    timeout: timeouts.changes,
    environment,
    role: changesRole(stack, layout, table),
  });
  const mapping = changesOf(table, { fn: changes, deadLetters });
  const settings = {
    sweepEvery,
    reservedConcurrency: reservedConcurrency ?? null,
    lookupsPerSecond,
    mapping: mapping.eventSourceMappingId,
    code: {
      sweep: bundles.sweep.sha256,
      remediate: bundles.remediate.sha256,
      watch: bundles.watch.sha256,
      alert: bundles.alert.sha256,
      backfill: bundles.backfill.sha256,
      changes: bundles.changes.sha256,
    },
  };
  const sweep = new GuardFunction(stack, 'Sweep', {
    ...common,
    functionName: names.sweep,
    description: 'trailkeeper: reconciles every guarded trail with its baseline',
    bundle: bundles.sweep,
    timeout: timeouts.sweep,
    environment,
    role,
  });
  const remediate = new GuardFunction(stack, 'Remediate', {
    ...common,
    functionName: names.remediate,
    description: 'trailkeeper: reconciles the trails that a CloudTrail event is about',
    bundle: bundles.remediate,
    timeout: timeouts.remediate,
    environment,
    role,
  });
  const logGroups = [sweep, remediate].map(({ logGroup }) => logGroup.logGroupName).join(',');
  const alerts = alertConfigOf(deployment, layout);
  // What roles are granted is whole only when the stack is.
  const deployed = {
    ...watchEnvironment({ layout, settings: { ...settings, roles: {} }, alerts }, logGroups),
    TRAILKEEPER_DEPLOYED: cdk.Lazy.string({
      produce: () =>
        watchEnvironment(
          { layout, settings: { ...settings, roles: rolesIn(stack) }, alerts },
          logGroups,
        ).TRAILKEEPER_DEPLOYED,
    }),
  };
  return {
    sweep,
    remediate,
    changes,
    watch: new GuardFunction(stack, 'Watch', {
      ...common,
      functionName: names.watch,
      description: 'trailkeeper: tells what is done to trailkeeper itself',
      bundle: bundles.watch,
      timeout: timeouts.watch,
      environment: { ...environment, ...deployed },
      role: watchRole(stack, layout, { table, mapping }),
    }),
    alert: new GuardFunction(stack, 'Alert', {
      ...common,
      functionName: names.alert,
      description: 'trailkeeper: tells people what happens to the trails',
      bundle: bundles.alert,
      timeout: timeouts.alert,
      environment: { ...environment, ...alertEnvironment(alerts, logGroups) },
      role: alertRole(stack, table, {
        topic: alerts.sns === null ? null : alerts.topic,
        slackSecret: slackSecret ?? null,
      }),
    }),
    backfill: new GuardFunction(stack, 'Backfill', {
      ...common,
      functionName: names.backfill,
      description: 'trailkeeper: finds out what was done to the trails in the past',
      bundle: bundles.backfill,
      timeout: timeouts.backfill,
      // It hands its work to itself near its time limit, and stops where it does not get on: 90 days of a busy account take more
      // than the 16 invocations after which Lambda would take that for a mistake.
      recursiveLoop: lambda.RecursiveLoop.ALLOW,
      environment: { ...environment, ...backfillEnvironment({ lookupsPerSecond }) },
      role,
    }),
  };
}
