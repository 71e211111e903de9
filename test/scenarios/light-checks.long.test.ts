import {
  DeleteTrailCommand,
  StopLoggingCommand,
  UpdateTrailCommand,
} from '@aws-sdk/client-cloudtrail';
import {
  DeleteEventSourceMappingCommand,
  LambdaClient,
  UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda';
import { DeleteScheduleCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { testAccount } from '../support/account.ts';

/** With `sweepEvery: "10 seconds"`, light checks restore changes without events before the next sweep. */
const account = testAccount({ deployment: { sweepEvery: '10 seconds' } });
let asCaptured: unknown;

beforeAll(async () => {
  asCaptured = await account.auditTrail();
});
beforeEach(() => account.swept());

const callsOf = async (act: () => Promise<unknown>) => {
  const start = account.calls.length;
  await act();
  return account.calls
    .slice(start)
    .filter(({ principal }) => principal.endsWith('Trailkeeper-Sweep'))
    .map(({ service, operation }) => `${service}:${operation}`);
};

test.each([
  ['StopLogging', () => account.outsider.send(new StopLoggingCommand({ Name: account.trail }))],
  ['DeleteTrail', () => account.outsider.send(new DeleteTrailCommand({ Name: account.trail }))],
  [
    'UpdateTrail',
    () =>
      account.outsider.send(new UpdateTrailCommand({ Name: account.trail, S3KeyPrefix: 'away' })),
  ],
])('%s without an event is restored by the next light check', async (_, attack) => {
  await attack();
  expect(await account.auditTrail()).not.toEqual(asCaptured);

  await account.lightCheck();

  expect(await account.auditTrail()).toEqual(asCaptured);
});

test('a light check of a trail in sync makes two reads', async () => {
  const five = await callsOf(() => account.lightCheck());

  expect(new Set(five)).toEqual(new Set(['cloudtrail:GetTrail', 'cloudtrail:GetTrailStatus']));
  expect(five).toHaveLength(5 * 2);
});

test('a light check reads the baselines if no sweep came before it', async () => {
  account.recycle();
  await account.outsider.send(new StopLoggingCommand({ Name: account.trail }));

  await account.lightCheck();

  expect(await account.auditTrail()).toEqual(asCaptured);
});

describe('the self-check', () => {
  beforeEach(() => account.reset());

  const mapping = () => ({ UUID: account.outputs.LightChecksMappingId });
  const disableMapping = () =>
    new LambdaClient(account.configOf()).send(
      new UpdateEventSourceMappingCommand({ ...mapping(), Enabled: false }),
    );

  test('finds light checks as they were deployed', async () => {
    expect(await account.selfCheck()).toEqual({ result: { faults: [] } });
  });

  test.each([
    ['the mapping of their queue is disabled', disableMapping, /State is "Disabled"/],
    [
      'the mapping of their queue is deleted',
      () =>
        new LambdaClient(account.configOf()).send(new DeleteEventSourceMappingCommand(mapping())),
      /^mappings\..* is gone/,
    ],
    [
      'their schedule is deleted',
      () =>
        new SchedulerClient(account.configOf()).send(
          new DeleteScheduleCommand({ Name: 'Trailkeeper-LightChecks' }),
        ),
      /^schedules\.Trailkeeper-LightChecks is gone/,
    ],
  ])('reports that %s', async (_, change, fault) => {
    account.deliver({ drop: true });
    await change();

    expect(await account.selfCheck()).toEqual({
      result: { faults: [expect.stringMatching(fault)] },
    });
  });

  test('keeps the call that disables the mapping of their queue, of which people are notified', async () => {
    await disableMapping();
    await account.settled();

    expect((await account.slack()).map(({ text }) => text)).toEqual([
      expect.stringMatching(/CRITICAL.*UpdateEventSourceMapping/),
    ]);
    expect(await account.notifications()).toHaveLength(1);
  });
});
