import {
  DeleteTrailCommand,
  PutEventSelectorsCommand,
  StopLoggingCommand,
  UpdateTrailCommand,
} from '@aws-sdk/client-cloudtrail';
import { beforeAll, expect, test } from 'vitest';
import { type Account, startAccount } from '../support/account.ts';

/**
 * How many API calls trailkeeper makes: all functions together, the alert and the events that its writes cause included. CloudTrail
 * answers about ten reads a second in an account and Region, and a trail that records reads records these, too.
 */
let account: Account;

beforeAll(async () => {
  account = await startAccount();
  account.deliver({ drop: false });
  await account.swept();
  await account.settled();
});

/** Does something, waits for all that follows, and counts trailkeeper's calls. */
async function callsAfter(act: () => Promise<unknown>) {
  const before = account.calls.length;
  await act();
  await account.settled();
  const ours = account.calls
    .slice(before)
    .filter(({ principal }) => principal.includes(':assumed-role/Trailkeeper-'));
  const isRead = (operation: string) => /^(Get|List|Head|Describe|Query)/.test(operation);
  const reads = ours.filter(({ operation }) => isRead(operation)).length;
  return { reads, writes: ours.length - reads };
}

test('a sweep of a trail in sync', async () => {
  const { reads, writes } = await callsAfter(() => account.sweep());

  expect(reads).toBeLessThanOrEqual(10);
  expect(writes).toBe(0);
});

test('a sweep that also reads the destinations and the organization', async () => {
  await account.fiveMinutesPass();

  const { reads, writes } = await callsAfter(() => account.sweep());

  expect(reads).toBeLessThanOrEqual(17);
  expect(writes).toBe(1);
});

test('an event that leaves a trail in sync', async () => {
  const { trail: Name, outsider } = account;

  const { reads, writes } = await callsAfter(() => outsider.send(new UpdateTrailCommand({ Name })));

  expect(reads).toBeLessThanOrEqual(12);
  expect(writes).toBe(0);
});

const some = { reads: 25, writes: 8 };

test.each([
  ['StopLogging', (Name: string) => new StopLoggingCommand({ Name }), some],
  ['UpdateTrail', (Name: string) => new UpdateTrailCommand({ Name, S3KeyPrefix: 'away' }), some],
  [
    'PutEventSelectors',
    (TrailName: string) =>
      new PutEventSelectorsCommand({
        TrailName,
        EventSelectors: [{ ReadWriteType: 'ReadOnly', IncludeManagementEvents: true }],
      }),
    some,
  ],
  // Six writes create the trail again with its logging, selectors, insights, aggregation and tags. The event of each takes two reads at most.
  ['DeleteTrail', (Name: string) => new DeleteTrailCommand({ Name }), { reads: 25, writes: 13 }],
] as const)('a restore after %s', async (_name, attack, most) => {
  const { trail, outsider } = account;

  const { reads, writes } = await callsAfter(() =>
    outsider.send(attack(trail) as StopLoggingCommand),
  );

  expect(await account.incidents()).toMatchObject([{ state: 'restored' }]);
  expect(reads).toBeLessThanOrEqual(most.reads);
  expect(writes).toBeLessThanOrEqual(most.writes);
});
