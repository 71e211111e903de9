import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { AccountRegion } from '#aws/resource-names.ts';
import { trailPatterns } from '#deployment/event-pattern.ts';
import { type EventRule, rulesOf } from '#deployment/event-rules.ts';
import { accountRegionsOf, type Topology } from '#deployment/topology.ts';
import { kinds } from '#drift/index.ts';
import type { TriggerEvents } from '#drift/kind.ts';
import { matchesPattern } from '#sandbox/event-pattern.ts';

type Edits = { readonly detail?: object; readonly [field: string]: unknown };

/** The event that EventBridge delivers for a call that CloudTrail recorded. */
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

const patternsOf = (triggers: readonly TriggerEvents[]) =>
  trailPatterns(triggers).map(([, pattern]) => pattern);
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

  test.each(hinted)('match $eventName, a trigger of $kind', ({ eventSource, eventName }) => {
    expect(isSent(rules, eventOf(eventSource, eventName))).toBe(true);
  });

  test.each(hinted)('match $eventName if it failed', ({ eventSource, eventName }) => {
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
  ])('do not match %s, which only reads', (eventName) => {
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
      'an event that an account put on the bus',
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
  ])('do not match %s', (_what, event) => {
    expect(isSent(rules, event)).toBe(false);
  });
});

