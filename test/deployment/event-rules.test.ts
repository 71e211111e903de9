import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { AccountRegion } from '#aws/resource-names.ts';
import { type EventRule, rulesOf, trailPatterns } from '#deployment/event-rules.ts';
import { accountRegionsOf, type Topology } from '#deployment/topology.ts';
import { kinds } from '#drift/index.ts';
import type { TriggerEvents } from '#drift/kind.ts';
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

const patternsOf = (hints: readonly TriggerEvents[]) =>
  trailPatterns(hints).map(([, pattern]) => pattern);
const isSent = (patterns: readonly unknown[], event: unknown): boolean =>
  patterns.some((pattern) => matchesPattern(pattern, event));
const hintsOf = (some: typeof kinds) => some.flatMap(({ triggers }) => triggers);

describe('the rules about trails', () => {
  const rules = patternsOf(hintsOf(kinds));
  const cloudtrail = 'cloudtrail.amazonaws.com';
  const hinted = kinds.flatMap((kind) =>
    kind.triggers.flatMap(({ eventSource, eventNames }) =>
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

describe('the patterns of some hints', () => {
  const paint = { eventSource: 'paint.amazonaws.com', eventNames: ['Mix', 'Spill'] };
  const brush = { eventSource: 'paint.amazonaws.com', eventNames: ['Spill', 'Dip'] };
  const door = { eventSource: 'door.amazonaws.com', eventNames: ['Slam', 'Mix'] };

  test('are one for hints at the same service, which names no call twice', () => {
    expect(trailPatterns([paint, brush])).toEqual([
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

  test('are two for hints at two services', () => {
    expect(trailPatterns([paint, door]).map(([service]) => service)).toEqual(['paint', 'door']);
  });

  test('keep a call of one service apart from the same name of another', () => {
    const patterns = patternsOf([paint, door]);

    expect(isSent(patterns, eventOf('door.amazonaws.com', 'Mix'))).toBe(true);
    expect(isSent(patterns, eventOf('door.amazonaws.com', 'Spill'))).toBe(false);
    expect(isSent(patterns, eventOf('paint.amazonaws.com', 'Slam'))).toBe(false);
  });

  test('are none where there is no hint', () => {
    expect(trailPatterns([])).toEqual([]);
  });

  test('match the calls that are hinted at and no others, each with one pattern', () => {
    const sources = ['paint', 'door', 'roof'].map((service) => `${service}.amazonaws.com`);
    const names = ['Mix', 'Spill', 'Slam', 'Leak'];
    const hint = fc.record({
      eventSource: fc.constantFrom(...sources),
      eventNames: fc.array(fc.constantFrom(...names), { minLength: 1 }),
    });

    fc.assert(
      fc.property(
        fc.array(hint, { maxLength: 8 }),
        fc.constantFrom(...sources),
        fc.constantFrom(...names),
        (hints, eventSource, eventName) => {
          const event = eventOf(eventSource, eventName);
          const matching = patternsOf(hints).filter((pattern) => matchesPattern(pattern, event));

          const isHinted = hints.some(
            (one) => one.eventSource === eventSource && one.eventNames.includes(eventName),
          );
          expect(matching).toHaveLength(isHinted ? 1 : 0);
        },
      ),
    );
  });
});

describe('the rules of a place', () => {
  const layout: Topology = {
    account: '111122223333',
    region: 'eu-central-1',
    homeRegions: ['eu-west-1'],
    delegatedAdministrators: ['222233334444'],
  };
  const [main, west, global, delegate] = accountRegionsOf(layout) as [
    AccountRegion,
    AccountRegion,
    AccountRegion,
    AccountRegion,
  ];
  const rulesIn = (place: AccountRegion) => rulesOf(place, layout);
  const namesIn = (place: AccountRegion, prefix = 'Trailkeeper-') =>
    rulesIn(place)
      .filter(({ bus, name }) => bus === 'default' && name.startsWith(prefix))
      .map(({ name }) => name.replace(prefix, ''))
      .toSorted();

  test('are of the main one first', () => {
    expect(
      [main, west, global, delegate].map(({ account, region }) => `${account} ${region}`),
    ).toEqual([
      '111122223333 eu-central-1',
      '111122223333 eu-west-1',
      '111122223333 us-east-1',
      '222233334444 eu-west-1',
    ]);
  });

  test('hear of trails and what they deliver to where a trail has its home, and of the organization where it is recorded', () => {
    expect(namesIn(main, 'Trailkeeper-Trail-')).toEqual([]);
    const ofTrails = ['cloudtrail', 'kms', 'logs', 's3', 'sns'];
    expect(namesIn(west, 'Trailkeeper-Trail-')).toEqual(ofTrails);
    expect(namesIn(global, 'Trailkeeper-Trail-')).toEqual(['iam', 'organizations']);
    expect(namesIn(delegate, 'Trailkeeper-Trail-')).toEqual(ofTrails);
  });

  test('hear, in the main one, of all that is done to trailkeeper there, and to its own trail', () => {
    expect(namesIn(main, 'Trailkeeper-Tamper-')).toEqual([
      'cloudformation',
      'cloudtrail',
      'dynamodb',
      'events',
      'lambda',
      'logs',
      'monitoring',
      'scheduler',
      'secretsmanager',
      'sns',
      'sqs',
    ]);
  });

  test('hear, elsewhere, of what is done to what stands there', () => {
    const there = ['cloudformation', 'events', 'sqs'];

    expect(namesIn(west, 'Trailkeeper-Tamper-')).toEqual(there);
    expect(namesIn(delegate, 'Trailkeeper-Tamper-')).toEqual(there);
    expect(namesIn(global, 'Trailkeeper-Tamper-')).toEqual([...there, 'iam'].toSorted());
  });

  test('hand everything to the own bus, but what is done to trailkeeper in the main one', () => {
    const targetsOf = (place: AccountRegion, prefix: string) =>
      new Set(
        rulesIn(place)
          .filter(({ bus, name }) => bus === 'default' && name.startsWith(prefix))
          .map(({ targets }) => targets.join()),
      );

    for (const place of [west, global, delegate]) {
      expect(targetsOf(place, 'Trailkeeper-')).toEqual(new Set(['bus']));
    }
    expect(targetsOf(main, 'Trailkeeper-Tamper-')).toEqual(new Set(['alarms,selfCheck']));
    const there = { ...layout, homeRegions: ['eu-central-1'] };
    const [rule] = rulesOf(main, there);
    expect(rule).toMatchObject({ name: 'Trailkeeper-Trail-cloudtrail', targets: ['bus'] });
  });

  test('are on the own bus in the main one alone', () => {
    const onOwnBus = (place: AccountRegion) =>
      rulesIn(place)
        .filter(({ bus }) => bus === 'trailkeeper')
        .map(({ name, targets }) => [name, targets]);

    expect(onOwnBus(main)).toEqual([
      ['Trailkeeper-Trail', ['remediate']],
      ['Trailkeeper-Tamper', ['alarms', 'selfCheck']],
      ['Trailkeeper-Alert', ['alert']],
    ]);
    for (const place of [west, global, delegate]) expect(onOwnBus(place)).toEqual([]);
  });

  test('have names of their own', () => {
    for (const place of accountRegionsOf(layout)) {
      const names = rulesIn(place).map(({ bus, name }) => `${bus} ${name}`);
      expect(new Set(names).size).toBe(names.length);
    }
  });

  test('on the own bus take each event that a rule elsewhere hands to it, one rule each', () => {
    const ownBus = rulesIn(main).filter(({ bus }) => bus === 'trailkeeper');
    for (const { name, pattern } of accountRegionsOf(layout).flatMap(forwarded)) {
      const [source = ''] = pattern.source;
      const { eventName: [call] = ['AnyCall'] } = (pattern.detail ?? {}) as {
        readonly eventName?: readonly unknown[];
      };
      const eventName = typeof call === 'string' ? call : 'AnyCall';
      const event = eventOf(source.replace('aws.', '').concat('.amazonaws.com'), eventName);
      const taking = ownBus.filter((rule) => matchesPattern(rule.pattern, event));
      const own = name.startsWith('Trailkeeper-Trail-')
        ? 'Trailkeeper-Trail'
        : 'Trailkeeper-Tamper';
      expect(
        taking.map((rule) => rule.name),
        name,
      ).toEqual([own]);
    }
  });

  test('on the own bus take nothing that an account may put there by itself', () => {
    const theirs = eventOf('cloudtrail.amazonaws.com', 'StopLogging', { source: 'mallory' });

    for (const { pattern } of rulesIn(main)) expect(matchesPattern(pattern, theirs)).toBe(false);
  });

  const forwarded = (place: AccountRegion): EventRule[] =>
    rulesIn(place).filter(({ targets }) => targets.includes('bus'));
});
