import * as cdk from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sns from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { names } from '#aws/resource-names.ts';
import { selfCheckEvery } from '#deployment/expected-deployment.ts';
import { metricNames } from '#deployment/metrics.ts';
import { heartbeatTimeout, minutesOf } from '#deployment/sweep-rate.ts';

/** The topic that notifies people: of alarms, of calls that change trailkeeper itself, and of alerts. */
export function alarmTopic(
  stack: cdk.Stack,
  emails: readonly string[],
  topicName: string = names.alarms,
): sns.Topic {
  const topic = new sns.Topic(stack, 'Alarms', {
    topicName,
    displayName: 'trailkeeper',
    enforceSSL: true,
  });
  // A topic policy replaces the default policy: services that it does not name cannot publish.
  topic.addToResourcePolicy(
    new iam.PolicyStatement({
      sid: 'Alarms',
      principals: [new iam.ServicePrincipal('cloudwatch.amazonaws.com')],
      actions: ['sns:Publish'],
      resources: [topic.topicArn],
      conditions: { StringEquals: { 'aws:SourceAccount': stack.account } },
    }),
  );
  // EventBridge does not support Condition in a topic policy. Source: EventBridge User Guide, "Using resource-based policies".
  topic.addToResourcePolicy(
    new iam.PolicyStatement({
      sid: 'Rules',
      principals: [new iam.ServicePrincipal('events.amazonaws.com')],
      actions: ['sns:Publish'],
      resources: [topic.topicArn],
    }),
  );
  for (const email of emails) topic.addSubscription(new EmailSubscription(email));
  return topic;
}

export type AlarmsProps = {
  readonly functions: readonly lambda.Function[];
  /** Those of them whose silence no other alarm reports. */
  readonly withoutHeartbeat: readonly lambda.Function[];
  /** The function that reads the stream of the state table. */
  readonly audit: lambda.IFunction;
  readonly deadLetters: sqs.IQueue;
  readonly sweepEvery: string;
  /** The queue of light checks, if there are any. */
  readonly lightChecks: sqs.IQueue | undefined;
  /** The number of configured trails, at least 1. */
  readonly protectedAtLeast: number;
  /** The account of the watchtower, if there is one. */
  readonly watchtower: string | undefined;
  /** Whether people decide in Slack. */
  readonly answersSlack: boolean;
};

