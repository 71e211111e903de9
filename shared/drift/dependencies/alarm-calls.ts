import {
  type CloudWatchClient,
  type MetricAlarm,
  PutMetricAlarmCommand,
  type PutMetricAlarmCommandInput,
  paginateDescribeAlarms,
} from '@aws-sdk/client-cloudwatch';
import { paginateDescribeMetricFilters } from '@aws-sdk/client-cloudwatch-logs';
import type { Aws } from '#aws/clients.ts';
import { nameOf } from '#aws/errors.ts';
import { accountOf, regionOf } from '#aws/resource-names.ts';
import type { Trail } from '#trail/trail-arn.ts';
import type { AlarmStep } from './alarm-repair.ts';
import { type Alarm, alarmName, alarmsIn } from './alarm-state.ts';
import { accessDenied, isClientOf, readable } from './dependency.ts';

/**
 * The alarms of a baseline, or without one those on a metric that a filter of the log group counts. A metric is in the account and Region
 * of its filter, and so are these alarms.
 */
export async function observeAlarms(
  aws: Aws,
  logGroupArn: string,
  trail: Trail,
  wanted: readonly Alarm[] | undefined,
): Promise<readonly Alarm[] | typeof accessDenied> {
  if (wanted?.length === 0) return [];
  const client = await clientOf(aws, logGroupArn);
  if (!(await isClientOf(client, accountOf(logGroupArn), trail))) return accessDenied;
  const asked = wanted === undefined ? onMetrics(aws, client, logGroupArn) : named(client, wanted);
  const found = await readable(asked);
  return found === accessDenied ? accessDenied : alarmsIn(found);
}

/** DescribeAlarms takes at most a hundred names. Source: CloudWatch API reference. */
async function named(
  client: CloudWatchClient,
  wanted: readonly Alarm[],
): Promise<readonly MetricAlarm[]> {
  const names = wanted.map(({ AlarmArn }) => alarmName(AlarmArn));
  const found: MetricAlarm[] = [];
  for (let start = 0; start < names.length; start += 100) {
    const AlarmNames = names.slice(start, start + 100);
    found.push(...(await describe(client, { AlarmNames })));
  }
  return found;
}

async function onMetrics(
  aws: Aws,
  client: CloudWatchClient,
  logGroupArn: string,
): Promise<readonly MetricAlarm[]> {
  const metrics = await metricsOf(aws, logGroupArn);
  if (metrics.size === 0) return [];
  const isOnMetric = ({ Namespace, MetricName }: Metric) =>
    metrics.has(metricKey(Namespace, MetricName));
  return (await describe(client, {})).filter(
    ({ Metrics = [], ...alarm }) =>
      isOnMetric(alarm) || Metrics.some(({ MetricStat }) => isOnMetric(MetricStat?.Metric ?? {})),
  );
}

type Metric = {
  readonly Namespace?: string | undefined;
  readonly MetricName?: string | undefined;
};

/** What the metric filters of a log group count; nothing if the group is gone. */
async function metricsOf(aws: Aws, logGroupArn: string): Promise<ReadonlySet<string>> {
  const client = await aws.dependenciesIn(accountOf(logGroupArn)).logsIn(regionOf(logGroupArn));
  const logGroupName = logGroupArn.split(':')[6] ?? '';
  const keys: string[] = [];
  try {
    for await (const { metricFilters = [] } of paginateDescribeMetricFilters(
      { client },
      { logGroupName },
    )) {
      const transformations = metricFilters.flatMap((one) => one.metricTransformations ?? []);
      keys.push(...transformations.map((one) => metricKey(one.metricNamespace, one.metricName)));
    }
  } catch (error) {
    if (nameOf(error) !== 'ResourceNotFoundException') throw error;
  }
  return new Set(keys);
}

const metricKey = (namespace: string | undefined, name: string | undefined): string =>
  JSON.stringify([namespace, name]);

async function describe(
  client: CloudWatchClient,
  asked: { readonly AlarmNames?: string[] },
): Promise<readonly MetricAlarm[]> {
  const found: MetricAlarm[] = [];
  const pages = paginateDescribeAlarms({ client }, { AlarmTypes: ['MetricAlarm'], ...asked });
  for await (const { MetricAlarms = [] } of pages) found.push(...MetricAlarms);
  return found;
}

export async function applyToAlarm(aws: Aws, { input }: AlarmStep): Promise<void> {
  const { alarmArn, ...alarm } = input;
  const client = await clientOf(aws, alarmArn);
  await client.send(
    new PutMetricAlarmCommand({
      AlarmName: alarmName(alarmArn),
      ...alarm,
    } as PutMetricAlarmCommandInput),
  );
}

const clientOf = (aws: Aws, arn: string) =>
  aws.dependenciesIn(accountOf(arn)).alarmsIn(regionOf(arn));
