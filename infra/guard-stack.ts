import * as cdk from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { rulesOf, trailPatterns } from '#core/event-rules.ts';
import { names, placesOf } from '#core/layout.ts';
import { watchEvery } from '#core/wiring.ts';
import { kinds } from '#drift/index.ts';
import {
  type Deployment,
  functionEnvironment,
  layoutOf,
  watchEnvironment,
} from '#shared/config.ts';
import { alarms, alarmTopic } from './alarms.ts';
import { bundle } from './bundle.ts';
import { dashboard } from './dashboard.ts';
import { deadLetterQueue } from './dead-letters.ts';
import { busTarget, eventRules, functionTarget, topicTarget } from './event-rules.ts';
import { GuardFunction } from './guard-function.ts';
import { justify } from './justify.ts';
import { guardRole, watchRole } from './roles.ts';
import { sentinel } from './sentinel.ts';
import { slackSecret } from './slack-secret.ts';

export type GuardStackProps = cdk.StackProps & { readonly deployment: Deployment };

/** Everything that guards the trails of one account. */
export class GuardStack extends cdk.Stack {
  constructor(scope: Construct, id: string, { deployment, ...props }: GuardStackProps) {
    super(scope, id, {
      description: 'trailkeeper: puts a CloudTrail trail back as it was',
      terminationProtection: true,
      ...props,
    });
    const layout = layoutOf(deployment);
    const [main] = placesOf(layout);
    const table = stateTable(this);
    const deadLetters = deadLetterQueue(this);
    const topic = alarmTopic(this, deployment.emails);
    const bus = ownBus(this, deployment);

    const { sweep, remediate, watch } = functions(this, deployment, { table, deadLetters });
    schedule(this, names.sweep, { rate: deployment.sweepEvery, fn: sweep, deadLetters });
    schedule(this, names.watch, { rate: watchEvery, fn: watch, deadLetters });
    eventRules(this, rulesOf(main, layout, hints), {
      targets: {
        bus: busTarget(this, layout),
        alarms: topicTarget(topic),
        remediate: functionTarget(remediate),
        watch: functionTarget(watch),
      },
      deadLetters,
      // CDK's own type says more than its class where a property may be left out.
      bus: bus as events.IEventBus,
    });

    const rings = alarms(this, topic, {
      functions: [sweep, remediate, watch],
      deadLetters,
      sweepEvery: durationOf(deployment.sweepEvery),
      watchEvery: durationOf(watchEvery),
    });
    dashboard(this, { functions: [sweep, remediate, watch], deadLetters, alarms: rings });
    const secret = deployment.slack && slackSecret(this, deployment.slack.secret);
    const trail = deployment.sentinel ? sentinel(this) : undefined;

    outputs(this, {
      AlarmTopicArn: topic.topicArn,
      DeadLetterQueueUrl: deadLetters.queueUrl,
      EventBusArn: bus.eventBusArn,
      RemediateFunctionName: remediate.functionName,
      SentinelTrailArn: trail?.trailArn,
      SlackSecretArn: secret,
      StateTableName: table.tableName,
      SweepFunctionName: sweep.functionName,
      WatchFunctionName: watch.functionName,
    });
  }
}

const hints = kinds.flatMap((kind) => kind.hints);

/** Baselines outlive the stack. The key is AWS's own: a customer's key would be one DisableKey from a blind guard. */
function stateTable(stack: cdk.Stack): dynamodb.TableV2 {
  return new dynamodb.TableV2(stack, 'State', {
    partitionKey: { name: 'pk', type: dynamodb.AttributeType.STRING },
    sortKey: { name: 'sk', type: dynamodb.AttributeType.STRING },
    encryption: dynamodb.TableEncryptionV2.dynamoOwnedKey(),
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    deletionProtection: true,
    removalPolicy: cdk.RemovalPolicy.RETAIN,
  });
}

/** The bus that events about trails come to from every place, with an archive to replay them from. */
function ownBus(stack: cdk.Stack, { organization, archiveDays }: Deployment): events.EventBus {
  const bus = new events.EventBus(stack, 'Bus', { eventBusName: names.bus });
  const { id, delegatedAdministrators } = organization;
  if (delegatedAdministrators.length > 0) {
    const statementId = 'DelegatedAdministrators';
    new events.CfnEventBusPolicy(stack, 'BusPolicy', {
      eventBusName: bus.eventBusName,
      statementId,
      statement: {
        Sid: statementId,
        Effect: 'Allow',
        Principal: {
          AWS: delegatedAdministrators.map(
            (account) => `arn:${stack.partition}:iam::${account}:root`,
          ),
        },
        Action: 'events:PutEvents',
        Resource: bus.eventBusArn,
        Condition: { StringEquals: { 'aws:PrincipalOrgID': id } },
      },
    });
  }
  bus.archive('Archive', {
    archiveName: names.archive,
    description: 'Calls after which a guarded trail may have drifted',
    eventPattern: { source: trailPatterns(hints).flatMap(([, { source }]) => source) },
    retention: cdk.Duration.days(archiveDays),
  });
  return bus;
}

