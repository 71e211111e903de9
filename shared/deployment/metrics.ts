import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { TrailReport } from '#incident/controller-deps.ts';

/** The metrics of trailkeeper in CloudWatch; `infra/alarms.ts` sets alarms on them. */
export const metricNames = {
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

type Metric = Exclude<keyof typeof metricNames, 'namespace' | 'service'>;

/** Publishes that a sweep of every protected trail has finished. */
export function publishSweepMetrics(reports: readonly TrailReport[]): void {
  const isInSync = (report: TrailReport) =>
    ['in-sync', 'restored', 'suspended', 'awaiting-approval'].includes(report.verdict);
  publishMetrics({
    beat: 1,
    protected: reports.filter(({ verdict }) => verdict !== 'broken').length,
    outOfSync: reports.filter((report) => !isInSync(report)).length,
  });
}

/** Publishes counts through the log. */
export function publishMetrics(counts: Partial<Readonly<Record<Metric, number>>>): void {
  const { namespace, service: serviceName } = metricNames;
  const metrics = new Metrics({ namespace, serviceName });
  for (const [name, count] of Object.entries(counts)) {
    metrics.addMetric(metricNames[name as Metric], MetricUnit.Count, count);
  }
  metrics.publishStoredMetrics();
}
