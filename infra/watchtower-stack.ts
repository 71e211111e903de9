import * as cdk from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import type * as sns from 'aws-cdk-lib/aws-sns';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { watchtowerTimeout } from '#aws/function-timeouts.ts';
import { accountOf, names, roleArn } from '#aws/resource-names.ts';
import { watchtowerAlias } from '#aws/watchtower-arns.ts';
import type { Deployment } from '#deployment/config.ts';
import { metricNames } from '#deployment/metrics.ts';
import { minutesOf, sweepRate } from '#deployment/sweep-rate.ts';
import type { Watchtower } from '#deployment/watchtower-config.ts';
import { heartbeatEvent } from '#watchtower/heartbeat.ts';
import { requireWatchtower, watchtowerFacts } from '#watchtower/watchtower-facts.ts';
import { alarm, alarmTopic, errorsOf, ofTrailkeeper } from './alarms.ts';
import type { Bundler } from './bundle.ts';
import { channelSecrets, secretOutputs } from './channel-secrets.ts';
import { deadLetterQueue } from './dead-letters.ts';
import { allowSenders } from './event-bus.ts';
import { evidenceBucket } from './evidence-bucket.ts';
import { heartbeatKeyActions } from './reconcile-role.ts';
import { functionTarget, withDeadLetters } from './rule-targets.ts';
import { schedule } from './schedule.ts';
import { functionLogGroup, TrailkeeperFunction } from './trailkeeper-function.ts';
import { watchtowerRole } from './watchtower-role.ts';

type WatchtowerStackProps = cdk.StackProps & {
  readonly deployment: Deployment;
  readonly watchtower: Watchtower;
  readonly bundle: Bundler;
};

/** The stack in a second account that watches trailkeeper, and trusts nothing in the first one. */
class WatchtowerStack extends cdk.Stack {
  constructor(
    scope: Construct,
    id: string,
    { deployment, watchtower, bundle, ...props }: WatchtowerStackProps,
  ) {
    super(scope, id, {
      description: 'trailkeeper: watches trailkeeper from outside its account',
      stackName: names.watchtower,
      env: { account: watchtower.account, region: deployment.region },
      // With the caller's credentials: the policies of the bootstrap allow no keys.
      synthesizer: new cdk.CliCredentialsStackSynthesizer() as cdk.IStackSynthesizer,
      ...props,
    });
    const sender = roleArn(deployment, names.reconcileRole);
    const deadLetters = deadLetterQueue(this, names.watchtower);
    const topic = alarmTopic(this, watchtower.emails, names.watchtower);
    const secrets = channelSecrets(this, watchtower.channels);
    const key = heartbeatKey(this, sender);
    const table = ownTable(this);
    const { channels, evidenceDays } = watchtower;
    const evidence = evidenceDays === undefined ? undefined : evidenceBucket(this, evidenceDays);
    const fn = new TrailkeeperFunction(this, 'Watchtower', {
      functionName: names.watchtower,
      description: 'trailkeeper: watches trailkeeper from outside its account',
      bundle: () => bundle('watchtower', watchtowerFacts(deployment, watchtower)),
      timeout: watchtowerTimeout,
      environment: { TOPIC_ARN: topic.topicArn },
      role: watchtowerRole(this, {
        ...{ table, key, topic, channels, secrets },
        logBuckets: watchtower.logBuckets,
        evidence,
        watched: roleArn(deployment, names.watchtower),
      }),
      logGroup: functionLogGroup(this, 'Watchtower'),
      deadLetters,
    });
    receiveHeartbeats(this, { sender, account: deployment.account, fn, deadLetters });
    const rate = sweepRate(deployment.sweepEvery);
    schedule(this, names.watchtower, { rate, fn, deadLetters });
    watchtowerAlarms(this, { topic, fn, deadLetters, rate });
    for (const [name, value] of Object.entries({
      AlarmTopicArn: topic.topicArn,
      LogGroupName: fn.logGroup.logGroupName,
      ...(evidence && { EvidenceBucket: evidence.bucketName }),
      ...secretOutputs(secrets),
    })) {
      new cdk.CfnOutput(this, name, { value });
    }
  }
}

