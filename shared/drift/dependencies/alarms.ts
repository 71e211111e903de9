import type * as z from 'zod';
import { asSet, type Change } from '#text/diff.ts';
import { asApi, type Members, type RecordedCall } from '#trail/recorded-call.ts';
import type { CallResult } from '../history-model.ts';
import type { Impact } from '../impact.ts';
import { type DriftKind, protectedTrails } from '../kind.ts';
import { type AlarmStep, canBePut, differing, repairAlarms } from './alarm-repair.ts';
import {
  type Alarm,
  type Alarms,
  alarmName,
  alarmsIn,
  listed,
  state,
  unprotected,
} from './alarm-state.ts';
import { accessDenied, namingSettings, unseen } from './dependency.ts';
import { onProtected, unclear } from './dependency-history.ts';
import { bothForms } from './log-group.ts';

/** The CloudWatch alarms on what the metric filters of the log group count. */
export const alarms: DriftKind<Alarms, AlarmStep> = {
  name: 'alarms',
  isOutsideTrail: true,
  defaultTreatment: 'alert',
  state: state as unknown as z.ZodType<Alarms> & typeof state,
  triggers: [
    {
      eventSource: 'monitoring.amazonaws.com',
      eventNames: ['PutMetricAlarm', 'DeleteAlarms', 'DisableAlarmActions', 'EnableAlarmActions'],
    },
  ],
  permissions: {
    observe: [
      { actions: ['cloudtrail:GetTrail'], resources: protectedTrails },
      // A capture lists every alarm. Source: Service Authorization Reference, Amazon CloudWatch.
      {
        actions: ['cloudwatch:DescribeAlarms'],
        resources: ({ logGroups }) => (logGroups.length > 0 ? ['*'] : []),
      },
      {
        actions: ['logs:DescribeMetricFilters'],
        resources: ({ logGroups }) => logGroups.flatMap(bothForms),
      },
    ],
    repair: [
      {
        actions: ['cloudwatch:PutMetricAlarm'],
        resources: ({ restorable }) => restorable.alarms,
        conditions: { 'ForAllValues:StringLike': { 'cloudwatch:AlarmActions': 'arn:*:sns:*' } },
      },
    ],
  },

  async observe(aws, trail, now, desired = {}) {
    const named = await namingSettings(aws, trail, now, desired);
    if (named === null) return null;
    const { Alarms: wanted } = (desired.alarms ?? {}) as Partial<Alarms>;
    const arn = named.CloudWatchLogsLogGroupArn;
    if (arn === null || wanted === null) return unprotected;
    const { observeAlarms } = await import('./alarm-calls.ts');
    return {
      Alarms: await observeAlarms(aws, arn, trail, wanted === undefined ? wanted : listed(wanted)),
    };
  },

  toBaseline: (observed) => (Array.isArray(observed.Alarms) ? observed : unprotected),

  impact: alarmImpact,

  repair: (desired, actual) => (actual === null ? [] : repairAlarms(desired, actual)),

  isNeededByTrail: () => false,

  async apply(aws, step) {
    const { applyToAlarm } = await import('./alarm-calls.ts');
    await applyToAlarm(aws, step);
  },

  historyModel: { applyCall: onProtected(afterCall) },
};

/** The log files in the bucket are not affected: no events are lost. */
function alarmImpact({ actual: found }: Change, desired: Alarms, actual: Alarms): Impact {
  if (found === accessDenied) {
    return unseen('the alarms', 'cloudwatch:DescribeAlarms', 'alarms.Alarms', 'low');
  }
  const changed = differing(desired, actual);
  const now = new Map(listed(actual.Alarms).map((one) => [one.AlarmArn, one]));
  const isSilent = ({ AlarmArn, ActionsEnabled }: Alarm) =>
    ActionsEnabled === true && now.get(AlarmArn)?.ActionsEnabled === false;
  const gone = changed.filter(({ AlarmArn }) => !now.has(AlarmArn));
  const silent = changed.filter(isSilent);
  const other = changed.filter((one) => now.has(one.AlarmArn) && !isSilent(one));
  const left = changed.filter((one) => !canBePut(one));
  const sentences = [
    ...about('these alarms on the log group do not exist', gone),
    ...about(
      'the actions of these alarms on the log group are disabled, so they notify no one',
      silent,
    ),
    ...about('these alarms on the log group were changed', other),
    ...about(
      'only a person can restore those that do more than notify a topic, which trailkeeper may not set',
      left,
    ),
  ];
  return { description: sentences.join('; '), severity: 'high', losesCoverage: false };
}

const about = (what: string, all: readonly Alarm[]): readonly string[] =>
  all.length === 0 ? [] : [`${what}: ${all.map(({ AlarmArn }) => alarmName(AlarmArn)).join(', ')}`];

/** What a recorded call did to the alarms of a baseline. Calls about others are none of its. */
function afterCall(
  { eventName, parameters }: RecordedCall,
  before: Alarms,
  _trail: unknown,
  desired: Alarms,
): CallResult<Alarms> | null {
  const change = changes[eventName];
  if (change === undefined) return null;
  if (parameters === null || !Array.isArray(before.Alarms)) return unclear(['Alarms']);
  const names = [parameters.alarmName, parameters.alarmNames].flat();
  const isNamed = ({ AlarmArn }: Alarm) => names.includes(alarmName(AlarmArn));
  const named = listed(desired.Alarms).filter(isNamed);
  if (named.length === 0) return null;
  const others = listed(before.Alarms).filter((one) => !isNamed(one));
  const known = listed(before.Alarms).filter(isNamed);
  return { set: { Alarms: asSet([...others, ...change(known, parameters, named)]) } };
}

type Apply = (
  known: readonly Alarm[],
  parameters: Members,
  named: readonly Alarm[],
) => readonly Alarm[];

const enabled =
  (ActionsEnabled: boolean): Apply =>
  (known) =>
    known.map((one) => ({ ...one, ActionsEnabled }));

/** The actions of an alarm are enabled unless the call says otherwise. Source: CloudWatch API reference, PutMetricAlarm. */
const changes: Readonly<Record<string, Apply>> = {
  PutMetricAlarm: (_known, parameters, named) =>
    alarmsIn(
      named.map(({ AlarmArn }) => ({
        ActionsEnabled: true,
        ...(asApi(parameters) as object),
        AlarmArn,
      })),
    ),
  DeleteAlarms: () => [],
  DisableAlarmActions: enabled(false),
  EnableAlarmActions: enabled(true),
};
