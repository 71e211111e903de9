import { paginateLookupEvents } from '@aws-sdk/client-cloudtrail';
import { expect, test } from 'vitest';
import { testAccount } from '../support/account.ts';

/** The event history of an organization, which a test fills and reads back as a whole. */

const accounts = ['111122223333', '222233334444', '333344445555'];
const regions = ['us-east-1', 'eu-central-1', 'eu-west-1'];

const account = testAccount();

test('each account and Region returns its own events of ten thousand, all of them once', async () => {
  const eventTime = new Date(Date.now() - 3_600_000).toISOString().replace(/\.\d+Z$/, 'Z');
  const records = Array.from({ length: 10_000 }, (_, i) => ({
    eventID: `event-${i}`,
    eventName: 'RunInstances',
    eventTime,
    awsRegion: regions[i % 3],
    recipientAccountId: accounts[Math.trunc(i / 3) % 3],
    userIdentity: { type: 'IAMUser', userName: 'mallory' },
  }));
  await account.admin('event-history', { records });

  const StartTime = new Date(eventTime);
  const found: string[] = [];
  for (const accountId of accounts) {
    for (const region of regions) {
      const client = account.clientOf(accountId, region);
      const pages = paginateLookupEvents({ client }, { StartTime, EndTime: StartTime });
      for await (const { Events = [] } of pages) {
        for (const { CloudTrailEvent = '{}' } of Events) {
          const { eventID, awsRegion, recipientAccountId } = JSON.parse(CloudTrailEvent);
          expect([awsRegion, recipientAccountId]).toEqual([region, accountId]);
          found.push(eventID);
        }
      }
    }
  }

  const kept = await fetch(`${account.endpoint}/_sandbox/event-history`);
  const ids = ((await kept.json()) as { readonly eventID: string }[])
    .map(({ eventID }) => eventID)
    .filter((id) => id.startsWith('event-'));
  expect(ids).toEqual(records.map(({ eventID }) => eventID));
  expect(found.toSorted()).toEqual(ids.toSorted());
});