/** Alarms on everything that keeps trails from being protected. Each description says what happened, then what to do. */
export function alarms(
  stack: cdk.Stack,
  topic: sns.Topic,
  {
    functions,
    withoutHeartbeat,
    audit,
    deadLetters,
    sweepEvery,
    lightChecks,
    protectedAtLeast,
    watchtower,
    answersSlack,
  }: AlarmsProps,
): readonly cloudwatch.Alarm[] {
  const { BREACHING } = cloudwatch.TreatMissingData;
  const { LESS_THAN_THRESHOLD } = cloudwatch.ComparisonOperator;
  const span = cdk.Duration.minutes(heartbeatTimeout(sweepEvery));
  const selfCheckSpan = cdk.Duration.minutes(3 * minutesOf(selfCheckEvery));
  const log = (name: string): string => `the log of the function ${name}`;

  const definitions: readonly AlarmDefinition[] = [
    {
      id: 'Heartbeat',
      metric: ofTrailkeeper(metricNames.beat, 'Sum', span),
      alarmDescription: `No sweep has finished for ${span.toMinutes()} minutes: trails may be unprotected. Check ${log(names.sweep)} and its schedule.`,
      comparisonOperator: LESS_THAN_THRESHOLD,
      treatMissingData: BREACHING,
    },
    {
      id: 'Unprotected',
      metric: ofTrailkeeper(metricNames.protected, 'Maximum', span),
      alarmDescription: `${protectedAtLeast === 1 ? 'No trail is protected' : `Fewer than ${protectedAtLeast} trails are protected`}: a baseline was never captured, or was deleted. Run npx --no -- trailkeeper list, then capture each missing trail, or restore the table with point-in-time recovery. Check ${log(names.sweep)}, too.`,
      comparisonOperator: LESS_THAN_THRESHOLD,
      threshold: protectedAtLeast,
    },
    {
      id: 'OutOfSync',
      metric: ofTrailkeeper(metricNames.outOfSync, 'Minimum', span),
      alarmDescription: `A trail still differs from its baseline after each sweep, or cannot be read. Run npx --no -- trailkeeper plan. ${names.sweep} logs the reason and the remedy.`,
    },
    {
      id: 'Integrity',
      metric: ofTrailkeeper(metricNames.integrityFaults, 'Maximum', selfCheckSpan),
      alarmDescription: `trailkeeper differs from what was deployed, or the self-check has not finished for ${selfCheckSpan.toMinutes()} minutes. Run npx --no -- trailkeeper doctor and check ${log(names.selfCheck)}; npx cdk deploy --all --revert-drift repairs the deployment.`,
      treatMissingData: BREACHING,
    },
    {
      id: 'StateTable',
      metric: ofTrailkeeper(metricNames.tableFaults, 'Maximum', span),
      alarmDescription: `The state table was changed without an approved signature. The last signed versions stay in force. Check ${log(names.sweep)} for the rows, and find out who can write to the table.`,
    },
    {
      id: 'AuditDelay',
      metric: iteratorAge(audit, span),
      alarmDescription: `Writes to the state table are reported more than 30 minutes late, or not at all. Check ${log(names.audit)}.`,
      threshold: cdk.Duration.minutes(30).toMilliseconds(),
    },
    {
      id: 'DeadLetters',
      metric: deadLetters.metricApproximateNumberOfMessagesVisible({ period: span }),
      alarmDescription:
        'Events or invocations failed repeatedly and are in the dead-letter queue. Check the logs, then run npx --no -- trailkeeper redrive.',
    },
    ...(lightChecks === undefined
      ? []
      : [
          {
            id: 'LightChecks',
            metric: lightChecks.metricNumberOfMessagesDeleted({ period: span }),
            alarmDescription: `No light check has finished for ${span.toMinutes()} minutes: what no event reports waits for the sweep. Check the schedule and the queue ${names.lightChecks}, and ${log(names.sweep)}.`,
            comparisonOperator: LESS_THAN_THRESHOLD,
            treatMissingData: BREACHING,
          },
        ]),
    ...(watchtower === undefined
      ? []
      : [
          {
            id: 'Heartbeats',
            metric: ofTrailkeeper(metricNames.unsent, 'Minimum', span),
            alarmDescription: `No heartbeat reached the watchtower in account ${watchtower} for ${span.toMinutes()} minutes. Check ${log(names.sweep)}, and deploy the watchtower with credentials of its account: npx --no -- trailkeeper deploy --watchtower`,
          },
        ]),
    ...(answersSlack
      ? [
          {
            id: 'RefusedRequests',
            metric: ofTrailkeeper(metricNames.refused, 'Sum', cdk.Duration.minutes(15)),
            alarmDescription: `The URL for Slack refused 3 or more requests in 15 minutes: they were forged, replayed or late, and changed nothing. Check the reasons in ${log(names.interact)}, and run npx --no -- trailkeeper doctor: a signing secret that was replaced in Slack has the same effect.`,
            // A single one may be a clock or a network.
            threshold: 3,
          },
        ]
      : []),
    ...functions.map((fn) => errorsOf(fn, span)),
    ...withoutHeartbeat.flatMap((fn): readonly AlarmDefinition[] => [
      {
        id: `${fn.node.id}Throttles`,
        metric: fn.metricThrottles({ period: span }),
        alarmDescription: `Lambda is throttling ${fn.node.id}: the account's concurrency is exhausted, or the function's was reduced. Set reservedConcurrency, or run npx cdk deploy --all --revert-drift to restore it.`,
      },
      {
        id: `${fn.node.id}Dropped`,
        metric: droppedEvents(fn, span),
        alarmDescription: `Lambda dropped events of the function ${fn.node.id} and sent them to the dead-letter queue. Check why the function is throttled, then run npx --no -- trailkeeper redrive.${fn.node.id === 'Alert' ? ' Alerts were not sent: npx --no -- trailkeeper incidents shows them.' : ''}`,
      },
    ]),
  ];
  return definitions.map((definition) => alarm(stack, topic, definition));
}

export const errorsOf = (fn: lambda.Function, span: cdk.Duration): AlarmDefinition => ({
  id: `${fn.node.id}Errors`,
  metric: fn.metricErrors({ period: span }),
  alarmDescription: `The function ${fn.node.id} fails. ${fn.node.id === 'Alert' ? 'Check its log: it names the channel that gets no alerts, for example because its token was revoked.' : 'Check its log.'} Failed invocations are retried, then sent to the dead-letter queue.`,
});

/** Missing data raises no alarm by default: if a function does not run, another alarm says so. */
export type AlarmDefinition = Pick<
  cloudwatch.AlarmProps,
  'metric' | 'comparisonOperator' | 'treatMissingData'
> & {
  readonly id: string;
  readonly alarmDescription: string;
  readonly threshold?: number;
};

export function alarm(
  stack: cdk.Stack,
  topic: sns.Topic,
  { id, ...definition }: AlarmDefinition,
): cloudwatch.Alarm {
  const made = new cloudwatch.Alarm(stack, `${id}Alarm`, {
    comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    threshold: 1,
    evaluationPeriods: 1,
    treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
    ...definition,
  });
  made.addAlarmAction(new SnsAction(topic));
  made.addOkAction(new SnsAction(topic));
  return made;
}

/** A metric that functions publish through their logs. */
export const ofTrailkeeper = (
  metricName: string,
  statistic: string,
  period: cdk.Duration,
): cloudwatch.Metric =>
  new cloudwatch.Metric({
    namespace: metricNames.namespace,
    metricName,
    dimensionsMap: { service: metricNames.service },
    statistic,
    period,
  });

/** The age of the last stream record that a function read, in milliseconds. Source: Lambda Developer Guide, "Performance metrics". */
export const iteratorAge = (fn: lambda.IFunction, period: cdk.Duration): cloudwatch.Metric =>
  fn.metric('IteratorAge', { statistic: 'Maximum', period });

/** Events that Lambda accepted but never delivered. Source: Lambda Developer Guide, "Asynchronous invocation metrics". */
export const droppedEvents = (fn: lambda.IFunction, period: cdk.Duration): cloudwatch.Metric =>
  fn.metric('AsyncEventsDropped', { statistic: 'Sum', period });