/** The functions that guard trails share a role, and know their own calls by it; the one that watches them writes to no trail. */
function functions(
  stack: cdk.Stack,
  deployment: Deployment,
  { table, deadLetters }: { table: dynamodb.TableV2; deadLetters: sqs.Queue },
): Record<'sweep' | 'remediate' | 'watch', GuardFunction> {
  const layout = layoutOf(deployment);
  const role = guardRole(stack, deployment, table);
  const { mode, sweepEvery, reservedConcurrency } = deployment;
  const environment = functionEnvironment({ mode, table: table.tableName, role: role.roleArn });
  const bundles = {
    sweep: bundle('functions/sweep.ts'),
    remediate: bundle('functions/remediate.ts'),
    watch: bundle('functions/watch.ts'),
  };
  const settings = {
    sweepEvery,
    reservedConcurrency: reservedConcurrency ?? null,
    code: {
      sweep: bundles.sweep.sha256,
      remediate: bundles.remediate.sha256,
      watch: bundles.watch.sha256,
    },
  };
  const common = { deadLetters, reservedConcurrentExecutions: reservedConcurrency };
  return {
    sweep: new GuardFunction(stack, 'Sweep', {
      ...common,
      functionName: names.sweep,
      description: 'trailkeeper: reconciles every guarded trail with its baseline',
      bundle: bundles.sweep,
      environment,
      role,
    }),
    remediate: new GuardFunction(stack, 'Remediate', {
      ...common,
      functionName: names.remediate,
      description: 'trailkeeper: reconciles the trails that a CloudTrail event is about',
      bundle: bundles.remediate,
      environment,
      role,
    }),
    watch: new GuardFunction(stack, 'Watch', {
      ...common,
      functionName: names.watch,
      description: 'trailkeeper: tells what is done to trailkeeper itself',
      bundle: bundles.watch,
      environment: { ...environment, ...watchEnvironment({ layout, settings }) },
      role: watchRole(stack, layout, table),
    }),
  };
}

/** What could not be started is not worth starting late: the next time does the same. */
function schedule(
  stack: cdk.Stack,
  name: string,
  { rate, fn, deadLetters }: { rate: string; fn: GuardFunction; deadLetters: sqs.Queue },
): void {
  const role = scheduleRole(stack);
  const versions = `IAM5[Resource::<${stack.getLogicalId(fn.node.defaultChild as cdk.CfnElement)}.Arn>:*]`;
  justify(role, { [versions]: "CDK's own: any version of the one function that is started" });
  new scheduler.Schedule(stack, `${fn.node.id}Schedule`, {
    scheduleName: name,
    description: `Starts ${fn.node.id}, whatever events did or did not arrive`,
    schedule: scheduler.ScheduleExpression.expression(`rate(${rate})`),
    target: new LambdaInvoke(fn, {
      input: scheduler.ScheduleTargetInput.fromObject({}),
      role,
      retryAttempts: 2,
      maxEventAge: cdk.Duration.minutes(5),
      deadLetterQueue: deadLetters,
    }),
  });
}

/** Starts the functions that have a schedule, and no other. */
const scheduleRole = (stack: cdk.Stack): iam.Role =>
  (stack.node.tryFindChild('ScheduleRole') as iam.Role | undefined) ??
  new iam.Role(stack, 'ScheduleRole', {
    roleName: names.scheduleRole,
    description: 'trailkeeper: starts its functions on their schedules',
    assumedBy: new iam.ServicePrincipal('scheduler.amazonaws.com', {
      conditions: { StringEquals: { 'aws:SourceAccount': stack.account } },
    }),
  });

/** A rate of the configuration, as `5 minutes` or `1 hour`. */
function durationOf(rate: string): cdk.Duration {
  const [count = '', unit = ''] = rate.split(' ');
  return unit.startsWith('hour')
    ? cdk.Duration.hours(Number(count))
    : cdk.Duration.minutes(Number(count));
}

function outputs(stack: cdk.Stack, values: Readonly<Record<string, string | undefined>>): void {
  for (const [name, value] of Object.entries(values)) {
    if (value !== undefined) new cdk.CfnOutput(stack, name, { value });
  }
}
