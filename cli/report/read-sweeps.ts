import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { messageOf, nameOf } from '#aws/errors.ts';
import { metricNames } from '#deployment/metrics.ts';
import { heartbeatTimeout } from '#deployment/sweep-rate.ts';
import { sweepPeriod, unsweptRanges } from '#evidence/sweeps.ts';
import type { Scope } from '#evidence/trail-evidence.ts';
import type { TimeRange } from '#text/time.ts';
import { dataPoints } from '../checks/metric.ts';
import type { Context } from '../context.ts';

/** When no sweep finished, or why that cannot be read: then it is not known when trails were checked. */
export async function readUnswept(
  { outputs }: Context,
  window: TimeRange,
  now: string,
): Promise<Scope['unswept']> {
  const timeout = heartbeatTimeout(outputs.SweepEvery ?? '1 minute');
  const period = sweepPeriod(window, now, timeout);
  try {
    const beats = new Set(await beatsIn(window, period));
    return unsweptRanges({ period, beats }, window, now);
  } catch (error) {
    return {
      problem: `when sweeps finished cannot be read: ${nameOf(error)}: ${messageOf(error)}. It needs cloudwatch:GetMetricStatistics`,
    };
  }
}

/** The starts of the periods in which a sweep finished. */
async function beatsIn({ from, to }: TimeRange, period: number): Promise<readonly number[]> {
  const client = new CloudWatchClient();
  const start = Math.floor(Date.parse(from) / period) * period;
  const end = Math.ceil(Date.parse(to) / period) * period;
  const step = period * mostPeriods;
  const requests = Array.from(
    { length: Math.ceil((end - start) / step) },
    (_, i) => start + i * step,
  );
  const pages = await Promise.all(
    requests.map((at) =>
      dataPoints(client, metricNames.beat, {
        start: new Date(at),
        end: new Date(Math.min(end, at + step)),
        seconds: period / 1000,
      }),
    ),
  );
  return pages
    .flat()
    .filter(({ Sum = 0 }) => Sum > 0)
    .flatMap(({ Timestamp }) => Timestamp?.getTime() ?? []);
}

/** Source: CloudWatch API reference, GetMetricStatistics: at most 1,440 data points for each call. */
const mostPeriods = 1440;
