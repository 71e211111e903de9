import { describe, expect, test } from 'vitest';
import { eventBridgeTest } from '#sandbox/event-pattern.ts';
import type { Call } from '#sandbox/service.ts';
import type { World } from '#sandbox/world.ts';
import { errorOf } from '../support/event-patterns.ts';

describe('TestEventPattern', () => {
  const event = {
    id: '7bf73129-1428-4cd3-a780-95db273d1602',
    'detail-type': 'AWS API Call via CloudTrail',
    source: 'aws.cloudtrail',
    account: '111122223333',
    time: '2026-03-01T12:00:00Z',
    region: 'eu-central-1',
    resources: [],
    detail: { eventName: 'StopLogging' },
  };

  test('returns true if the pattern matches', () => {
    expect(tried({ detail: { eventName: ['StopLogging'] } }, event)).toEqual({ Result: true });
  });

  test('returns false if the pattern does not match', () => {
    expect(tried({ detail: { eventName: ['StartLogging'] } }, event)).toEqual({ Result: false });
  });

  test('needs permission on all resources', () => {
    expect(eventBridgeTest.TestEventPattern?.needs(called({}), world)).toEqual([
      { action: 'events:TestEventPattern', resource: '*' },
    ]);
  });

  test.each(['id', 'account', 'source', 'time', 'region', 'resources', 'detail-type'])(
    'refuses an event without %s',
    (field) => {
      const { [field]: _, ...rest } = event as Record<string, unknown>;

      expect(errorOf(() => tried({ source: ['x'] }, rest))).toMatchObject({
        code: 'ValidationException',
        message: 'Parameter Event is not valid.',
      });
    },
  );

  test.each(['{', 'a string', '[]', 'null', ''])('refuses %j for an event', (text) => {
    const call = () => perform({ EventPattern: '{"source":["x"]}', Event: text });

    expect(errorOf(call)).toMatchObject({
      code: 'ValidationException',
      message: 'Parameter Event is not valid.',
    });
  });

  test.each(['{', "{'a':['x']}", '', '[]', 'null', '{"a":[]}'])(
    'refuses %j for a pattern',
    (text) => {
      const call = () => perform({ EventPattern: text, Event: JSON.stringify(event) });

      expect(errorOf(call)).toMatchObject({ code: 'InvalidEventPatternException' });
    },
  );

  test('refuses the pattern before the event', () => {
    const call = () => perform({ EventPattern: '{}', Event: '{}' });

    expect(errorOf(call)).toMatchObject({ code: 'InvalidEventPatternException' });
  });

  test('accepts a pattern of 4096 characters but not a longer one', () => {
    const padded = JSON.stringify({ source: ['x'] }).padEnd(4096);
    const Event = JSON.stringify(event);

    expect(perform({ EventPattern: padded, Event })).toEqual({ Result: false });
    expect(errorOf(() => perform({ EventPattern: `${padded} `, Event }))).toMatchObject({
      code: 'ValidationException',
      message: expect.stringContaining('less than or equal to 4096'),
    });
  });

  test('refuses a pattern that is not JSON', () => {
    expect(() => perform({ EventPattern: '{', Event: '{}' })).toThrow('Unrecognized token');
  });

  test.each([undefined, null, 5, { source: ['x'] }])('refuses %j instead of text', (value) => {
    const EventPattern = '{"source":["x"]}';

    expect(errorOf(() => perform({ EventPattern: value }))).toMatchObject({
      code: 'ValidationException',
      message: expect.stringContaining("'eventPattern'"),
    });
    expect(errorOf(() => perform({ EventPattern, Event: value }))).toMatchObject({
      code: 'ValidationException',
      message: expect.stringContaining("'event'"),
    });
  });

  const world = {} as World;

  const called = (input: Record<string, unknown>): Call => ({
    principal: {
      type: 'IAMUser',
      arn: 'arn:aws:iam::111122223333:user/tester',
      accountId: '111122223333',
      accessKeyId: '111122223333',
      roleArn: null,
    },
    region: 'eu-central-1',
    service: 'events',
    operation: 'TestEventPattern',
    userAgent: 'test',
    requestId: 'a-request',
    input,
    at: new Date('2026-03-01T12:00:00Z'),
  });

  const perform = (input: Record<string, unknown>): unknown =>
    eventBridgeTest.TestEventPattern?.perform(called(input), world);

  const tried = (pattern: object, tested: object): unknown =>
    perform({ EventPattern: JSON.stringify(pattern), Event: JSON.stringify(tested) });
});
