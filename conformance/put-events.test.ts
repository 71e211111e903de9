import { EventBridge, type PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { context, newName } from './fixtures.ts';
import { refusal } from './refusal.ts';

// EventBridge API model and reference: PutEvents, PutEventsRequestEntry, PutEventsResultEntry [M].

const events = new EventBridge({ ...context.connection, region: context.region });
const EventBusName = newName();

beforeAll(async () => {
  await events.createEventBus({ Name: EventBusName });
});
afterAll(async () => {
  await events.deleteEventBus({ Name: EventBusName });
});

const whole = { Source: 'trailkeeper', DetailType: 'Trailkeeper Alert', Detail: '{"id":"a"}' };
const put = (...Entries: PutEventsRequestEntry[]) =>
  events.putEvents({ Entries: Entries.map((entry) => ({ EventBusName, ...entry })) });

describe('PutEvents [M]', () => {
  test('takes an event with resources on a bus, by its name and by its ARN', async () => {
    const bus = `arn:aws:events:${context.region}:${context.accountId}:event-bus/${EventBusName}`;
    const Resources = [`arn:aws:cloudtrail:${context.region}:${context.accountId}:trail/main`];
    const { FailedEntryCount, Entries } = await put(
      { ...whole, Resources },
      { ...whole, EventBusName: bus },
    );

    expect(FailedEntryCount).toBe(0);
    expect(Entries?.map(({ EventId }) => EventId)).toEqual([
      expect.stringMatching(/\S/),
      expect.stringMatching(/\S/),
    ]);
  });

  test('takes the same event again as another one', async () => {
    const { Entries: [first, second] = [] } = await put(whole, whole);

    expect(second?.EventId).not.toBe(first?.EventId);
  });

  test.each<[what: string, PutEventsRequestEntry, code: string]>([
    ['of a service of AWS', { ...whole, Source: 'aws.probe' }, 'NotAuthorizedForSourceException'],
    ['whose detail is no JSON', { ...whole, Detail: '{' }, 'MalformedDetail'],
    ['whose detail is no object', { ...whole, Detail: '["a"]' }, 'MalformedDetail'],
    ['without a source', { DetailType: 'a', Detail: '{}' }, 'InvalidArgument'],
    ['without a detail type', { Source: 'a', Detail: '{}' }, 'InvalidArgument'],
  ])('refuses an entry %s, and takes the others', async (_what, entry, code) => {
    const { FailedEntryCount, Entries } = await put(entry, whole);

    expect(FailedEntryCount).toBe(1);
    expect(Entries?.map(({ ErrorCode }) => ErrorCode)).toEqual([code, undefined]);
  });

  test('refuses a request in which no entry has source, detail type and detail [U: the error]', async () => {
    await refusal(put({ Source: 'a', DetailType: 'a' }, { Detail: '{}' }), 'ValidationException');
  });

  test('takes 10 entries, and refuses 11', async () => {
    const entries = (count: number) => Array.from({ length: count }, () => whole);

    expect((await put(...entries(10))).FailedEntryCount).toBe(0);
    await refusal(put(...entries(11)), 'ValidationException');
  });
});
