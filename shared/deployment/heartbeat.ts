import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { TrailReport } from '#incident/controller-deps.ts';

/** The metrics of trailkeeper in CloudWatch; `infra/alarms.ts` sets alarms on them. */
export const heartbeat = {
  namespace: 'trailkeeper',
  service: 'trailkeeper',
  /** 1 for each finished sweep, whatever it found. */
  beat: 'Heartbeat',
  /** Trails with a valid baseline. */
  protected: 'TrailsProtected',
  /** Trails that are not known to match their baseline after the sweep. */
  outOfSync: 'TrailsOutOfSync',
  /** Deployed resources that differ from the deployment or cannot be read. */
  integrityFaults: 'IntegrityFaults',
  /** Rows of the state table that are unsigned, or missing although they were signed. */
  tableFaults: 'TableFaults',
  /** 1 for each heartbeat that could not be sent to the watchtower. */
  unsent: 'HeartbeatsUnsent',
  /** 1 for each request that Slack did not sign, or that is late or replayed. */
  refused: 'RequestsRefused',
  /** 1 for each finished check of the watchtower, in its account. */
  checks: 'WatchtowerChecks',
} as const;

/** The value of `sweepEvery` that adds light checks between sweeps of every minute. */
export const lightChecks = '10 seconds';

/** The rate of the sweeps, for `sweepEvery`. */
export const sweepRate = (sweepEvery: string): string =>
  sweepEvery === lightChecks ? '1 minute' : sweepEvery;

/** The minutes in a rate, for example `5 minutes` or `1 hour`. */
export function minutesOf(rate: string): number {
  const [count = '', unit = ''] = rate.split(' ');
  return Number(count) * (unit.startsWith('hour') ? 60 : 1);
}

/** After how many minutes without a heartbeat something is wrong. */
export const heartbeatTimeout = (sweepEvery: string): number =>
  Math.max(5, 3 * minutesOf(sweepRate(sweepEvery)));

/** Publishes, through the log, that a sweep of every protected trail has finished. */
export function publishSweepMetrics(reports: readonly TrailReport[]): void {
  const isInSync = (report: TrailReport) =>
    ['in-sync', 'restored', 'suspended', 'awaiting-approval'].includes(report.verdict);
  publish({
    [heartbeat.beat]: 1,
    [heartbeat.protected]: reports.filter(({ verdict }) => verdict !== 'broken').length,
    [heartbeat.outOfSync]: reports.filter((report) => !isInSync(report)).length,
  });
}

export const publishIntegrityFaults = (count: number): void =>
  publish({ [heartbeat.integrityFaults]: count });

export const publishTableFaults = (count: number): void =>
  publish({ [heartbeat.tableFaults]: count });

export const publishUnsentHeartbeats = (count: number): void =>
  publish({ [heartbeat.unsent]: count });

export const publishRefusedRequest = (): void => publish({ [heartbeat.refused]: 1 });

export const publishWatchtowerCheck = (): void => publish({ [heartbeat.checks]: 1 });

function publish(counts: Readonly<Record<string, number>>): void {
  const { namespace, service: serviceName } = heartbeat;
  const metrics = new Metrics({ namespace, serviceName });
  for (const [name, count] of Object.entries(counts)) {
    metrics.addMetric(name, MetricUnit.Count, count);
  }
  metrics.publishStoredMetrics();
}
