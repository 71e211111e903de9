import { describe, expect, onTestFinished, test } from 'vitest';
import { cloudwatch, context, newName, ownTopic } from './fixtures.ts';
import { refusal } from './refusal.ts';

// [M] Amazon CloudWatch API reference.

describe('an alarm [M: PutMetricAlarm, DescribeAlarms]', () => {
  test('is returned by name as it was put, with the account and Region in its ARN', async () => {
    const { arn } = await ownTopic();
    const AlarmName = await ownAlarm({ AlarmActions: [arn], TreatMissingData: 'notBreaching' });

    expect(await describeAlarm(AlarmName)).toMatchObject({
      ...settings,
      AlarmName,
      AlarmArn: `arn:aws:cloudwatch:${context.region}:${context.accountId}:alarm:${AlarmName}`,
      ActionsEnabled: true,
      AlarmActions: [arn],
      OKActions: [],
      InsufficientDataActions: [],
      TreatMissingData: 'notBreaching',
    });
  });

  test('is overwritten as a whole by one of the same name', async () => {
    const AlarmName = await ownAlarm({ AlarmDescription: 'root', TreatMissingData: 'breaching' });

    await cloudwatch.putMetricAlarm({ AlarmName, ...settings, Threshold: 5 });

    const alarm = await describeAlarm(AlarmName);
    expect(alarm?.Threshold).toBe(5);
    expect([alarm?.AlarmDescription, alarm?.TreatMissingData]).toEqual([undefined, undefined]);
  });

  test('on an expression has its metrics as they were put', async () => {
    const { MetricName, Namespace, Statistic, Period, ...others } = settings;
    const Metrics = [
      {
        Id: 'root',
        MetricStat: { Metric: { Namespace, MetricName }, Period, Stat: Statistic },
        ReturnData: false,
      },
      { Id: 'twice', Expression: 'root * 2', Label: 'twice', ReturnData: true },
    ];
    const AlarmName = newName();
    await cloudwatch.putMetricAlarm({ AlarmName, ...others, Metrics });
    onTestFinished(() => removeAlarm(AlarmName));

    const alarm = await describeAlarm(AlarmName);

    expect(alarm?.Metrics?.toSorted(byId)).toMatchObject(Metrics);
    expect(alarm?.MetricName).toBeUndefined();
  });

  test('that does not exist is left out [U]', async () => {
    const AlarmName = await ownAlarm();
    const AlarmNames = [newName(), AlarmName];

    const { MetricAlarms = [] } = await cloudwatch.describeAlarms({ AlarmNames });

    expect(MetricAlarms.map((one) => one.AlarmName)).toEqual([AlarmName]);
  });
});

describe('the actions of an alarm', () => {
  test('are disabled and enabled [M: DisableAlarmActions, EnableAlarmActions]', async () => {
    const AlarmName = await ownAlarm();
    const AlarmNames = [AlarmName];

    await cloudwatch.disableAlarmActions({ AlarmNames });
    const disabled = await describeAlarm(AlarmName);
    await cloudwatch.enableAlarmActions({ AlarmNames });

    expect(disabled?.ActionsEnabled).toBe(false);
    expect((await describeAlarm(AlarmName))?.ActionsEnabled).toBe(true);
  });

  test('are enabled by a new alarm of the same name, unless it says otherwise [M: ActionsEnabled]', async () => {
    const AlarmName = await ownAlarm({ ActionsEnabled: false });
    const before = await describeAlarm(AlarmName);

    await cloudwatch.putMetricAlarm({ AlarmName, ...settings });

    expect(before?.ActionsEnabled).toBe(false);
    expect((await describeAlarm(AlarmName))?.ActionsEnabled).toBe(true);
  });
});

describe('a deletion of alarms [M: DeleteAlarms]', () => {
  test('deletes those that it names', async () => {
    const AlarmName = await ownAlarm();

    await cloudwatch.deleteAlarms({ AlarmNames: [AlarmName] });

    expect(await describeAlarm(AlarmName)).toBeUndefined();
  });

  test('deletes none if one of them does not exist', async () => {
    const AlarmName = await ownAlarm();

    await refusal(
      cloudwatch.deleteAlarms({ AlarmNames: [AlarmName, newName()] }),
      'ResourceNotFound',
    );

    expect(await describeAlarm(AlarmName)).toMatchObject({ AlarmName });
  });
});

const settings = {
  ...{ MetricName: 'Root', Namespace: context.run, Statistic: 'Sum' as const },
  ...{ Period: 300, EvaluationPeriods: 1, Threshold: 1 },
  ComparisonOperator: 'GreaterThanOrEqualToThreshold' as const,
};

/** Puts an alarm for one test. */
async function ownAlarm(
  input: Partial<Parameters<typeof cloudwatch.putMetricAlarm>[0]> = {},
): Promise<string> {
  const AlarmName = newName();
  await cloudwatch.putMetricAlarm({ ...settings, ...input, AlarmName });
  onTestFinished(() => removeAlarm(AlarmName));
  return AlarmName;
}

async function removeAlarm(AlarmName: string): Promise<void> {
  await cloudwatch.deleteAlarms({ AlarmNames: [AlarmName] }).catch((error: Error) => {
    if (error.name !== 'ResourceNotFound') throw error;
  });
}

async function describeAlarm(AlarmName: string) {
  const { MetricAlarms } = await cloudwatch.describeAlarms({ AlarmNames: [AlarmName] });
  return MetricAlarms?.[0];
}

type Identified = { readonly Id?: string | undefined };
const byId = ({ Id: one = '' }: Identified, { Id: other = '' }: Identified): number =>
  one < other ? -1 : 1;
