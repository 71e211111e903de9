import * as cdk from 'aws-cdk-lib';
import type * as events from 'aws-cdk-lib/aws-events';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as cxapi from 'aws-cdk-lib/cx-api';
import type { Construct } from 'constructs';
import { names } from '#aws/resource-names.ts';
import type { Deployment } from '#deployment/config.ts';
import { rulesOf } from '#deployment/event-rules.ts';
import { type RecoveryFacts, selfCheckEvery } from '#deployment/expected-deployment.ts';
import type { FunctionConfig } from '#deployment/function-config.ts';
import { signingConfig } from '#deployment/signing-config.ts';
import { lightChecks, sweepRate } from '#deployment/sweep-rate.ts';
import { accountRegionsOf, type Topology, topologyOf } from '#deployment/topology.ts';
import { alarms, alarmTopic } from './alarms.ts';
import type { Bundler } from './bundle.ts';
import { channelSecrets, secretOutputs, slackSigningSecret } from './channel-secrets.ts';
import { dashboard } from './dashboard.ts';
import { deadLetterQueue } from './dead-letters.ts';
import { ownBus } from './event-bus.ts';
import { functions, selfCheckFunction } from './functions.ts';
import { lightCheckQueue } from './light-check-queue.ts';
import {
  busTarget,
  deployDependencies,
  eventRules,
  functionTarget,
  topicTarget,
} from './rule-targets.ts';
import { schedule } from './schedule.ts';
import { sentinel } from './sentinel.ts';
import { stateTable } from './state-table.ts';

export type TrailkeeperStackProps = cdk.StackProps & {
  readonly deployment: Deployment;
  readonly bundle: Bundler;
  /** What the stack that recovers events must be, if there is one. */
  readonly recovery?: RecoveryFacts | undefined;
  /** The configuration of a function as JSON, if parameters of the template change it. */
  readonly configuration?: (config: FunctionConfig) => string;
};

/** The main stack: functions, state table, bus, rules, schedules, alarms. */
export class TrailkeeperStack extends cdk.Stack {
  constructor(
    scope: Construct,
    id: string,
    { deployment, bundle, recovery, configuration, ...props }: TrailkeeperStackProps,
  ) {
    super(scope, id, {
      description: 'trailkeeper: detects and reverts unauthorized changes to CloudTrail trails',
      ...props,
    });
    // Merges statements that differ only in their actions, because a role has room for 10,240 characters.
    this.node.setContext(cxapi.IAM_MINIMIZE_POLICIES, true);
    const table = stateTable(this, deployment);
    const deadLetters = deadLetterQueue(this);
    const topic = alarmTopic(this, deployment.emails);
    const { bus, archive } = ownBus(this, deployment);
    const secrets = channelSecrets(this, deployment.channels);
    const signingSecret = slackSigningSecret(this, deployment.channels);

    const functionsProps = {
      deployment,
      bundle,
      configuration,
      table,
      deadLetters,
      secrets,
      signingSecret,
    };
    const made = functions(this, functionsProps);
    const { sweep, remediate, alert, interact } = made.functions;
    // Slack's requests have no AWS credentials: the function accepts only those that its secret signed. The CDK adds both permissions
    // that Lambda asks for since October 2025. Source: Lambda developer guide, "Control access to Lambda function URLs".
    const url =
      deployment.channels.slack?.endpoint === 'own'
        ? undefined
        : interact?.addFunctionUrl({ authType: lambda.FunctionUrlAuthType.NONE }).url;
    schedule(this, names.sweep, { rate: sweepRate(deployment.sweepEvery), fn: sweep, deadLetters });
    const lightCheck =
      deployment.sweepEvery === lightChecks
        ? lightCheckQueue(this, { sweep, deadLetters })
        : undefined;
    const toBus = busTarget(this, topologyOf(deployment));
    const selfCheck = selfCheckFunction(this, {
      ...functionsProps,
      ...made,
      lightChecks: lightCheck?.mapping,
      recovery,
    });
    schedule(this, names.selfCheck, { rate: selfCheckEvery, fn: selfCheck, deadLetters });

    const topology: Topology = {
      ...topologyOf(deployment),
      mappings: [
        made.mapping.eventSourceMappingId,
        ...(lightCheck === undefined ? [] : [lightCheck.mapping]),
      ],
    };
    const [main] = accountRegionsOf(topology);
    eventRules(this, rulesOf(main, topology), {
      targets: {
        bus: toBus,
        alarms: topicTarget(topic, deployment.alerts),
        dependencyAlarms: topicTarget(topic, deployment.alerts, deployDependencies(topology)),
        remediate: functionTarget(remediate),
        selfCheck: functionTarget(selfCheck),
        alert: functionTarget(alert),
      },
      deadLetters,
      // The CDK's interface and class differ in optional properties.
      bus: bus as events.IEventBus,
    });

    const all = Object.values({ ...made.functions, selfCheck });
    const { audit, backfill } = made.functions;
    const rings = alarms(this, topic, {
      functions: all,
      withoutHeartbeat: [remediate, alert, backfill, ...(interact ? [interact] : [])],
      audit,
      deadLetters,
      sweepEvery: deployment.sweepEvery,
      lightChecks: lightCheck?.queue,
      protectedAtLeast: deployment.trails?.length ?? 1,
      watchtower: deployment.watchtower?.account,
      answersSlack: interact !== undefined,
    });
    if (deployment.dashboard) {
      dashboard(this, { functions: all, audit, deadLetters, alarms: rings });
    }
    const trail = deployment.sentinel ? sentinel(this) : undefined;

    outputs(this, {
      ...Object.fromEntries(
        all.flatMap(({ node, functionName, logGroup }) => [
          [`${node.id}FunctionName`, functionName],
          [`${node.id}LogGroupName`, logGroup.logGroupName],
        ]),
      ),
      AlarmTopicArn: topic.topicArn,
      AlertRoleArn: alert.role?.roleArn,
      ArchiveArn: archive.archiveArn,
      Configuration: configuration?.(made.config),
      DashboardName: deployment.dashboard ? names.dashboard : undefined,
      DeadLetterQueueUrl: deadLetters.queueUrl,
      DelegatedAdministrators: topology.delegatedAdministrators.join(',') || undefined,
      DependencyAccounts:
        deployment.dependencyAccounts.length > 0
          ? JSON.stringify(deployment.dependencyAccounts)
          : undefined,
      EventBusArn: bus.eventBusArn,
      EventSourceMappingId: made.mapping.eventSourceMappingId,
      HomeRegions: deployment.homeRegions.join(','),
      LightChecksMappingId: lightCheck?.mapping,
      MaxWindowHours: String(deployment.maxWindowHours),
      Mode: deployment.mode,
      ReconcileRoleArn: sweep.role?.roleArn,
      SelfCheckRoleArn: selfCheck.role?.roleArn,
      SelfCheckScheduleName: names.selfCheck,
      SentinelTrailArn: trail?.trailArn,
      SlackRequestUrl: url,
      SlackSigningSecretArn: signingSecret,
      Signing: JSON.stringify(signingConfig(deployment)),
      SigningKeyArn: deployment.signing.key,
      ...secretOutputs(secrets),
      StateTableName: table.tableName,
      SweepEvery: deployment.sweepEvery,
      SweepScheduleName: names.sweep,
    });
  }
}

function outputs(stack: cdk.Stack, values: Readonly<Record<string, string | undefined>>): void {
  for (const [name, value] of Object.entries(values)) {
    if (value !== undefined) new cdk.CfnOutput(stack, name, { value });
  }
}
