import { type CloudWatchClient, GetMetricStatisticsCommand } from '@aws-sdk/client-cloudwatch';
import { metricNames } from '#deployment/metrics.ts';

export type Span = { readonly end: Date; readonly minutes: number };

/** How often a metric of trailkeeper was published, and the sum of its values. */
export async function valuesOf(client: CloudWatchClient, metric: string, { end, minutes }: Span) {
  const start = new Date(end.getTime() - minutes * 60_000);
  const points = await dataPoints(client, metric, { start, end, seconds: 60 });
  return {
    count: points.reduce((total, { SampleCount = 0 }) => total + SampleCount, 0),
    sum: points.reduce((total, { Sum = 0 }) => total + Sum, 0),
  };
}

/** The data points of a metric of trailkeeper, one for so many seconds. */
export async function dataPoints(
  client: CloudWatchClient,
  metric: string,
  { start, end, seconds }: { readonly start: Date; readonly end: Date; readonly seconds: number },
) {
  const { Datapoints = [] } = await client.send(
    new GetMetricStatisticsCommand({
      Namespace: metricNames.namespace,
      MetricName: metric,
      Dimensions: [{ Name: 'service', Value: metricNames.service }],
      StartTime: start,
      EndTime: end,
      Period: seconds,
      Statistics: ['SampleCount', 'Sum'],
    }),
  );
  return Datapoints;
}
