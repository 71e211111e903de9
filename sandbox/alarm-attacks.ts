import {
  DeleteAlarmsCommand,
  DisableAlarmActionsCommand,
  PutMetricAlarmCommand,
  type PutMetricAlarmCommandInput,
} from '@aws-sdk/client-cloudwatch';
import { PutMetricFilterCommand } from '@aws-sdk/client-cloudwatch-logs';
import type { Attack } from './attack.ts';
import type { Clients } from './clients.ts';
import { arnPrefix, home } from './home.ts';

/** A metric filter that counts what the root user does. */
export const rootFilter = {
  logGroupName: 'org-trail',
  filterName: 'root',
  filterPattern: '{ $.userIdentity.type = "Root" }',
  metricTransformations: [{ metricName: 'Root', metricNamespace: 'Trail', metricValue: '1' }],
};

/** The alarm on what that filter counts. */
export const rootAlarm: PutMetricAlarmCommandInput = {
  ...{ AlarmName: 'root', MetricName: 'Root', Namespace: 'Trail', Statistic: 'Sum' },
  ...{ Period: 300, EvaluationPeriods: 1, Threshold: 1 },
  ComparisonOperator: 'GreaterThanOrEqualToThreshold',
  AlarmActions: [`${arnPrefix}:sns:${home.region}:${home.accountId}:security`],
};

/** Puts the filter and its alarm, as the owner of the log group would. */
export async function watchRoot({
  logs,
  cloudwatch,
}: Pick<Clients, 'logs' | 'cloudwatch'>): Promise<void> {
  await logs.send(new PutMetricFilterCommand(rootFilter));
  await cloudwatch.send(new PutMetricAlarmCommand(rootAlarm));
}

const AlarmNames = ['root'];

/** Attacks on that alarm. */
export const alarmAttacks: readonly Attack[] = [
  {
    id: 'E6a',
    title: 'deletes an alarm on the log group',
    call: ({ cloudwatch }) => cloudwatch.send(new DeleteAlarmsCommand({ AlarmNames })),
  },
  {
    id: 'E6b',
    title: 'disables the actions of that alarm',
    call: ({ cloudwatch }) => cloudwatch.send(new DisableAlarmActionsCommand({ AlarmNames })),
  },
  {
    id: 'E6c',
    title: 'changes that alarm so that it never rings',
    call: ({ cloudwatch }) =>
      cloudwatch.send(new PutMetricAlarmCommand({ ...rootAlarm, Threshold: 1e9 })),
  },
];
