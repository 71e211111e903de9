import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { TrailReport } from './guard.ts';

/** Where the metrics of a sweep are found; `infra/` sets alarms on these names. */
export const heartbeat = {
  namespace: 'trailkeeper',
  service: 'trailkeeper',
  /** One for every sweep that came to its end, whatever it found. */
  beat: 'Heartbeat',
  guarded: 'TrailsGuarded',
  /** Trails that are not known to be as they must be after the sweep. */
  outOfSync: 'TrailsOutOfSync',
} as const;

/** Tells CloudWatch, through the log, that a sweep of every guarded trail has ended. */
export function beat(reports: readonly TrailReport[]): void {
  const { namespace, service: serviceName } = heartbeat;
  const metrics = new Metrics({ namespace, serviceName });
  const isWell = ({ verdict }: TrailReport) => verdict === 'in-sync' || verdict === 'restored';
  metrics.addMetric(heartbeat.beat, MetricUnit.Count, 1);
  metrics.addMetric(heartbeat.guarded, MetricUnit.Count, reports.length);
  metrics.addMetric(
    heartbeat.outOfSync,
    MetricUnit.Count,
    reports.filter((report) => !isWell(report)).length,
  );
  metrics.publishStoredMetrics();
}
