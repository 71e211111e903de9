import {
  GetTrailCommand,
  GetTrailStatusCommand,
  StopLoggingCommand,
} from '@aws-sdk/client-cloudtrail';
import { describe, expect, test } from 'vitest';
import { type Account, startAccount, testAccount } from '../support/account.ts';

// EventBridge documents that it receives CloudTrail events while a trail logs. It is not known whether the event that
// stops logging is still delivered; here it is not.

test('without a second trail the event of StopLogging does not arrive, and the sweep restores the trail', async () => {
  const account = await startAccount();
  account.deliver({ drop: false, requiresLoggingTrail: true });
  await stop(account);
  await account.settled();
  expect(await isLogging(account)).toBe(false);

  await account.sweep();

  expect(await isLogging(account)).toBe(true);
});

describe('with a sentinel', () => {
  const account = testAccount({ deployment: { sentinel: true } });

  test('the event of StopLogging arrives, and restores the trail', async () => {
    account.deliver({ drop: false, requiresLoggingTrail: true });
    await stop(account);
    await account.settled();

    expect(await isLogging(account)).toBe(true);
  });

  test('it is a trail of only this account that logs in every Region', async () => {
    const Name = account.outputs.SentinelTrailArn;
    const { Trail } = await account.outsider.send(new GetTrailCommand({ Name }));
    const { IsLogging } = await account.outsider.send(new GetTrailStatusCommand({ Name }));
    expect(Trail).toMatchObject({ IsOrganizationTrail: false, IsMultiRegionTrail: true });
    expect(IsLogging).toBe(true);
  });
});

const stop = ({ outsider, trail }: Account) =>
  outsider.send(new StopLoggingCommand({ Name: trail }));

const isLogging = async ({ outsider, trail }: Account) =>
  (await outsider.send(new GetTrailStatusCommand({ Name: trail }))).IsLogging;
