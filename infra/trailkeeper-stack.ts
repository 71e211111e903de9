import * as cdk from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import type * as events from 'aws-cdk-lib/aws-events';
import * as cxapi from 'aws-cdk-lib/cx-api';
import type { Construct } from 'constructs';
import { names } from '#aws/resource-names.ts';
import { type Deployment, layoutOf, signingConfig } from '#deployment/config.ts';
import { selfCheckEvery } from '#deployment/deployed-resources.ts';
import { rulesOf } from '#deployment/event-rules.ts';
import { accountRegionsOf } from '#deployment/topology.ts';
import { hints } from '#drift/index.ts';
import { alarms, alarmTopic } from './alarms.ts';
import { dashboard } from './dashboard.ts';
import { deadLetterQueue } from './dead-letters.ts';
import { ownBus } from './event-bus.ts';
import { busTarget, eventRules, functionTarget, topicTarget } from './event-rules.ts';
import { functions, selfCheckFunction } from './functions.ts';
import { schedule } from './schedule.ts';
import { sentinel } from './sentinel.ts';
import { signingKey } from './signing-key.ts';
import { slackSecret } from './slack-secret.ts';
import { mappingIdIn } from './table-stream.ts';

export type TrailkeeperStackProps = cdk.StackProps & { readonly deployment: Deployment };

/** Everything that guards the trails of one account. */
export class TrailkeeperStack extends cdk.Stack {
  constructor(scope: Construct, id: string, { deployment, ...props }: TrailkeeperStackProps) {
    super(scope, id, {
      description: 'trailkeeper: puts a CloudTrail trail back as it was',
      ...props,
    });
    // Statements that only differ in their actions become one: a role has room for 10,240 characters.
    this.node.setContext(cxapi.IAM_MINIMIZE_POLICIES, true);
    const { approvers } = deployment.signing;
    const key = approvers && signingKey(this, approvers);
    const layout = { ...layoutOf(deployment), ...(key && { signingKey: key.keyId }) };
    const [main] = accountRegionsOf(layout);
    const table = stateTable(this);
    const deadLetters = deadLetterQueue(this);
    const topic = alarmTopic(this, deployment.emails);
    const { bus, archive } = ownBus(this, deployment);

    const secret = deployment.slack && slackSecret(this, deployment.slack.secret);

    const made = functions(this, deployment, { layout, table, deadLetters, slackSecret: secret });
    const { sweep, remediate, alert, backfill, audit } = made.functions;
    schedule(this, names.sweep, { rate: deployment.sweepEvery, fn: sweep, deadLetters });
    const toBus = busTarget(this, layout);
    const selfCheck = selfCheckFunction(this, deployment, made, { layout, table });
    const all = { ...made.functions, selfCheck };
    schedule(this, names.selfCheck, { rate: selfCheckEvery, fn: selfCheck, deadLetters });
    const watched = { ...layout, mapping: mappingIdIn(this) };
    eventRules(this, rulesOf(main, watched, hints), {
      targets: {
        bus: toBus,
        alarms: topicTarget(topic, deployment.alerts),
        remediate: functionTarget(remediate),
        selfCheck: functionTarget(selfCheck),
        alert: functionTarget(alert),
      },
      deadLetters,
      // CDK's own type says more than its class where a property may be left out.
      bus: bus as events.IEventBus,
    });

    const rings = alarms(this, topic, {
      functions: Object.values(all),
      audit,
      deadLetters,
      sweepEvery: durationOf(deployment.sweepEvery),
      selfCheckEvery: durationOf(selfCheckEvery),
      guardedAtLeast: deployment.trails?.length ?? 1,
    });
    dashboard(this, { functions: Object.values(all), audit, deadLetters, alarms: rings });
    const trail = deployment.sentinel ? sentinel(this) : undefined;

    outputs(this, {
      AlarmTopicArn: topic.topicArn,
      AlertFunctionName: alert.functionName,
      AlertLogGroupName: alert.logGroup.logGroupName,
      AlertRoleArn: alert.role?.roleArn,
      ArchiveArn: archive.archiveArn,
      BackfillFunctionName: backfill.functionName,
      BackfillLogGroupName: backfill.logGroup.logGroupName,
      AuditFunctionName: audit.functionName,
      AuditLogGroupName: audit.logGroup.logGroupName,
      DashboardName: names.dashboard,
      DeadLetterQueueUrl: deadLetters.queueUrl,
      DelegatedAdministrators: layout.delegatedAdministrators.join(',') || undefined,
      EventBusArn: bus.eventBusArn,
      ReconcileRoleArn: sweep.role?.roleArn,
      HomeRegions: deployment.homeRegions.join(','),
      MaxHoldHours: String(deployment.maxHold),
      Mode: deployment.mode,
      RemediateFunctionName: remediate.functionName,
      RemediateLogGroupName: remediate.logGroup.logGroupName,
      SentinelTrailArn: trail?.trailArn,
      Signing: JSON.stringify(signingConfig(deployment)),
      SigningKeyArn: key?.keyArn,
      SlackSecretArn: secret,
      StateTableName: table.tableName,
      SweepEvery: deployment.sweepEvery,
      SweepFunctionName: sweep.functionName,
      SweepLogGroupName: sweep.logGroup.logGroupName,
      SweepScheduleName: names.sweep,
      SelfCheckFunctionName: selfCheck.functionName,
      SelfCheckLogGroupName: selfCheck.logGroup.logGroupName,
      SelfCheckRoleArn: selfCheck.role?.roleArn,
      SelfCheckScheduleName: names.selfCheck,
    });
  }
}

/**
 * The state table. It is retained when the stack is deleted, and a new stack can take it over by its name. Only a first deployment
 * that is rolled back deletes it: the empty table would block the next attempt (docs/decisions/0004). Its key is AWS's own, because a
 * customer key can be disabled.
 */
function stateTable(stack: cdk.Stack): dynamodb.Table {
  return new dynamodb.Table(stack, 'State', {
    tableName: names.table,
    partitionKey: { name: 'pk', type: dynamodb.AttributeType.STRING },
    sortKey: { name: 'sk', type: dynamodb.AttributeType.STRING },
    billingMode: dynamodb.BillingMode.PAY_PER_REQUEST,
    encryption: dynamodb.TableEncryption.DEFAULT,
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    deletionProtection: stack.terminationProtection,
    removalPolicy: cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    // What is written to it leaves no event: this is how people hear of it.
    stream: dynamodb.StreamViewType.NEW_AND_OLD_IMAGES,
  });
}

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
