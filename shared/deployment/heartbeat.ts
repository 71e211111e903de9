import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { TrailReport } from '#incident/controller-deps.ts';
import { gatedIn } from '#reconcile/plan.ts';

/** Where the metrics of a sweep are found; `infra/` sets alarms on these names. */
export const heartbeat = {
  namespace: 'trailkeeper',
  service: 'trailkeeper',
  /** One for every sweep that came to its end, whatever it found. */
  beat: 'Heartbeat',
  /** Trails with a baseline that can be used. */
  guarded: 'TrailsGuarded',
  /** Trails that are not known to be as they must be after the sweep. */
  outOfSync: 'TrailsOutOfSync',
  /** Parts of trailkeeper that are not as they were deployed, or can not be read. */
  wiringFaults: 'WiringFaults',
  /** What the state table says of baselines and Holds, and nobody has signed. */
  tableFaults: 'TableFaults',
} as const;

/** For how many minutes there may be no heartbeat, at a pace of one sweep in so many minutes. */
export const heartbeatTimeout = (sweepEvery: number): number => Math.max(5, 3 * sweepEvery);

/** Tells CloudWatch, through the log, that a sweep of every guarded trail has ended. */
export function publishSweepMetrics(reports: readonly TrailReport[]): void {
  const isWell = (report: TrailReport) =>
    ['in-sync', 'restored', 'held'].includes(report.verdict) &&
    (!('outcome' in report) || gatedIn(report.outcome.verified).length === 0);
  publish({
    [heartbeat.beat]: 1,
    [heartbeat.guarded]: reports.filter(({ verdict }) => verdict !== 'broken').length,
    [heartbeat.outOfSync]: reports.filter((report) => !isWell(report)).length,
  });
}

/** Tells CloudWatch, through the log, how many parts of trailkeeper are not as they were deployed. */
export const countWiringFaults = (count: number): void =>
  publish({ [heartbeat.wiringFaults]: count });

/** Tells CloudWatch, through the log, how much of the state table is not as those who sign left it. */
export const countTableFaults = (count: number): void =>
  publish({ [heartbeat.tableFaults]: count });

function publish(counts: Readonly<Record<string, number>>): void {
  const { namespace, service: serviceName } = heartbeat;
  const metrics = new Metrics({ namespace, serviceName });
  for (const [name, count] of Object.entries(counts)) {
    metrics.addMetric(name, MetricUnit.Count, count);
  }
  metrics.publishStoredMetrics();
}
