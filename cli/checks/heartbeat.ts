import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { names } from '#aws/resource-names.ts';
import { metricNames } from '#deployment/metrics.ts';
import { heartbeatTimeout } from '#deployment/sweep-rate.ts';
import { counted } from '../terminal.ts';
import { type Check, ok, wrong } from './check.ts';
import { valuesOf } from './metric.ts';

/** Sweeps finish: they guarantee convergence. */
export const heartbeat: Check = {
  name: 'heartbeat',
  async run({ now }, deployment) {
    const { facts } = await deployment;
    const span = heartbeatTimeout(facts.sweepEvery);
    const { sum: sweeps } = await valuesOf(new CloudWatchClient(), metricNames.beat, {
      end: now(),
      minutes: span,
    });
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
