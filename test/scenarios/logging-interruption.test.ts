import {
  CreateTrailCommand,
  DeleteTrailCommand,
  GetTrailStatusCommand,
} from '@aws-sdk/client-cloudtrail';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { beforeEach, describe, expect, test } from 'vitest';
import { parseTrailArn } from '#trail/trail-arn.ts';
import { testAccount } from '../support/account.ts';
import { trailCalls } from '../support/trail-calls.ts';

// Logging is stopped and started between two sweeps, and no event arrives.

const account = testAccount();

beforeEach(async () => {
  await account.reset();
  account.deliver({ drop: true });
});

const observe = () => account.swept({ mode: 'observe' });
const { stop, start } = trailCalls(account);
const remove = () => account.outsider.send(new DeleteTrailCommand({ Name: account.trail }));
const status = () => account.outsider.send(new GetTrailStatusCommand({ Name: account.trail }));
const interruptions = async () =>
  (await account.incidents()).flatMap((incident) => incident.interruptions);

/** Stops and starts logging; returns the times that CloudTrail reports. */
async function interrupt() {
  await stop();
  await start();
  const { StopLoggingTime, StartLoggingTime } = await status();
  return { from: StopLoggingTime?.toISOString(), to: StartLoggingTime?.toISOString() };
}

async function createAgain(): Promise<void> {
  const { name } = parseTrailArn(account.trail);
  const S3BucketName = 'org-trail-logs';
  await account.outsider.send(new CreateTrailCommand({ Name: name, S3BucketName }));
  await start();
}

describe('an interruption between two checks', () => {
  test('is one critical incident with its interval, and causes no write', async () => {
    await account.swept();
    const times = await interrupt();
    const before = account.calls.length;

    await account.swept();
    await account.swept();

    const interruption = { how: 'stopped', isFromKnown: true, ...times };
    expect(await account.incidents()).toMatchObject([
      { state: 'reverted', severity: 'critical', interruptions: [interruption] },
    ]);
    expect(account.writesSince(before)).toEqual([]);
  });

  test('is also recorded in observe mode', async () => {
    await observe();
    const times = await interrupt();
    await observe();

    expect(await interruptions()).toMatchObject([times]);
  });

  test('is recorded by the first sweep after the capture', async () => {
    const times = await interrupt();
    await account.swept();

    expect(await interruptions()).toMatchObject([times]);
  });

  test.each([[undefined], ['no JSON'], ['{"logging":{"lastSeen":{"IsLogging":1}}}'], [7]])(
    'is recorded if the status row was replaced by %j',
    async (content) => {
      await account.swept();
      const times = await interrupt();
      const Item = {
        pk: `incident#${account.trail}`,
        sk: 'status',
        ...(content !== undefined && { status: content }),
      };
      await account.table.send(new PutCommand({ TableName: account.tableName, Item }));
      await account.swept();
      await account.swept();

      expect(await interruptions()).toMatchObject([times]);
    },
  );

  test('is published by the next sweep if the bus refused it', async () => {
    account.deliver({ drop: false });
    await account.swept();
    account.deliver({ drop: true });
    const times = await interrupt();
    account.deliver({ drop: false });
    const down = { operation: 'PutEvents', error: 'InternalFailure', times: 100 };
    await account.fault({ service: 'events', ...down });
    expect(await account.sweep()).toHaveProperty('error');
    await account.clearFaults();
    await account.swept();
    await account.settled();

    expect(await interruptions()).toMatchObject([times]);
    expect(await account.slack()).not.toEqual([]);
  });

  test('is recorded together with the stop that followed it', async () => {
    await account.swept();
    const { to } = await interrupt();
    await stop();
    await account.swept();
    await account.swept();

    expect(await interruptions()).toMatchObject([{ how: 'stopped', isFromKnown: false, to }]);
    expect(await account.incidents()).toMatchObject([{ state: 'restored' }]);
  });

  test('is recorded even if the first sweep after it cannot read the trail', async () => {
    await account.swept();
    const times = await interrupt();
    const denied = { operation: 'GetTrailStatus', error: 'AccessDeniedException', times: 20 };
    await account.fault({ service: 'cloudtrail', ...denied });
    await account.sweep();
    expect(await interruptions()).toEqual([]);
    await account.clearFaults();
    await account.swept();

    expect(await interruptions()).toMatchObject([times]);
  });
});

test('a recreated trail is not an interruption if its deletion was detected', async () => {
  await observe();
  await remove();
  await observe();
  await createAgain();
  await observe();

  expect(await interruptions()).toEqual([]);
});

test('a start by trailkeeper is not an interruption for concurrent sweeps', async () => {
  await account.swept();
  await stop();
  await Promise.all([account.swept(), account.swept(), account.swept()]);
  await account.swept();

  expect(await interruptions()).toEqual([]);
});

test('a detected stop that someone else reverted is only drift', async () => {
  await observe();
  await stop();
  await observe();
  await start();
  await observe();

  expect(await interruptions()).toEqual([]);
  expect(await account.incidents()).toMatchObject([
    { state: 'resolved', episodes: [{ resolution: 'external' }] },
  ]);
});

test('sweeps that find nothing new write no status', async () => {
  await account.swept();
  const before = account.calls.length;
  for (let i = 0; i < 3; i += 1) await account.sweep();

  const writes = account.calls.slice(before).filter(({ operation }) => operation === 'PutItem');
  expect(writes).toEqual([]);
});
