import { CloudWatchClient, GetMetricStatisticsCommand } from '@aws-sdk/client-cloudwatch';
import { names } from '#aws/resource-names.ts';
import { metricNames as metric } from '#deployment/metrics.ts';
import { heartbeatTimeout } from '#deployment/sweep-rate.ts';
import { counted } from '../terminal.ts';
import { type Check, ok, wrong } from './check.ts';

/** Sweeps finish: they guarantee convergence. */
export const heartbeat: Check = {
  name: 'heartbeat',
  async run({ now }, deployment) {
    const { facts } = await deployment;
    const span = heartbeatTimeout(facts.sweepEvery);
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
        `no sweep has finished in the last ${span} minutes`,
        `check the log of the function ${names.sweep}, and its schedule`,
      ),
    ];
  },
};
