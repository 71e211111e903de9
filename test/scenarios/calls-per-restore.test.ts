import {
  DeleteTrailCommand,
  PutEventSelectorsCommand,
  StopLoggingCommand,
  UpdateTrailCommand,
} from '@aws-sdk/client-cloudtrail';
import { beforeAll, expect, test } from 'vitest';
import { readsOfCheck } from '#incident/reconcile-trails.ts';
import { testAccount } from '../support/account.ts';

/**
 * The number of API calls of all functions, including alerts and events of own writes. CloudTrail allows about ten
 * reads a second in an account and Region, and a trail that records reads also records these.
 */
const account = testAccount();

beforeAll(async () => {
  account.deliver({ drop: false });
  await account.swept();
  await account.settled();
});

/** Performs an action, waits until all processing has ended, and counts trailkeeper's calls. */
async function callsAfter(act: () => Promise<unknown>) {
  const before = account.calls.length;
  await act();
  await account.settled();
  const ours = account.calls
    .slice(before)
    .filter(({ principal }) => principal.includes(':assumed-role/Trailkeeper-'));
  const isRead = (operation: string) => /^(Get|List|Head|Describe|Query)/.test(operation);
  const reads = ours.filter(({ operation }) => isRead(operation)).length;
  const ofCloudTrail = ours.filter(({ service }) => service === 'cloudtrail').length;
  return { reads, writes: ours.length - reads, ofCloudTrail };
}

test('a sweep of a trail in sync', async () => {
  const { reads, writes, ofCloudTrail } = await callsAfter(() => account.sweep());

  expect(reads).toBeLessThanOrEqual(10);
  expect(writes).toBe(0);
  expect(ofCloudTrail).toBeLessThanOrEqual(readsOfCheck);
});

test('a sweep that also reads the destinations and the organization', async () => {
  await account.fiveMinutesPass();

  const { reads, writes } = await callsAfter(() => account.sweep());

  expect(reads).toBeLessThanOrEqual(28);
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
  // Six writes recreate the trail with logging, selectors, Insights, aggregation and tags. Each of their events costs
  // at most two reads.
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
