import { describe, expect, test } from 'vitest';
import { cloudtrail, ownTrail } from './fixtures.ts';

describe('logging [M: StartLogging, StopLogging, GetTrailStatus]', () => {
  test('starts and shows its start time', async () => {
    const { arn: Name } = await ownTrail();

    await cloudtrail.startLogging({ Name });

    const status = await cloudtrail.getTrailStatus({ Name });
    expect(status.IsLogging).toBe(true);
    expect(status.StartLoggingTime).toBeInstanceOf(Date);
    expect(status.StopLoggingTime).toBeUndefined();
  });

  test('stops and keeps its start time', async () => {
    const { name: Name } = await ownTrail();
    await cloudtrail.startLogging({ Name });
    const { StartLoggingTime } = await cloudtrail.getTrailStatus({ Name });

    await cloudtrail.stopLogging({ Name });

    const status = await cloudtrail.getTrailStatus({ Name });
    expect(status).toMatchObject({ IsLogging: false, StartLoggingTime });
    expect(Number(status.StopLoggingTime)).toBeGreaterThanOrEqual(Number(StartLoggingTime));
  });

  test('that is started again keeps its stop time', async () => {
    const { name: Name } = await ownTrail();
    await cloudtrail.startLogging({ Name });
    await cloudtrail.stopLogging({ Name });
    const { StopLoggingTime } = await cloudtrail.getTrailStatus({ Name });

    await cloudtrail.startLogging({ Name });

    const status = await cloudtrail.getTrailStatus({ Name });
    expect(status).toMatchObject({ IsLogging: true, StopLoggingTime });
    expect(Number(status.StartLoggingTime)).toBeGreaterThanOrEqual(Number(StopLoggingTime));
  });

  // [I] Every published GetTrailStatus response has these fields, as text without milliseconds, and "" for "never".
  test('shows the times also as text, empty if the event never happened', async () => {
    const { name: Name } = await ownTrail();
    const before = await cloudtrail.getTrailStatus({ Name });

    await cloudtrail.startLogging({ Name });

    const { StartLoggingTime, ...status } = await cloudtrail.getTrailStatus({ Name });
    expect(before).toMatchObject({
      TimeLoggingStarted: '',
      TimeLoggingStopped: '',
      LatestDeliveryAttemptTime: '',
      LatestDeliveryAttemptSucceeded: '',
      LatestNotificationAttemptTime: '',
      LatestNotificationAttemptSucceeded: '',
    });
    expect(status).toMatchObject({
      TimeLoggingStarted: asText(StartLoggingTime),
      TimeLoggingStopped: '',
      LatestNotificationAttemptTime: '',
      LatestNotificationAttemptSucceeded: '',
    });
  });

  test('that is on keeps its start time when started again [U]', async () => {
    const { name: Name } = await ownTrail();
    await cloudtrail.startLogging({ Name });
    const { StartLoggingTime } = await cloudtrail.getTrailStatus({ Name });

    await cloudtrail.startLogging({ Name });

    expect(await cloudtrail.getTrailStatus({ Name })).toMatchObject({
      IsLogging: true,
      StartLoggingTime,
    });
  });

  test('that is off can be stopped again [U]', async () => {
    const { name: Name } = await ownTrail();

    await cloudtrail.stopLogging({ Name });

    expect((await cloudtrail.getTrailStatus({ Name })).IsLogging).toBe(false);
  });
});

function asText(time: Date | undefined): string | undefined {
  return time?.toISOString().replace(/\.\d+Z$/, 'Z');
}
