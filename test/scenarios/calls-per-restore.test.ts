import { StopLoggingCommand } from '@aws-sdk/client-cloudtrail';
import { expect, test } from 'vitest';
import { ownAccount } from '../support/account.ts';

/** Everything that one StopLogging causes: the repair, all reads, the events of our own writes, and the alert. */
const mostCalls = 40;

test('one StopLogging causes few API calls over all functions', async () => {
  const account = await ownAccount();
  await account.swept();
  account.deliver({ drop: false });
  const before = account.calls.length;

  await account.outsider.send(new StopLoggingCommand({ Name: account.trail }));
  await account.settled();

  const calls = account.calls.slice(before);
  const byOperation = Map.groupBy(calls, ({ service, operation }) => `${service} ${operation}`);
  const counts = Object.fromEntries([...byOperation].map(([name, all]) => [name, all.length]));
  expect(await account.incidents()).toMatchObject([{ state: 'restored' }]);
  expect(calls.length, JSON.stringify(counts, null, 2)).toBeLessThanOrEqual(mostCalls);
});
