import * as cdk from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sns from 'aws-cdk-lib/aws-sns';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { heartbeat } from '#shared/heartbeat.ts';

export type AlarmsProps = {
  readonly sweep: lambda.IFunction;
  readonly remediate: lambda.IFunction;
  readonly deadLetters: sqs.IQueue;
  readonly sweepEvery: cdk.Duration;
};

/** Alarms on everything that keeps a trail from being guarded, each saying what to do; gives the topic that they tell. */
export function alarms(stack: cdk.Stack, props: AlarmsProps): sns.Topic {
  const { sweep, remediate, deadLetters, sweepEvery } = props;
  const topic = new sns.Topic(stack, 'Alarms', {
    displayName: 'trailkeeper',
    enforceSSL: true,
  });
  const { BREACHING, NOT_BREACHING } = cloudwatch.TreatMissingData;
  const span = cdk.Duration.minutes(Math.max(5, 3 * sweepEvery.toMinutes()));

  alarm('Heartbeat', ofSweep(heartbeat.beat, 'Sum', span), {
    alarmDescription: `No sweep has come to its end for ${span.toMinutes()} minutes: trails may not be guarded. Look at the log of the function Sweep, and at its schedule.`,
    comparisonOperator: cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
    treatMissingData: BREACHING,
  });
  alarm('OutOfSync', ofSweep(heartbeat.outOfSync, 'Minimum', span), {
    alarmDescription:
      'A trail stays other than its baseline says, or can not be read. The log of the function Sweep says what is left, and what to do about it.',
    treatMissingData: NOT_BREACHING,
  });
  alarm('DeadLetters', deadLetters.metricApproximateNumberOfMessagesVisible({ period: span }), {
    alarmDescription:
      'Events or sweeps were given up. The log says why; npm run redrive puts them through again.',
    treatMissingData: NOT_BREACHING,
  });
  for (const [name, fn] of [
    ['Sweep', sweep],
    ['Remediate', remediate],
  ] as const) {
    alarm(`${name}Errors`, fn.metricErrors({ period: span }), {
      alarmDescription: `The function ${name} fails. Its log says why; what it was called for is tried again, and then lies in the dead-letter queue.`,
      treatMissingData: NOT_BREACHING,
    });
    alarm(`${name}Throttles`, fn.metricThrottles({ period: span }), {
      alarmDescription: `The function ${name} is not let run: the account is out of concurrency, or somebody took it from the function.`,
      treatMissingData: NOT_BREACHING,
    });
    alarm(`${name}Dropped`, fn.metric('AsyncEventsDropped', { statistic: 'Sum', period: span }), {
      alarmDescription: `Lambda has dropped events of the function ${name}. The next sweep does their work.`,
      treatMissingData: NOT_BREACHING,
    });
  }
  return topic;

  function alarm(id: string, metric: cloudwatch.IMetric, alarmProps: Judgement): void {
    const made = new cloudwatch.Alarm(stack, `${id}Alarm`, {
      comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      ...alarmProps,
      metric,
      evaluationPeriods: 1,
      threshold: 1,
    });
    made.addAlarmAction(new SnsAction(topic));
    made.addOkAction(new SnsAction(topic));
  }
}

type Judgement = Pick<cloudwatch.AlarmProps, 'comparisonOperator'> &
  Required<Pick<cloudwatch.AlarmProps, 'alarmDescription' | 'treatMissingData'>>;

const ofSweep = (metricName: string, statistic: string, period: cdk.Duration): cloudwatch.Metric =>
  new cloudwatch.Metric({
    namespace: heartbeat.namespace,
    metricName,
    dimensionsMap: { service: heartbeat.service },
    statistic,
    period,
  });
