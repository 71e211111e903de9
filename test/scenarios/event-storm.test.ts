import { setTimeout } from 'node:timers/promises';
import { StopLoggingCommand, UpdateTrailCommand } from '@aws-sdk/client-cloudtrail';
import { expect, test } from 'vitest';
import { testAccount } from '../support/account.ts';

const account = testAccount();

test('a call that stops the trail in a flood of 300 others is reverted and attributed, with fewer API calls than events', async () => {
  const { trail: Name, outsider } = account;
  const flooder = account.clientOf('dora');
  const asCaptured = await account.auditTrail();
  account.deliver({ drop: false, paused: true });
  const half = 150;
  for (let i = 0; i < half; i += 1) await flooder.send(new UpdateTrailCommand({ Name }));
  await outsider.send(new StopLoggingCommand({ Name }));
  for (let i = 0; i < half; i += 1) await flooder.send(new UpdateTrailCommand({ Name }));
  // Events record the second of a call: a check in the same second may have come before the call.
  await setTimeout(1000);
  const start = account.calls.length;

  account.deliver({ paused: false });
  await account.settled();

  const ours = account.calls
    .slice(start)
    .filter(({ principal }) => principal.includes(':assumed-role/Trailkeeper-'));
  expect(ours.length).toBeLessThan(2 * half);
  expect(await account.auditTrail()).toEqual(asCaptured);
  expect(await account.incidents()).toMatchObject([
    { state: 'restored', cause: { eventName: 'StopLogging', principal: { name: 'mallory' } } },
  ]);
});
