import { type LookupEventsRequest, paginateLookupEvents } from '@aws-sdk/client-cloudtrail';
import { describe, expect, test } from 'vitest';
import { cloudtrail } from './fixtures.ts';
import { refusal } from './refusal.ts';

describe('LookupEvents [M]', () => {
  // ResourceName and ResourceType are tested in records.test.ts.
  test.each([
    'EventId',
    'EventName',
    'EventSource',
    'ReadOnly',
    'Username',
    'AccessKeyId',
  ] as const)('finds an event by its %s', async (AttributeKey) => {
    const { EventId, EventTime, ...event } = await someUsersEvent();
    const AttributeValue = { ...event, EventId }[AttributeKey];

    const found = await eventIds({
      LookupAttributes: [{ AttributeKey, AttributeValue }],
      StartTime: EventTime,
      EndTime: EventTime,
    });

    expect(found).toContain(EventId);
  });

  test('returns the newest first, and a token for older ones', async () => {
    const first = await cloudtrail.lookupEvents({ MaxResults: 1 });
    const { NextToken } = first;
    const second = await cloudtrail.lookupEvents({ MaxResults: 1, NextToken });

    const [newer, older] = [first.Events?.[0], second.Events?.[0]];
    expect(Number(newer?.EventTime)).toBeGreaterThanOrEqual(Number(older?.EventTime));
    expect(newer?.EventId).not.toBe(older?.EventId);
  });
});

describe('LookupEvents is refused [M: its errors]', () => {
  const day = (date: number) => new Date(Date.UTC(2026, 0, date));

  test('for a time range that ends before it starts', async () => {
    await refusal(
      cloudtrail.lookupEvents({ StartTime: day(2), EndTime: day(1) }),
      'InvalidTimeRangeException',
    );
  });

  test.each([0, 51])('for %i results per page', async (MaxResults) => {
    await refusal(cloudtrail.lookupEvents({ MaxResults }), 'InvalidMaxResultsException');
  });

  test('for an invalid token', async () => {
    await refusal(cloudtrail.lookupEvents({ NextToken: 'none' }), 'InvalidNextTokenException');
  });

  test('for a token of another request', async () => {
    const { NextToken } = await cloudtrail.lookupEvents({ MaxResults: 1 });

    await refusal(
      cloudtrail.lookupEvents({ MaxResults: 2, NextToken }),
      'InvalidNextTokenException',
    );
  });

  test('for two attributes', async () => {
    const LookupAttributes = ['StartLogging', 'StopLogging'].map((AttributeValue) => ({
      AttributeKey: 'EventName' as const,
      AttributeValue,
    }));

    await refusal(
      cloudtrail.lookupEvents({ LookupAttributes }),
      'InvalidLookupAttributesException',
    );
  });

  test('for an unknown attribute', async () => {
    const LookupAttributes = [{ AttributeKey: 'Mood' as 'EventName', AttributeValue: 'good' }];

    await refusal(
      cloudtrail.lookupEvents({ LookupAttributes }),
      'InvalidLookupAttributesException',
    );
  });

  test('for a category other than insight', async () => {
    await refusal(
      cloudtrail.lookupEvents({ EventCategory: 'management' as 'insight' }),
      'InvalidEventCategoryException',
    );
  });
});

/** A recent event of a user with an access key. */
async function someUsersEvent() {
  const { Events = [] } = await cloudtrail.lookupEvents({});
  const found = Events.find(({ AccessKeyId, Username }) => AccessKeyId && Username);
  if (found === undefined) throw new Error('no recent event by an IAM user in this Region');
  return found;
}

async function eventIds(input: LookupEventsRequest) {
  const found: (string | undefined)[] = [];
  for await (const { Events = [] } of paginateLookupEvents({ client: cloudtrail }, input)) {
    found.push(...Events.map(({ EventId }) => EventId));
  }
  return found;
}
