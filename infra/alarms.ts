import * as cdk from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sns from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { names } from '#aws/resource-names.ts';
import { heartbeat, heartbeatTimeout } from '#deployment/heartbeat.ts';

/** The topic that alarms, the rules that watch trailkeeper and its functions tell: what people subscribe to. */
export function alarmTopic(stack: cdk.Stack, emails: readonly string[]): sns.Topic {
  const topic = new sns.Topic(stack, 'Alarms', {
    topicName: names.alarms,
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
  /** The one of them that reads a stream. */
  readonly audit: lambda.IFunction;
  readonly deadLetters: sqs.IQueue;
  readonly sweepEvery: cdk.Duration;
  readonly selfCheckEvery: cdk.Duration;
  /** How many trails there are to guard, as far as the configuration says. */
  readonly guardedAtLeast: number;
};

/** Alarms on everything that keeps a trail from being guarded, each saying what to do. They tell the topic. */
export function alarms(
  stack: cdk.Stack,
  topic: sns.Topic,
  { functions, audit, deadLetters, sweepEvery, selfCheckEvery, guardedAtLeast }: AlarmsProps,
): readonly cloudwatch.Alarm[] {
  const { BREACHING, NOT_BREACHING } = cloudwatch.TreatMissingData;
  const { LESS_THAN_THRESHOLD, GREATER_THAN_OR_EQUAL_TO_THRESHOLD } = cloudwatch.ComparisonOperator;
  const span = cdk.Duration.minutes(heartbeatTimeout(sweepEvery.toMinutes()));
  const watchSpan = cdk.Duration.minutes(3 * selfCheckEvery.toMinutes());
  const log = (name: string): string => `Look at the log of the function ${name}`;

  return [
    alarm('Heartbeat', ofTrailkeeper(heartbeat.beat, 'Sum', span), {
      alarmDescription: `No sweep has come to its end for ${span.toMinutes()} minutes: trails may not be guarded. ${log(names.sweep)}, and at its schedule.`,
      comparisonOperator: LESS_THAN_THRESHOLD,
      treatMissingData: BREACHING,
    }),
    alarm('Unguarded', ofTrailkeeper(heartbeat.guarded, 'Maximum', span), {
      alarmDescription: `Fewer trails are guarded than the ${guardedAtLeast} that must be: the baseline of one was never captured, or is gone. npx trailkeeper list says which are guarded, and capture guards one; what was in the table before, point-in-time recovery has. ${log(names.sweep)}, too.`,
      comparisonOperator: LESS_THAN_THRESHOLD,
      threshold: guardedAtLeast,
      // Where no sweep ends, the heartbeat rings.
      treatMissingData: NOT_BREACHING,
    }),
    alarm('OutOfSync', ofTrailkeeper(heartbeat.outOfSync, 'Minimum', span), {
      alarmDescription: `A trail stays other than its baseline says, or can not be read. The log of the function ${names.sweep} says what is left, and what to do about it.`,
      treatMissingData: NOT_BREACHING,
    }),
    alarm('Wiring', ofTrailkeeper(heartbeat.wiringFaults, 'Maximum', watchSpan), {
      alarmDescription: `A part of trailkeeper is not as it was deployed, or nobody has looked for ${watchSpan.toMinutes()} minutes. ${log(names.selfCheck)}; npx cdk deploy --all --revert-drift puts it back.`,
      treatMissingData: BREACHING,
    }),
    alarm('Table', ofTrailkeeper(heartbeat.tableFaults, 'Maximum', span), {
      alarmDescription: `The state table says what nobody who may approve has signed, or lacks what was signed: somebody has written to it. What was signed last stays in force. ${log(names.sweep)}.`,
      treatMissingData: NOT_BREACHING,
    }),
    alarm('Late', lateness(audit, span), {
      alarmDescription: `What is written to the state table is told half an hour late, or not at all. ${log(names.audit)}.`,
      threshold: cdk.Duration.minutes(30).toMilliseconds(),
      treatMissingData: NOT_BREACHING,
    }),
    alarm('DeadLetters', deadLetters.metricApproximateNumberOfMessagesVisible({ period: span }), {
      alarmDescription:
        'Events or sweeps were given up. The log says why; npx trailkeeper redrive puts them through again.',
      treatMissingData: NOT_BREACHING,
    }),
    ...functions.flatMap((fn) => [
      alarm(`${fn.node.id}Errors`, fn.metricErrors({ period: span }), {
        alarmDescription: `The function ${fn.node.id} fails. Its log says why; what it was called for is tried again, and then lies in the dead-letter queue.`,
        treatMissingData: NOT_BREACHING,
      }),
      alarm(`${fn.node.id}Throttles`, fn.metricThrottles({ period: span }), {
        alarmDescription: `The function ${fn.node.id} is not let run: the account is out of concurrency, of which reservedConcurrency keeps some, or somebody took it from the function, to which npx cdk deploy --all --revert-drift gives it back.`,
        treatMissingData: NOT_BREACHING,
      }),
      alarm(`${fn.node.id}Dropped`, droppedEvents(fn, span), {
        alarmDescription: `Lambda has dropped events of the function ${fn.node.id}. The next sweep does their work, but for what ${names.alert} was to tell people: that is in the log.`,
        treatMissingData: NOT_BREACHING,
      }),
    ]),
  ];

  function alarm(id: string, metric: cloudwatch.IMetric, judgement: Judgement): cloudwatch.Alarm {
    const made = new cloudwatch.Alarm(stack, `${id}Alarm`, {
      comparisonOperator: GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      threshold: 1,
      ...judgement,
      metric,
      evaluationPeriods: 1,
    });
    made.addAlarmAction(new SnsAction(topic));
    made.addOkAction(new SnsAction(topic));
    return made;
  }
}

type Judgement = Pick<cloudwatch.AlarmProps, 'comparisonOperator'> &
  Partial<Pick<cloudwatch.AlarmProps, 'threshold'>> &
  Required<Pick<cloudwatch.AlarmProps, 'alarmDescription' | 'treatMissingData'>>;

/** A metric that the functions write to their logs. */
export const ofTrailkeeper = (
  metricName: string,
  statistic: string,
  period: cdk.Duration,
): cloudwatch.Metric =>
  new cloudwatch.Metric({
    namespace: heartbeat.namespace,
    metricName,
    dimensionsMap: { service: heartbeat.service },
    statistic,
    period,
  });

/** How old what a function reads off a stream is by then, in milliseconds. Source: Lambda developer guide, "Performance metrics". */
export const lateness = (fn: lambda.IFunction, period: cdk.Duration): cloudwatch.Metric =>
  fn.metric('IteratorAge', { statistic: 'Maximum', period });

/** Events that Lambda took and gave up. Source: Lambda developer guide, "Asynchronous invocation metrics". */
export const droppedEvents = (fn: lambda.IFunction, period: cdk.Duration): cloudwatch.Metric =>
  fn.metric('AsyncEventsDropped', { statistic: 'Sum', period });
