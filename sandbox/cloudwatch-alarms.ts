import { arnPrefix } from './home.ts';
import type { Operation, Service } from './operation.ts';
import { pageOf } from './page.ts';
import { AwsError, type Call } from './service.ts';
import type { MetricAlarm, World } from './world.ts';

/** The operations on metric alarms, which are stored and never ring. Source: CloudWatch API reference. */
export const alarmOperations: Service = {
  PutMetricAlarm: {
    needs: (call) => {
      const { OKActions, AlarmActions, InsufficientDataActions } = call.input;
      const actions = [OKActions, AlarmActions, InsufficientDataActions].flat().filter(isText);
      return [
        {
          action: 'cloudwatch:PutMetricAlarm',
          resource: arnOf(call, call.input.AlarmName),
          context: { 'cloudwatch:AlarmActions': actions },
        },
      ];
    },
    perform(call, { alarms }) {
      const { Tags: _, ...alarm } = call.input;
      if (alarm.EvaluationPeriods === undefined || alarm.ComparisonOperator === undefined) {
        throw new AwsError('ValidationError', 'An alarm has evaluation periods and a comparison.');
      }
      const AlarmArn = arnOf(call, alarm.AlarmName);
      alarms.set(AlarmArn, { ActionsEnabled: true, ...alarm, AlarmArn });
      return {};
    },
  },
  DescribeAlarms: {
    needs: () => [{ action: 'cloudwatch:DescribeAlarms', resource: '*' }],
    perform(call, { alarms }) {
      const { AlarmNames, MaxRecords: limit, NextToken } = call.input;
      const names = listOf(AlarmNames);
      const found = [...alarms]
        .filter(([arn]) => arn.startsWith(arnOf(call, '')))
        .filter(([arn]) => names.length === 0 || names.some((name) => arn === arnOf(call, name)))
        .toSorted(([one], [other]) => (one < other ? -1 : 1))
        .map(([, alarm]) => ({ ...lists, ...alarm, StateValue: 'INSUFFICIENT_DATA' }));
      const { page, nextToken } = pageOf(found, { limit, nextToken: NextToken });
      return { MetricAlarms: page, ...(nextToken && { NextToken: nextToken }) };
    },
  },
  /** Deletes none if one of them does not exist. */
  DeleteAlarms: onNamed((alarms, arns) => {
    if (!arns.every((arn) => alarms.has(arn))) {
      throw new AwsError('ResourceNotFound', 'An alarm does not exist.', 404);
    }
    for (const arn of arns) alarms.delete(arn);
  }),
  DisableAlarmActions: onNamed(switching(false)),
  EnableAlarmActions: onNamed(switching(true)),
};

/** Members that the response has though they are empty. */
const lists = { OKActions: [], AlarmActions: [], InsufficientDataActions: [], Dimensions: [] };

type Alarms = World['alarms'];

/** An operation on the named alarms. */
function onNamed(change: (alarms: Alarms, arns: readonly string[]) => void): Operation {
  const arnsOf = (call: Call) => listOf(call.input.AlarmNames).map((name) => arnOf(call, name));
  return {
    needs: (call) =>
      arnsOf(call).map((resource) => ({ action: `cloudwatch:${call.operation}`, resource })),
    perform(call, { alarms }) {
      change(alarms, arnsOf(call));
      return {};
    },
  };
}

function switching(ActionsEnabled: boolean) {
  return (alarms: Alarms, arns: readonly string[]): void => {
    for (const arn of arns) {
      const alarm = alarms.get(arn);
      if (alarm !== undefined) alarms.set(arn, { ...alarm, ActionsEnabled } satisfies MetricAlarm);
    }
  };
}

const arnOf = ({ region, principal }: Call, name: unknown): string =>
  `${arnPrefix}:cloudwatch:${region}:${principal.accountId}:alarm:${name}`;

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

const isText = (value: unknown): value is string => typeof value === 'string';
