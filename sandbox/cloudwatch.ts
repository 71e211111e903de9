import { alarmOperations } from './cloudwatch-alarms.ts';
import type { Invocation } from './lambda/invocation.ts';
import type { Service } from './operation.ts';

/**
 * Alarms, and the part of CloudWatch that reads metrics in embedded metric format from function logs. Sources: CloudWatch user
 * guide, "Specification: Embedded metric format"; API reference, GetMetricStatistics.
 */
export const cloudwatch = (invocations: readonly Invocation[]): Service => ({
  ...alarmOperations,
  GetMetricStatistics: {
    needs: () => [{ action: 'cloudwatch:GetMetricStatistics', resource: '*' }],
    perform({ input }) {
      const { Namespace, MetricName, Dimensions = [], StartTime, EndTime, Period } = input;
      const wanted = new Map(
        (Dimensions as readonly Dimension[]).map(({ Name, Value }) => [Name, Value]),
      );
      const samples = invocations
        .flatMap(({ log }) => log)
        .flatMap((line) => samplesIn(line, { Namespace, MetricName, wanted }))
        .filter(({ at }) => at >= Number(StartTime) && at < Number(EndTime));
      const periods = Map.groupBy(samples, ({ at }) => at - (at % Number(Period)));
      return {
        Label: MetricName,
        Datapoints: [...periods].map(([at, within]) =>
          datapoint(
            at,
            within.map(({ value }) => value),
          ),
        ),
      };
    },
  },
});

type Dimension = { readonly Name: string; readonly Value: string };
type Sample = { readonly at: number; readonly value: number };
type Metric = {
  readonly Namespace: unknown;
  readonly MetricName: unknown;
  readonly wanted: ReadonlyMap<string, string>;
};

/** The values of a metric in one log line. */
function samplesIn(line: string, { Namespace, MetricName, wanted }: Metric): readonly Sample[] {
  if (!line.includes('"CloudWatchMetrics"')) return [];
  const { _aws, ...members } = JSON.parse(line) as EmbeddedMetrics;
  const isReported = _aws.CloudWatchMetrics.some(
    (directive) =>
      directive.Namespace === Namespace &&
      directive.Metrics.some(({ Name }) => Name === MetricName) &&
      directive.Dimensions.some((names) => isSame(names, members, wanted)),
  );
  if (!isReported) return [];
  const values = [members[String(MetricName)]].flat();
  return values.map((value) => ({ at: _aws.Timestamp / 1000, value: Number(value) }));
}

const isSame = (
  names: readonly string[],
  members: Readonly<Record<string, unknown>>,
  wanted: ReadonlyMap<string, string>,
): boolean =>
  names.length === wanted.size && names.every((name) => wanted.get(name) === members[name]);

type EmbeddedMetrics = {
  readonly _aws: {
    readonly Timestamp: number;
    readonly CloudWatchMetrics: readonly {
      readonly Namespace: string;
      readonly Dimensions: readonly (readonly string[])[];
      readonly Metrics: readonly { readonly Name: string }[];
    }[];
  };
  readonly [member: string]: unknown;
};

function datapoint(at: number, values: readonly number[]): object {
  const Sum = values.reduce((sum, value) => sum + value, 0);
  return {
    Timestamp: new Date(at * 1000),
    Unit: 'Count',
    Sum,
    Average: Sum / values.length,
    Minimum: Math.min(...values),
    Maximum: Math.max(...values),
    SampleCount: values.length,
  };
}