/** Adds the stack for the account that `watchtower` names. Throws `ConfigError` if the configuration has no watchtower. */
export function addWatchtowerStack(
  scope: Construct,
  deployment: Deployment,
  bundle: Bundler,
): cdk.Stack {
  const watchtower = requireWatchtower(deployment);
  const { mode } = deployment;
  const terminationProtection = mode === 'enforce';
  const props = { deployment, watchtower, bundle, terminationProtection };
  return new WatchtowerStack(scope, names.watchtower, props);
}

/**
 * The key that signs heartbeats. Its policy lets only the role of the sweep sign, in a condition, because a role as principal is bound to
 * its unique id. CloudTrail records each use in both accounts.
 */
function heartbeatKey(stack: cdk.Stack, sender: string): kms.Key {
  const key = new kms.Key(stack, 'Key', {
    description: 'trailkeeper: signs the heartbeats of sweeps',
    keySpec: kms.KeySpec.ECC_NIST_P256,
    keyUsage: kms.KeyUsage.SIGN_VERIFY,
    alias: watchtowerAlias,
    removalPolicy: cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
  });
  key.addToResourcePolicy(
    new iam.PolicyStatement({
      sid: 'SweepsSign',
      principals: [new iam.AccountPrincipal(accountOf(sender))],
      actions: [...heartbeatKeyActions],
      resources: ['*'],
      conditions: { ArnEquals: { 'aws:PrincipalArn': sender } },
    }),
  );
  return key;
}

/** What the watchtower has received, and of what it has notified people. It can be lost: a new one begins to watch again. */
function ownTable(stack: cdk.Stack): dynamodb.Table {
  return new dynamodb.Table(stack, 'Table', {
    tableName: names.watchtower,
    partitionKey: { name: 'pk', type: dynamodb.AttributeType.STRING },
    sortKey: { name: 'sk', type: dynamodb.AttributeType.STRING },
    billingMode: dynamodb.BillingMode.PAY_PER_REQUEST,
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    removalPolicy: cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
  });
}

type Receiver = {
  readonly sender: string;
  readonly account: string;
  readonly fn: TrailkeeperFunction;
  readonly deadLetters: sqs.Queue;
};

/** The bus that only the role of the sweep may send to, and the rule that invokes the function. */
function receiveHeartbeats(stack: cdk.Stack, { sender, account, fn, deadLetters }: Receiver): void {
  const bus = new events.EventBus(stack, 'Bus', { eventBusName: names.watchtower });
  allowSenders(bus, 'SweepsSend', `arn:${stack.partition}:iam::${account}:root`, {
    ArnEquals: { 'aws:PrincipalArn': sender },
  });
  const ruleName = `${names.watchtower}-Heartbeats`;
  new events.Rule(stack, ruleName, {
    ruleName,
    description: 'Keeps the heartbeats of sweeps',
    // The CDK's interface and class differ in optional properties.
    eventBus: bus as events.IEventBus,
    eventPattern: { source: ['trailkeeper'], detailType: [heartbeatEvent] },
    targets: [withDeadLetters(functionTarget(fn), deadLetters)],
  });
}

type Alarmed = {
  readonly topic: sns.Topic;
  readonly fn: TrailkeeperFunction;
  readonly deadLetters: sqs.IQueue;
  readonly rate: string;
};

/** Alarms on everything that keeps the watchtower from checking. */
function watchtowerAlarms(stack: cdk.Stack, { topic, fn, deadLetters, rate }: Alarmed): void {
  const span = cdk.Duration.minutes(Math.max(5, 3 * minutesOf(rate)));
  alarm(stack, topic, {
    id: 'Checks',
    metric: ofTrailkeeper(metricNames.checks, 'Sum', span),
    alarmDescription: `The watchtower has not finished a check for ${span.toMinutes()} minutes. Check the log of the function ${names.watchtower} and its schedule.`,
    comparisonOperator: cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
    treatMissingData: cloudwatch.TreatMissingData.BREACHING,
  });
  alarm(stack, topic, errorsOf(fn, span));
  alarm(stack, topic, {
    id: 'DeadLetters',
    metric: deadLetters.metricApproximateNumberOfMessagesVisible({ period: span }),
    alarmDescription: `Heartbeats or checks failed repeatedly and are in the queue ${names.watchtower}. Check the log of the function ${names.watchtower}.`,
  });
}
