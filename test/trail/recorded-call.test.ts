import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { asApi, readRecord, recordedCallIn, textOf } from '#trail/recorded-call.ts';
import { parseTrailEvent } from '#trail/trail-event.ts';

const record = {
  ...JSON.parse(readFileSync('test/events/iam-user-from-the-cli.json', 'utf8')),
  errorCode: undefined,
  eventTime: '2026-11-22T12:00:00Z',
  requestParameters: { name: 'org-trail' },
  responseElements: { trailARN: 'arn:aws:cloudtrail:us-east-1:111122223333:trail/org-trail' },
};

describe('a record', () => {
  test('has the call, its request and its response', () => {
    expect(readRecord(record)).toMatchObject({
      eventSource: 'cloudtrail.amazonaws.com',
      eventName: record.eventName,
      at: '2026-11-22T12:00:00Z',
      parameters: record.requestParameters,
      response: record.responseElements,
      event: { named: [record.responseElements.trailARN] },
    });
  });

  test('of a failed call has no response', () => {
    expect(readRecord({ ...record, errorCode: 'AccessDenied' }).response).toBeNull();
  });

  test.each([{ omitted: true }, 'text', null, undefined])('has no request if that is %j', (it) => {
    expect(readRecord({ ...record, requestParameters: it }).parameters).toBeNull();
  });

  test('keeps a request whose field omitted is not true', () => {
    const requestParameters = { omitted: false };

    expect(readRecord({ ...record, requestParameters }).parameters).toEqual(requestParameters);
  });

  test.each([
    ['a time', { eventTime: undefined }, `${record.eventName}: the record has no time`],
    ['a name', { eventName: undefined }, 'detail.eventName: is missing'],
  ])('without %s is unreadable', (_, edit, message) => {
    const broken = { ...record, ...edit };

    expect(() => readRecord(broken)).toThrow(
      expect.objectContaining({
        name: 'UnreadableRecordError',
        message: expect.stringContaining(message),
      }),
    );
  });
});

test('the call in an event is the call of its record', () => {
  const event = { detail: record };

  expect(recordedCallIn(event, parseTrailEvent(event))).toEqual(readRecord(record));
});

test('an event without a time has no recorded call', () => {
  const event = { detail: { ...record, eventTime: undefined } };

  expect(recordedCallIn(event, parseTrailEvent(event))).toBeNull();
});

test.each([
  [{ name: 'x' }, 'x'],
  [{ name: '' }, null],
  [{ name: 1 }, null],
  [{}, null],
])('the text of the field of %j is %j', (members, text) => {
  expect(textOf(members, 'name')).toBe(text);
});

test('an inherited field is ignored', () => {
  expect(textOf(Object.create({ name: 'x' }), 'name')).toBeNull();
});

test('recorded names become API names at every depth', () => {
  expect(asApi({ a: [{ readWriteType: 'All', null: null }], b: 1, c: null })).toEqual({
    A: [{ ReadWriteType: 'All', Null: null }],
    B: 1,
    C: null,
  });
});
