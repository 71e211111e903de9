import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Hint, trailPatterns } from '#core/event-rules.ts';
import { kinds } from '#drift/index.ts';
import { matchesPattern } from '#sandbox/event-pattern.ts';

type Edits = { readonly detail?: object; readonly [field: string]: unknown };

/** An event as EventBridge delivers it of a call that CloudTrail recorded. */
const eventOf = (
  eventSource: string,
  eventName: string,
  { detail = {}, ...envelope }: Edits = {},
) => ({
  version: '0',
  id: '6a7e8feb-b491-4cf7-a9f1-bf3703467718',
  'detail-type': 'AWS API Call via CloudTrail',
  source: `aws.${eventSource.split('.')[0]}`,
  account: '111122223333',
  time: '2026-11-22T10:15:30Z',
  region: 'eu-central-1',
  resources: [],
  ...envelope,
  detail: {
    eventVersion: '1.11',
    userIdentity: { type: 'IAMUser', userName: 'mallory' },
    eventTime: '2026-11-22T10:15:30Z',
    eventSource,
    eventName,
    awsRegion: 'eu-central-1',
    sourceIPAddress: '192.0.2.7',
    requestParameters: { name: 'main' },
    responseElements: null,
    eventID: 'c0ffee00-1111-4222-8333-000000000099',
    readOnly: false,
    eventType: 'AwsApiCall',
    recipientAccountId: '111122223333',
    ...detail,
  },
});

type Kinds = readonly { readonly hints: readonly Hint[] }[];

const patternsOf = (some: Kinds) => trailPatterns(some.flatMap(({ hints }) => hints));
const rulesOf = (some: Kinds) => patternsOf(some).map(([, pattern]) => pattern);
const isSent = (rules: readonly unknown[], event: unknown): boolean =>
  rules.some((pattern) => matchesPattern(pattern, event));

describe('the rules about trails', () => {
  const rules = rulesOf(kinds);
  const cloudtrail = 'cloudtrail.amazonaws.com';
  const hinted = kinds.flatMap((kind) =>
    kind.hints.flatMap(({ eventSource, eventNames }) =>
      eventNames.map((eventName) => ({ kind: kind.name, eventSource, eventName })),
    ),
  );
  const failed = { detail: { errorCode: 'AccessDenied', errorMessage: 'no' } };

  test.each(['CreateTrail', 'UpdateTrail', 'DeleteTrail', 'StartLogging', 'StopLogging'])(
    'send on %s',
    (eventName) => {
      expect(isSent(rules, eventOf(cloudtrail, eventName))).toBe(true);
    },
  );

  test.each(hinted)('send on $eventName, at which $kind looks', ({ eventSource, eventName }) => {
    expect(isSent(rules, eventOf(eventSource, eventName))).toBe(true);
  });

  test.each(hinted)('send on $eventName that failed', ({ eventSource, eventName }) => {
    expect(isSent(rules, eventOf(eventSource, eventName, failed))).toBe(true);
  });

  test.each([
    'GetTrail',
    'GetTrailStatus',
    'GetEventSelectors',
    'GetInsightSelectors',
    'DescribeTrails',
    'ListTrails',
    'ListTags',
    'LookupEvents',
  ])('do not send on %s, which only reads', (eventName) => {
    const reading = { detail: { readOnly: true } };

    expect(isSent(rules, eventOf(cloudtrail, eventName, reading))).toBe(false);
  });

  test.each<[string, unknown]>([
    ['a call of the same name to another service', eventOf('iot.amazonaws.com', 'StopLogging')],
    [
      'a record of another service in the name of CloudTrail',
      eventOf('iot.amazonaws.com', 'StopLogging', { source: 'aws.cloudtrail' }),
    ],
    [
      'what somebody put on the bus themselves',
      eventOf(cloudtrail, 'StopLogging', { source: 'mallory.cloudtrail' }),
    ],
    [
      'an event of the service itself',
      eventOf(cloudtrail, 'StopLogging', { 'detail-type': 'AWS Service Event via CloudTrail' }),
    ],
    [
      'a sign-in',
      eventOf(cloudtrail, 'StopLogging', { 'detail-type': 'AWS Console Sign In via CloudTrail' }),
    ],
    [
      'an Insight',
      eventOf(cloudtrail, 'StopLogging', { 'detail-type': 'AWS Insight via CloudTrail' }),
    ],
    ['a call in other letters', eventOf(cloudtrail, 'stoplogging')],
    ['the record of a call without its envelope', eventOf(cloudtrail, 'StopLogging').detail],
    ['an empty event', {}],
  ])('do not send on %s', (_what, event) => {
    expect(isSent(rules, event)).toBe(false);
  });
});

describe('the patterns of some kinds', () => {
  const paint = { hints: [{ eventSource: 'paint.amazonaws.com', eventNames: ['Mix', 'Spill'] }] };
  const brush = { hints: [{ eventSource: 'paint.amazonaws.com', eventNames: ['Spill', 'Dip'] }] };
  const door = { hints: [{ eventSource: 'door.amazonaws.com', eventNames: ['Slam', 'Mix'] }] };

  test('are one for kinds of the same service, which names no call twice', () => {
    expect(patternsOf([paint, brush])).toEqual([
      [
        'paint',
        {
          source: ['aws.paint'],
          'detail-type': ['AWS API Call via CloudTrail'],
          detail: { eventSource: ['paint.amazonaws.com'], eventName: ['Mix', 'Spill', 'Dip'] },
        },
      ],
    ]);
  });

  test('are two for kinds of two services, and for a kind of two services', () => {
    const both = { hints: [...paint.hints, ...door.hints] };

    expect(patternsOf([paint, door]).map(([service]) => service)).toEqual(['paint', 'door']);
    expect(patternsOf([both])).toEqual(patternsOf([paint, door]));
  });

  test('keep a call of one service apart from the same name of another', () => {
    const rules = rulesOf([paint, door]);

    expect(isSent(rules, eventOf('door.amazonaws.com', 'Mix'))).toBe(true);
    expect(isSent(rules, eventOf('door.amazonaws.com', 'Spill'))).toBe(false);
    expect(isSent(rules, eventOf('paint.amazonaws.com', 'Slam'))).toBe(false);
  });

  test('are none where no kind hints at a call', () => {
    expect(patternsOf([])).toEqual([]);
    expect(patternsOf([{ hints: [] }])).toEqual([]);
  });

  test('match the calls that some kind hints at and no others, each with one pattern', () => {
    const sources = ['paint', 'door', 'roof'].map((service) => `${service}.amazonaws.com`);
    const names = ['Mix', 'Spill', 'Slam', 'Leak'];
    const hint = fc.record({
      eventSource: fc.constantFrom(...sources),
      eventNames: fc.array(fc.constantFrom(...names), { minLength: 1 }),
    });
    const some = fc.array(fc.record({ hints: fc.array(hint, { maxLength: 3 }) }), { maxLength: 4 });

    fc.assert(
      fc.property(
        some,
        fc.constantFrom(...sources),
        fc.constantFrom(...names),
        (made, eventSource, eventName) => {
          const event = eventOf(eventSource, eventName);
          const matching = patternsOf(made).filter(([, pattern]) => matchesPattern(pattern, event));

          const isHinted = made.some(({ hints }) =>
            hints.some(
              (one) => one.eventSource === eventSource && one.eventNames.includes(eventName),
            ),
          );
          expect(matching).toHaveLength(isHinted ? 1 : 0);
        },
      ),
    );
  });
});
