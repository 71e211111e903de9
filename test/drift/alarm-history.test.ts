import { describe, expect, test } from 'vitest';
import { alarms as kind } from '#drift/dependencies/alarms.ts';
import { states, trail } from '../support/baseline.ts';
import { call } from '../support/recorded-calls.ts';

describe('alarms in event history', () => {
  const before = states.alarms;
  const [alarm] = before.Alarms;
  const effect = (eventName: string, parameters: object | null) =>
    kind.historyModel.applyCall(
      call({ seconds: 1, eventName, parameters, eventSource: 'monitoring.amazonaws.com' }),
      before,
      trail,
    );
  const recorded = {
    ...{ alarmName: 'root', alarmActions: alarm?.AlarmActions, metricName: 'RootUse' },
    ...{ namespace: 'Trail', statistic: 'Sum', period: 300, evaluationPeriods: 1, threshold: 1 },
    comparisonOperator: 'GreaterThanOrEqualToThreshold',
  };

  test.each<[string, object, readonly unknown[]]>([
    ['DeleteAlarms', { alarmNames: ['root', 'another'] }, []],
    ['DisableAlarmActions', { alarmNames: ['root'] }, [{ ...alarm, ActionsEnabled: false }]],
    ['EnableAlarmActions', { alarmNames: ['root'] }, [alarm]],
    ['PutMetricAlarm', recorded, [alarm]],
    ['PutMetricAlarm', { ...recorded, threshold: 9 }, [{ ...alarm, Threshold: 9 }]],
  ])('%s changes the alarms that it names: %j', (eventName, parameters, Alarms) => {
    expect(effect(eventName, parameters)).toEqual({ set: { Alarms } });
  });

  test.each<[string, readonly unknown[]]>([
    ['DeleteAlarms', []],
    ['DisableAlarmActions', [{ ...alarm, ActionsEnabled: false }]],
  ])('%s keeps the alarms that it does not name', (eventName, named) => {
    const another = { ...alarm, AlarmArn: `${alarm?.AlarmArn}-2` };
    const both = { Alarms: [alarm, another] } as typeof before;

    expect(
      kind.historyModel.applyCall(
        call({ seconds: 1, eventName, parameters: { alarmNames: ['root'] } }),
        both,
        trail,
      ),
    ).toEqual({ set: { Alarms: [...named, another] } });
  });

  test('a call about alarms that could not be read leaves them open', () => {
    const unread = { Alarms: 'not readable' };

    expect(
      kind.historyModel.applyCall(
        call({ seconds: 1, eventName: 'DeleteAlarms', parameters: { alarmNames: ['root'] } }),
        unread,
        trail,
        before,
      ),
    ).toEqual({ set: {}, indeterminate: ['Alarms'] });
  });

  test('other calls change nothing', () => {
    expect(effect('SetAlarmState', { alarmName: 'root' })).toBeNull();
  });

  test('a call about another alarm is not about these', () => {
    expect(effect('DeleteAlarms', { alarmNames: ['another'] })).toBeNull();
  });

  test('a call whose record omits the request leaves them open', () => {
    expect(effect('DeleteAlarms', null)).toEqual({ set: {}, indeterminate: ['Alarms'] });
  });
});