describe('the patterns of trigger events', () => {
  const paint = { eventSource: 'paint.amazonaws.com', eventNames: ['Mix', 'Spill'] };
  const brush = { eventSource: 'paint.amazonaws.com', eventNames: ['Spill', 'Dip'] };
  const door = { eventSource: 'door.amazonaws.com', eventNames: ['Slam', 'Mix'] };

  test('are one per service, with each call once', () => {
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

  test('are two for two services', () => {
    expect(trailPatterns([paint, door]).map(([service]) => service)).toEqual(['paint', 'door']);
  });

  test('distinguish calls of the same name in two services', () => {
    const patterns = patternsOf([paint, door]);

    expect(isSent(patterns, eventOf('door.amazonaws.com', 'Mix'))).toBe(true);
    expect(isSent(patterns, eventOf('door.amazonaws.com', 'Spill'))).toBe(false);
    expect(isSent(patterns, eventOf('paint.amazonaws.com', 'Slam'))).toBe(false);
  });

  test('are none without trigger events', () => {
    expect(trailPatterns([])).toEqual([]);
  });

  test('match the trigger events and no others, each with one pattern', () => {
    const sources = ['paint', 'door', 'roof'].map((service) => `${service}.amazonaws.com`);
    const names = ['Mix', 'Spill', 'Slam', 'Leak'];
    const trigger = fc.record({
      eventSource: fc.constantFrom(...sources),
      eventNames: fc.array(fc.constantFrom(...names), { minLength: 1 }),
    });

    fc.assert(
      fc.property(
        fc.array(trigger, { maxLength: 8 }),
        fc.constantFrom(...sources),
        fc.constantFrom(...names),
        (triggers, eventSource, eventName) => {
          const event = eventOf(eventSource, eventName);
          const matching = patternsOf(triggers).filter((pattern) => matchesPattern(pattern, event));

          const isTrigger = triggers.some(
            (one) => one.eventSource === eventSource && one.eventNames.includes(eventName),
          );
          expect(matching).toHaveLength(isTrigger ? 1 : 0);
        },
      ),
    );
  });
});

describe('the rules of an account and Region', () => {
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

  test('are those of the main account and Region first', () => {
    expect(
      [main, west, global, delegate].map(({ account, region }) => `${account} ${region}`),
    ).toEqual([
      '111122223333 eu-central-1',
      '111122223333 eu-west-1',
      '111122223333 us-east-1',
      '222233334444 eu-west-1',
    ]);
  });

  test('match calls about trails in home Regions, and about the organization in the Region that records them', () => {
    expect(namesIn(main, 'Trailkeeper-Trail-')).toEqual([]);
    const ofTrails = ['cloudtrail', 'kms', 'logs', 'monitoring', 's3', 'sns'];
    expect(namesIn(west, 'Trailkeeper-Trail-')).toEqual(ofTrails);
    expect(namesIn(global, 'Trailkeeper-Trail-')).toEqual(['iam', 'organizations']);
    expect(namesIn(delegate, 'Trailkeeper-Trail-')).toEqual(ofTrails);
  });

  test('match, in the main Region, calls that change any resource of trailkeeper', () => {
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

  test('match, elsewhere, calls that change the resources of a forwarder', () => {
    const there = ['cloudformation', 'events', 'sqs'];

    expect(namesIn(west, 'Trailkeeper-Tamper-')).toEqual(there);
    expect(namesIn(delegate, 'Trailkeeper-Tamper-')).toEqual(there);
    expect(namesIn(global, 'Trailkeeper-Tamper-')).toEqual([...there, 'iam'].toSorted());
  });

  test('forward to our bus, except tamper events in the main Region', () => {
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

  test('are on our bus in the main Region only', () => {
    const onOwnBus = (place: AccountRegion) =>
      rulesIn(place)
        .filter(({ bus }) => bus === 'trailkeeper')
        .map(({ name, targets }) => [name, targets]);

    expect(onOwnBus(main)).toEqual([
      ['Trailkeeper-Trail', ['remediate']],
      ['Trailkeeper-Tamper', ['alarms', 'selfCheck']],
      ['Trailkeeper-TamperByStack', ['selfCheck']],
      ['Trailkeeper-Alert', ['alert']],
    ]);
    for (const place of [west, global, delegate]) expect(onOwnBus(place)).toEqual([]);
  });

  test('have unique names', () => {
    for (const place of accountRegionsOf(layout)) {
      const names = rulesIn(place).map(({ bus, name }) => `${bus} ${name}`);
      expect(new Set(names).size).toBe(names.length);
    }
  });

  test('in the account of a dependency match only calls about dependencies, and those that change its stack', () => {
    const place = { account: '444455556666', region: 'eu-west-1' };
    const dependencyAccounts = [{ account: place.account, regions: ['eu-west-1', 'us-east-1'] }];
    const inRegion = (region: string) =>
      rulesOf({ ...place, region }, { ...layout, dependencyAccounts }).map(({ name }) => name);

    const tampering = ['cloudformation', 'events', 'sqs'].map((one) => `Trailkeeper-Tamper-${one}`);
    expect(inRegion('eu-west-1')).toEqual([
      ...['s3', 'kms', 'sns', 'logs', 'monitoring'].map(
        (service) => `Trailkeeper-Trail-${service}`,
      ),
      ...tampering,
    ]);
    expect(inRegion('us-east-1')).toEqual(
      expect.arrayContaining([...tampering, 'Trailkeeper-Tamper-iam']),
    );
  });

  test('report a change in the account of a dependency with a message about that account', () => {
    const account = '444455556666';
    const dependent = { ...layout, dependencyAccounts: [{ account, regions: ['us-east-1'] }] };
    const targetsOf = (eventSource: string, requestParameters: object, from: string) =>
      rulesOf(main, dependent)
        .filter(({ bus }) => bus === 'trailkeeper')
        .filter(({ pattern }) =>
          matchesPattern(pattern, {
            ...eventOf(eventSource, 'DeleteStack', {
              detail: { requestParameters, recipientAccountId: from },
            }),
            account: from,
          }),
        )
        .map(({ targets }) => targets);
    const stack = { stackName: 'Trailkeeper-Dependencies' };

    expect(targetsOf('cloudformation.amazonaws.com', stack, account)).toEqual([
      ['dependencyAlarms', 'selfCheck'],
    ]);
    expect(targetsOf('cloudformation.amazonaws.com', stack, layout.account)).toEqual([
      ['alarms', 'selfCheck'],
    ]);
  });

  test('report a call to our roles that has the name of a call about trails', () => {
    const deletion = (recipientAccountId: string, roleName: string) => ({
      ...eventOf('iam.amazonaws.com', 'DeleteServiceLinkedRole'),
      detail: {
        eventSource: 'iam.amazonaws.com',
        eventName: 'DeleteServiceLinkedRole',
        recipientAccountId,
        requestParameters: { roleName },
      },
    });
    const matching = (event: object, region = 'eu-central-1') =>
      rulesOf({ account: layout.account, region }, { ...layout, region })
        .filter(({ bus, pattern }) => bus === 'trailkeeper' && matchesPattern(pattern, event))
        .map(({ name }) => name);
    const ours = 'Trailkeeper-Dependencies';

    expect(matching(deletion('444455556666', ours))).toEqual([
      'Trailkeeper-Trail',
      'Trailkeeper-Tamper',
    ]);
    expect(matching(deletion('444455556666', 'another'))).toEqual(['Trailkeeper-Trail']);
    expect(matching(deletion(layout.account, ours))).toEqual([
      'Trailkeeper-Trail',
      'Trailkeeper-Tamper',
    ]);
    // There a rule of the default bus matches it.
    expect(matching(deletion(layout.account, ours), 'us-east-1')).toEqual(['Trailkeeper-Trail']);
  });

  test('on our bus match each forwarded event with exactly one rule', () => {
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

  test('on our bus match nothing that an account can put there itself', () => {
    const theirs = eventOf('cloudtrail.amazonaws.com', 'StopLogging', { source: 'mallory' });

    for (const { pattern } of rulesIn(main)) expect(matchesPattern(pattern, theirs)).toBe(false);
  });

  const forwarded = (place: AccountRegion): EventRule[] =>
    rulesIn(place).filter(({ targets }) => targets.includes('bus'));
});
