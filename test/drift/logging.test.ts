import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { logging } from '#drift/logging.ts';
import { diff, type Json } from '#text/diff.ts';
import { now, trail } from '../support/baseline.ts';
import { answering, refusing } from '../support/cloudtrail.ts';

describe('the repair of logging', () => {
  test('always starts logging', () => {
    const state = fc.record({ IsLogging: fc.boolean() });

    fc.assert(
      fc.property(state, fc.option(state), (desired, actual) => {
        expect(logging.repair(desired, actual, trail)).toStrictEqual([
          { action: 'StartLogging', input: { Name: trail.arn } },
        ]);
      }),
    );
  });

  test('is one StartLogging call', async () => {
    const { aws, asked } = answering({});

    await logging.apply(aws, { action: 'StartLogging', input: { Name: trail.arn } });

    expect(asked).toStrictEqual([{ operation: 'StartLogging', input: { Name: trail.arn } }]);
  });

  test('that is refused throws CloudTrail’s error', async () => {
    const { aws } = refusing('ConflictException');
    const step = { action: 'StartLogging', input: { Name: trail.arn } } as const;

    await expect(logging.apply(aws, step)).rejects.toMatchObject({ name: 'ConflictException' });
  });
});

describe('a baseline of logging', () => {
  test('requires logging', () => {
    expect(logging.state.safeParse({ IsLogging: true }).success).toBe(true);
  });

  test.each([{ IsLogging: false }, { IsLogging: null }, { IsLogging: 'true' }, {}, null])(
    'cannot contain %j',
    (state) => {
      expect(logging.state.safeParse(state).success).toBe(false);
    },
  );

  test('that is invalid is refused with the remedy', () => {
    const { error } = logging.state.safeParse({ IsLogging: false });

    expect(error?.issues).toMatchObject([
      { path: ['IsLogging'], message: 'must be true: start logging, then capture the trail again' },
    ]);
  });
});

describe('the logging state of a live trail', () => {
  test('is read by the trail ARN', async () => {
    const { aws, asked } = answering({ IsLogging: true });

    await logging.observe(aws, trail, now);

    expect(asked).toStrictEqual([{ operation: 'GetTrailStatus', input: { Name: trail.arn } }]);
  });

  test.each([true, false])('is read from the response: %s', async (IsLogging) => {
    const { aws } = answering({ IsLogging, LatestDeliveryError: 'AccessDenied' });

    expect(await logging.observe(aws, trail, now)).toStrictEqual({
      IsLogging,
      StartLoggingTime: null,
      StopLoggingTime: null,
    });
  });

  test('has the last start and stop times, which are neither drift nor captured', async () => {
    const times = { StartLoggingTime: 1_795_348_800.5, StopLoggingTime: 1_795_348_790 };
    const observed = await logging.observe(
      answering({ IsLogging: true, ...times }).aws,
      trail,
      now,
    );

    expect(observed).toStrictEqual({
      IsLogging: true,
      StartLoggingTime: '2026-11-22T12:00:00.500Z',
      StopLoggingTime: '2026-11-22T11:59:50.000Z',
    });
    if (observed === null) throw new Error('there is no trail');
    expect(diff({ IsLogging: true }, observed as Json)).toStrictEqual([]);
    expect(logging.toBaseline?.(observed)).toStrictEqual({ IsLogging: true });
  });

  test.each([{}, { IsLogging: null }])('is unknown if the response is %j', async (body) => {
    await expect(logging.observe(answering(body).aws, trail, now)).rejects.toThrow('IsLogging');
  });

  test('is null if the trail does not exist', async () => {
    expect(await logging.observe(refusing('TrailNotFoundException').aws, trail, now)).toBeNull();
  });

  test.each(['AccessDeniedException', 'ThrottlingException', 'InvalidTrailNameException'])(
    'is unknown, not absent, if CloudTrail returns %s',
    async (name) => {
      await expect(logging.observe(refusing(name).aws, trail, now)).rejects.toMatchObject({ name });
    },
  );
});

test('disabled logging loses all events', () => {
  const [change] = diff({ IsLogging: true }, { IsLogging: false });
  if (change === undefined) throw new Error('nothing has changed');

  const { description, ...impact } = logging.impact(
    change,
    { IsLogging: true },
    { IsLogging: false },
  );

  expect(impact).toStrictEqual({ severity: 'critical', losesCoverage: true });
  expect(description).toContain('logging is off');
});
