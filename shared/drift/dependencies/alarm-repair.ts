import { without } from '#text/diff.ts';
import { type Alarm, type Alarms, listed } from './alarm-state.ts';

/**
 * PutMetricAlarm replaces the alarm of this name as a whole. The alarm is named by its ARN: it may be in another account or Region than
 * the trail.
 */
export type AlarmStep = {
  readonly action: 'PutMetricAlarm';
  readonly input: { readonly alarmArn: string };
};

/** The steps that restore alarms that are gone or were changed: none for what is not protected or could not be read. */
export const repairAlarms = (desired: Alarms, actual: Alarms): readonly AlarmStep[] =>
  Array.isArray(actual.Alarms)
    ? differing(desired, actual)
        .filter(canBePut)
        .map(({ AlarmArn: alarmArn, ...alarm }) => ({
          action: 'PutMetricAlarm',
          input: { alarmArn, ...alarm },
        }))
    : [];

/** The desired alarms that are not there as they are desired. */
export const differing = (desired: Alarms, actual: Alarms): readonly Alarm[] =>
  without(listed(desired.Alarms), listed(actual.Alarms));

/**
 * Whether trailkeeper may put an alarm: one that only notifies a topic. Other actions stop instances or run code, so its role may not set
 * them. Source: CloudWatch user guide, "Using condition keys to limit alarm actions".
 */
export const canBePut = ({ OKActions, AlarmActions, InsufficientDataActions }: Alarm): boolean =>
  [OKActions, AlarmActions, InsufficientDataActions]
    .flatMap((actions) => actions ?? [])
    .every((arn) => arn.split(':')[2] === 'sns');
