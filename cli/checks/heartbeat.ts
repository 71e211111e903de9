import { CloudWatchClient, GetMetricStatisticsCommand } from '@aws-sdk/client-cloudwatch';
import { names } from '#aws/resource-names.ts';
import { heartbeatTimeout, heartbeat as metric } from '#deployment/heartbeat.ts';
import { counted } from '../terminal.ts';
import { type Check, ok, wrong } from './check.ts';

/** Sweeps come to their end: without them nothing is promised. */
export const heartbeat: Check = {
  name: 'heartbeat',
  async run({ now }, deployment) {
    const { sweepEvery } = await deployment;
    const span = heartbeatTimeout(minutesOf(sweepEvery));
    const end = now();
    const { Datapoints = [] } = await new CloudWatchClient().send(
      new GetMetricStatisticsCommand({
        Namespace: metric.namespace,
        MetricName: metric.beat,
        Dimensions: [{ Name: 'service', Value: metric.service }],
        StartTime: new Date(end.getTime() - span * 60_000),
        EndTime: end,
        Period: 60,
        Statistics: ['Sum'],
      }),
    );
    const sweeps = Datapoints.reduce((sum, { Sum = 0 }) => sum + Sum, 0);
    if (sweeps > 0) {
      return [ok(`${counted(sweeps, 'sweep', 'sweeps')} in the last ${span} minutes`)];
    }
    return [
      wrong(
        `no sweep has come to its end in the last ${span} minutes`,
        `look at the log of the function ${names.sweep}, and at its schedule`,
      ),
    ];
  },
};

/** Of `5 minutes` or `1 hour`. */
function minutesOf(rate: string): number {
  const [count = '', unit = ''] = rate.split(' ');
  return Number(count) * (unit.startsWith('hour') ? 60 : 1);
}
