import * as cdk from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as events from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { incidentKeys } from '#core/incident.ts';
import { kinds } from '#drift/index.ts';
import { type Deployment, functionEnvironment } from '#shared/config.ts';
import { alarms } from './alarms.ts';
import { patternsOf } from './event-patterns.ts';
import { GuardFunction } from './guard-function.ts';
import { justify } from './justify.ts';
import { statementsFor } from './permissions.ts';

export type TrailkeeperStackProps = cdk.StackProps & { readonly deployment: Deployment };

/** Everything that guards the trails of one account. */
export class TrailkeeperStack extends cdk.Stack {
  constructor(scope: Construct, id: string, { deployment, ...props }: TrailkeeperStackProps) {
    super(scope, id, {
      description: 'trailkeeper: puts a CloudTrail trail back as it was',
      terminationProtection: true,
      ...props,
    });
    const table = stateTable(this);
    const deadLetters = deadLetterQueue(this);
    const role = guardRole(this, deployment, table);
    const { mode } = deployment;
    const environment = functionEnvironment({ mode, table: table.tableName, role: role.roleArn });
    const { reservedConcurrency: reservedConcurrentExecutions } = deployment;
    const common = { environment, role, deadLetters, reservedConcurrentExecutions };
    const sweep = new GuardFunction(this, 'Sweep', {
      ...common,
      description: 'trailkeeper: reconciles every guarded trail with its baseline',
      entry: 'functions/sweep.ts',
    });
    const remediate = new GuardFunction(this, 'Remediate', {
      ...common,
      description: 'trailkeeper: reconciles the trails that a CloudTrail event is about',
      entry: 'functions/remediate.ts',
    });
    sweepSchedule(this, deployment, sweep, deadLetters);
    trailEventRules(this, remediate, deadLetters);

    const topic = alarms(this, {
      sweep,
      remediate,
      deadLetters,
      sweepEvery: durationOf(deployment.sweepEvery),
    });

    new cdk.CfnOutput(this, 'AlarmTopicArn', { value: topic.topicArn });
    new cdk.CfnOutput(this, 'StateTableName', { value: table.tableName });
    new cdk.CfnOutput(this, 'SweepFunctionName', { value: sweep.functionName });
    new cdk.CfnOutput(this, 'RemediateFunctionName', { value: remediate.functionName });
    new cdk.CfnOutput(this, 'FunctionNames', {
      value: cdk.Fn.join(',', [sweep.functionName, remediate.functionName]),
    });
    new cdk.CfnOutput(this, 'DeadLetterQueueUrl', { value: deadLetters.queueUrl });
  }
}

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

/** Every event and sweep that could not be delivered or carried out, whoever gave up on it. */
function deadLetterQueue(stack: cdk.Stack): sqs.Queue {
  const queue = new sqs.Queue(stack, 'DeadLetters', {
    retentionPeriod: cdk.Duration.days(14),
    encryption: sqs.QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
  });
  justify(queue, { SQS3: 'it is the dead-letter queue' });
  return queue;
}

/** The one role that writes to trails. Both functions do the same with it, and know their own calls by it. */
function guardRole(
  stack: cdk.Stack,
  { mode, homeRegions = [stack.region] }: Deployment,
  table: dynamodb.TableV2,
): iam.Role {
  const role = new iam.Role(stack, 'GuardRole', {
    assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
    description: 'trailkeeper: reads trails and baselines; in mode enforce, restores trails',
  });
  const scope = { partition: stack.partition, accountId: stack.account, homeRegions };
  for (const statement of [...statementsFor(kinds, mode, scope), ...stateStatements(table)]) {
    role.addToPolicy(statement);
  }
  justify(role, {
    'IAM5[Resource::*]':
      'actions of AWS Organizations have no resource type; the only write among them is for CloudTrail alone, by its condition',
    'IAM5[Resource::arn:<AWS::Partition>:iam::<AWS::AccountId>:role/*]':
      'the CloudWatch Logs role that a baseline names is data, and may be handed to CloudTrail alone, by its condition',
    ...Object.fromEntries(
      homeRegions.map((region) => [
        `IAM5[Resource::arn:<AWS::Partition>:cloudtrail:${region === stack.region ? '<AWS::Region>' : region}:<AWS::AccountId>:trail/*]`,
        'which trails are guarded is data, unknown when the role is made; what is done to them are reads and repairs',
      ]),
    ),
  });
  return role;
}

/** The functions read baselines and never write one. */
function stateStatements(table: dynamodb.TableV2): iam.PolicyStatement[] {
  const resources = [table.tableArn];
  return [
    new iam.PolicyStatement({ actions: ['dynamodb:GetItem', 'dynamodb:Query'], resources }),
    new iam.PolicyStatement({
      actions: ['dynamodb:PutItem'],
      resources,
      conditions: {
        'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [`${incidentKeys}*`] },
      },
    }),
  ];
}

/** A rate of the configuration, as `5 minutes` or `1 hour`. */
function durationOf(rate: string): cdk.Duration {
  const [count = '', unit = ''] = rate.split(' ');
  return unit.startsWith('hour')
    ? cdk.Duration.hours(Number(count))
    : cdk.Duration.minutes(Number(count));
}

/** A sweep that could not be started is not worth starting late: the next one does the same. */
function sweepSchedule(
  stack: cdk.Stack,
  { sweepEvery }: Deployment,
  sweep: GuardFunction,
  deadLetters: sqs.Queue,
): void {
  const target = new LambdaInvoke(sweep, {
    input: scheduler.ScheduleTargetInput.fromObject({}),
    retryAttempts: 2,
    maxEventAge: cdk.Duration.minutes(5),
    deadLetterQueue: deadLetters,
  });
  new scheduler.Schedule(stack, 'SweepSchedule', {
    description: 'Sweeps every guarded trail, whatever events did or did not arrive',
    schedule: scheduler.ScheduleExpression.expression(`rate(${sweepEvery})`),
    target,
  });
  const versions = `IAM5[Resource::<${stack.getLogicalId(sweep.node.defaultChild as cdk.CfnElement)}.Arn>:*]`;
  justify(stack, { [versions]: "CDK's own: any version of the one function that is started" });
}

/** One rule for each service whose calls hint at drift. A late event is worth as much as a punctual one: it says look. */
function trailEventRules(stack: cdk.Stack, remediate: GuardFunction, deadLetters: sqs.Queue): void {
  for (const [service, eventPattern] of patternsOf(kinds)) {
    new events.Rule(stack, `TrailEvents-${service}`, {
      description: `Calls to ${service} after which a guarded trail may have drifted`,
      eventPattern,
      targets: [
        new LambdaFunction(remediate, {
          deadLetterQueue: deadLetters,
          retryAttempts: 185,
          maxEventAge: cdk.Duration.hours(24),
        }),
      ],
    });
  }
}
