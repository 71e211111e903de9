import * as cdk from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { names } from '#aws/resource-names.ts';
import { metricNames } from '#deployment/metrics.ts';
import { droppedEvents, iteratorAge, ofTrailkeeper } from './alarms.ts';

export type DashboardProps = {
  readonly functions: readonly lambda.Function[];
  /** The function that reads the stream of the state table. */
  readonly audit: lambda.IFunction;
  readonly deadLetters: sqs.IQueue;
  readonly alarms: readonly cloudwatch.Alarm[];
};

/** One page for the person on duty: alarms, protected trails, functions, dead letters, logs. */
export function dashboard(
  stack: cdk.Stack,
  { functions, audit, deadLetters, alarms }: DashboardProps,
): void {
  const period = cdk.Duration.minutes(5);
  const of = (metric: string, statistic: string): cloudwatch.Metric =>
    ofTrailkeeper(metric, statistic, period);
  const graph = (title: string, left: cloudwatch.IMetric[]): cloudwatch.GraphWidget =>
    new cloudwatch.GraphWidget({ title, left, width: 8, leftYAxis: { min: 0 } });
  const logGroupNames = functions.map((fn) => fn.logGroup.logGroupName);

  new cloudwatch.Dashboard(stack, 'Dashboard', {
    dashboardName: names.dashboard,
    defaultInterval: cdk.Duration.hours(3),
    widgets: [
      [
        new cloudwatch.AlarmStatusWidget({
          title: 'Alarms',
          alarms: [...alarms],
          sortBy: cloudwatch.AlarmStatusWidgetSortBy.STATE_UPDATED_TIMESTAMP,
          width: 24,
          height: 4,
        }),
      ],
      [
        graph('Trails', [
          of(metricNames.protected, 'Maximum'),
          of(metricNames.outOfSync, 'Maximum'),
        ]),
        graph('Finished sweeps', [of(metricNames.beat, 'Sum'), of(metricNames.unsent, 'Sum')]),
        graph('Differences from the deployment', [of(metricNames.integrityFaults, 'Maximum')]),
      ],
      [
        graph(
          'Invocations',
          functions.map((fn) => fn.metricInvocations({ period })),
        ),
        graph(
          'Errors, throttles and dropped events',
          functions.flatMap((fn) => [
            fn.metricErrors({ period }),
            fn.metricThrottles({ period }),
            droppedEvents(fn, period),
          ]),
        ),
        graph('Dead letters', [deadLetters.metricApproximateNumberOfMessagesVisible({ period })]),
      ],
      [
        graph('State table rows without a valid signature', [
          of(metricNames.tableFaults, 'Maximum'),
        ]),
        graph('Delay of reports on state table writes', [iteratorAge(audit, period)]),
        graph('Refused requests to the URL for Slack', [of(metricNames.refused, 'Sum')]),
      ],
      [
        new cloudwatch.LogQueryWidget({
          title: 'Findings and repairs',
          logGroupNames,
          queryLines: [
            'fields @timestamp, level, message, trail, by, incident',
            'filter level in ["WARN", "ERROR"] or message like /carried out|restored/',
            'sort @timestamp desc',
            'limit 50',
          ],
          width: 24,
          height: 8,
        }),
      ],
    ],
  });
}
