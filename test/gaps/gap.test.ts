import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { kinds } from '#drift/index.ts';
import {
  type DriftEpisode,
  type Gap,
  gapOfInterruption,
  gapsOfDrift,
  reconstructHistory,
} from '#gaps/gap.ts';
import type { ReplayInput } from '#gaps/history.ts';
import { renderGap } from '#gaps/render-gap.ts';
import { replay } from '#gaps/replay.ts';
import type { Outcome } from '#reconcile/outcome.ts';
import type { Finding } from '#reconcile/plan.ts';
import type { RecordedCall } from '#trail/recorded-call.ts';
import { settings, states, trail } from '../support/baseline.ts';
import { brief, secondsOf } from '../support/brief-gaps.ts';
import { cause, outcomeOf } from '../support/incident.ts';
import {
  at,
  call,
  drifted,
  findingsWith,
  historyOf,
  start,
  stop,
  update,
  window,
} from '../support/recorded-calls.ts';

const past = (
  calls: readonly RecordedCall[],
  rest: Partial<ReplayInput> = {},
  found: readonly Gap[] = [],
) => reconstructHistory(historyOf(calls, rest), kinds, found);
const gapsOf = (calls: readonly RecordedCall[], rest: Partial<ReplayInput> = {}) =>
  past(calls, rest).gaps;
const length = secondsOf(window.to);
const ofObjects = { field: 'resources.type', equals: ['AWS::S3::Object'] };
const seconds = fc.integer({ min: 0, max: length });
const distinct = (max: number) =>
  fc
    .uniqueArray(fc.integer({ min: 1, max: length - 1 }), { minLength: 1, maxLength: max })
    .map((times) => times.toSorted((one, other) => one - other));

const patches: fc.Arbitrary<object> = fc.oneof(
  fc.constantFrom(
    { s3BucketName: 'theirs' },
    { s3BucketName: settings.S3BucketName },
    { s3KeyPrefix: '' },
    { kmsKeyId: 'alias/theirs' },
    { isMultiRegionTrail: false, includeGlobalServiceEvents: false },
    { isMultiRegionTrail: true, includeGlobalServiceEvents: true },
    { cloudWatchLogsLogGroupArn: '', cloudWatchLogsRoleArn: '' },
    { cloudWatchLogsRoleArn: 'arn:aws:iam::111122223333:role/theirs' },
  ),
  fc.record({ enableLogFileValidation: fc.boolean(), isOrganizationTrail: fc.boolean() }),
);

const recorded: fc.Arbitrary<RecordedCall> = fc
  .record({
    seconds: fc.oneof(fc.integer({ min: 0, max: 1 }), fc.integer({ min: 0, max: 9 }), seconds),
    selfTriggered: fc.boolean(),
    error: fc.option(fc.constant('AccessDenied'), { nil: undefined, freq: 5 }),
    id: fc.uuid(),
    what: fc.oneof(
      fc
        .constantFrom('StopLogging', 'StartLogging', 'DeleteTrail')
        .map((eventName) => ({ eventName })),
      patches.map((patch) => ({
        eventName: 'UpdateTrail',
        parameters: { name: trail.arn, ...patch },
      })),
      fc.constantFrom(
        { eventName: 'CreateTrail', parameters: { name: trail.name, s3BucketName: 'the-logs' } },
        { eventName: 'PutEventSelectors', parameters: { omitted: true } },
        { eventName: 'PutEventSelectors', parameters: selecting([]) },
        { eventName: 'PutInsightSelectors', parameters: { insightSelectors: [] } },
        { eventName: 'UpdateTrail', parameters: { omitted: true } },
      ),
    ),
  })
  .map(({ what, error, ...rest }) => call({ ...rest, ...(error && { error }), ...what }));

const histories = fc.array(recorded, { maxLength: 12 });

/** The trail as it is now, at the end of the window. */
const now = (findings: readonly Finding[]) => ({
  present: { findings: findingsWith(findings), isInWindow: true },
});

describe('for any calls', () => {
  test('intervals are within the window, and those of one field do not overlap', () => {
    fc.assert(
      fc.property(histories, (calls) => {
        const { intervals } = replay(historyOf(calls), kinds);

        for (const { from, to } of intervals) {
          expect(window.from <= from && from <= to && to <= window.to).toBe(true);
        }
        for (const ofOne of Map.groupBy(
          intervals,
          ({ kind, path }) => `${kind}.${path}`,
        ).values()) {
          const sorted = ofOne.toSorted((one, other) =>
            `${one.from} ${one.to}` < `${other.from} ${other.to}` ? -1 : 1,
          );
          for (const [i, { from }] of sorted.entries()) {
            if (i > 0) expect(sorted[i - 1]?.to.localeCompare(from)).toBeLessThanOrEqual(0);
          }
        }
      }),
    );
  });

  test('neither order nor duplicates of the input matter', () => {
    fc.assert(
      fc.property(
        histories.chain((calls) =>
          fc.tuple(
            fc.constant(calls),
            fc.shuffledSubarray([...calls, ...calls], { minLength: calls.length * 2 }),
          ),
        ),
        ([calls, others]) => {
          expect(past(others)).toEqual(past(calls));
        },
      ),
    );
  });

  test('an open gap lasts to the end of the window', () => {
    fc.assert(
      fc.property(histories, (calls) => {
        for (const { isOpen, to, endedBy } of gapsOf(calls)) {
          if (isOpen) expect([to, endedBy]).toEqual([window.to, null]);
        }
      }),
    );
  });

  test('a failed call neither starts nor ends a gap', () => {
    fc.assert(
      fc.property(fc.array(recorded), (calls) => {
        const succeeded = calls.filter(({ cause }) => cause.error === null);

        expect(gapsOf(calls)).toEqual(gapsOf(succeeded));
      }),
    );
  });

  test('calls outside the window cause no gap', () => {
    fc.assert(
      fc.property(fc.array(recorded, { maxLength: 6 }), fc.boolean(), (calls, isBefore) => {
        const elsewhere = isBefore
          ? { from: at(length + 1), to: at(length + 60) }
          : { from: at(-60), to: at(-1) };

        expect(gapsOf(calls, { window: elsewhere })).toEqual([]);
      }),
    );
  });
});

describe('stopped and started logging', () => {
  test('is off from each stop to the next start', () => {
    fc.assert(
      fc.property(distinct(20), (times) => {
        const calls = times.map((time, i) => (i % 2 === 0 ? stop(time) : start(time)));

        expect(brief(gapsOf(calls))).toEqual(
          times
            .filter((_, i) => i % 2 === 0)
            .map((from, i) => {
              const to = times[2 * i + 1];
              return `logging.IsLogging ${from} ${to ?? length} certain${to === undefined ? ' open' : ''}`;
            }),
        );
      }),
    );
  });

  test('is off once if it is stopped several times before a start', () => {
    fc.assert(
      fc.property(distinct(8), (times) => {
        const [first] = times;
        const calls = [...times.map((time) => stop(time)), start(length)];

        expect(brief(gapsOf(calls))).toEqual([`logging.IsLogging ${first} ${length} certain`]);
      }),
    );
  });

  test('has a gap of zero seconds if trailkeeper restarts it within the second', () => {
    expect(brief(gapsOf([start(7, { selfTriggered: true }), stop(7)]))).toEqual([
      'logging.IsLogging 7 7 certain',
    ]);
  });

  test('may be off if others stop and start it within one second', () => {
    expect(brief(gapsOf([stop(7), start(7), stop(20), start(30)]))).toEqual([
      'logging.IsLogging 7 20 perhaps',
      'logging.IsLogging 20 30 certain',
    ]);
  });

  test('may have been off before the window if the first call starts it', () => {
    expect(brief(gapsOf([start(30), stop(60), start(70)]))).toEqual([
      'logging.IsLogging 0 30 perhaps',
      'logging.IsLogging 60 70 certain',
    ]);
  });

  test('names the calls that stopped and restored it', () => {
    const [gap] = gapsOf([stop(10), start(14, { selfTriggered: true })]);

    expect(gap?.startedBy).toMatchObject({
      eventName: 'StopLogging',
      by: 'mallory (IAMUser) from 198.51.100.23',
    });
    expect(gap?.endedBy).toMatchObject({
      eventName: 'StartLogging',
      at: at(14).replace('.000', ''),
    });
    expect(gap?.endedBy?.by).toContain('Trailkeeper-Reconcile');
  });
});

describe('a deleted trail', () => {
  const create = (time: number, rest: object = {}) =>
    call({
      seconds: time,
      eventName: 'CreateTrail',
      parameters: { name: trail.name, s3BucketName: 'the-logs', s3KeyPrefix: 'org', ...rest },
      selfTriggered: true,
    });
  const remove = (time: number) => call({ seconds: time, eventName: 'DeleteTrail' });

  test('has gaps until it is recreated, logs, and has all settings', () => {
    const calls = [remove(10), create(20), start(21, { selfTriggered: true })];

    expect(brief(gapsOf(calls))).toEqual(
      expect.arrayContaining([
        'trail. 10 20 certain',
        'logging.IsLogging 20 21 certain',
        `settings.IsMultiRegionTrail 20 ${length} certain open`,
        `insight-selectors.InsightSelectors 20 ${length} certain open`,
      ]),
    );
  });

  test('has one gap if it is recreated as in the baseline', () => {
    const whole = {
      snsTopicName: 'deliveries',
      isMultiRegionTrail: true,
      includeGlobalServiceEvents: true,
      enableLogFileValidation: true,
      cloudWatchLogsLogGroupArn: settings.CloudWatchLogsLogGroupArn,
      cloudWatchLogsRoleArn: settings.CloudWatchLogsRoleArn,
      kmsKeyId: settings.KmsKeyId,
      isOrganizationTrail: true,
      recursiveLogging: false,
    };
    const calls = [
      remove(10),
      create(20, whole),
      start(20, { selfTriggered: true }),
      call({
        seconds: 20,
        eventName: 'PutEventSelectors',
        parameters: selecting(states['event-selectors'].AdvancedEventSelectors),
        selfTriggered: true,
      }),
      call({
        seconds: 20,
        eventName: 'PutInsightSelectors',
        parameters: {
          trailName: trail.arn,
          insightSelectors: [{ insightType: 'ApiCallRateInsight' }],
        },
        selfTriggered: true,
      }),
      call({
        seconds: 20,
        eventName: 'PutEventConfiguration',
        parameters: {
          trailName: trail.arn,
          aggregationConfigurations: [{ eventCategory: 'Data', templates: ['API_ACTIVITY'] }],
        },
        selfTriggered: true,
      }),
    ];

    expect(brief(gapsOf(calls))).toEqual(['trail. 10 20 certain']);
  });

  test('did not exist before it was created, and other calls of that second come later', () => {
    const create = call({
      seconds: 40,
      eventName: 'CreateTrail',
      parameters: { name: trail.name, s3BucketName: 'the-logs' },
    });

    const gaps = brief(gapsOf([start(40), create]));

    expect(gaps).toContain('trail. 0 40 certain');
    expect(gaps.join()).not.toContain('logging');
  });

  test('was deleted at an unknown time if it is created without a known deletion', () => {
    expect(brief(gapsOf([stop(5), start(6), create(40)]))).toContain('trail. 6 40 perhaps');
  });
});

describe('a setting', () => {
  test('that a call does not set keeps its value', () => {
    const calls = [update(10, { s3BucketName: 'theirs' }), update(20, { s3KeyPrefix: 'x' })];

    expect(brief(gapsOf(calls))).toEqual([
      `settings.S3BucketName 10 ${length} certain open`,
      `settings.S3KeyPrefix 20 ${length} certain open`,
    ]);
  });

  test.each([
    ['a topic by its name', { snsTopicName: 'deliveries' }],
    ['an empty prefix, then the prefix', { s3KeyPrefix: 'org' }],
    ['its log group', { cloudWatchLogsLogGroupArn: settings.CloudWatchLogsLogGroupArn }],
  ])('that is set to the baseline by %s is no gap', (_what, patch) => {
    expect(gapsOf([update(10, patch)])).toEqual([]);
    expect(past([update(10, patch)]).unknown).toEqual([
      expect.stringMatching(/^UpdateTrail at .* wrote settings\..* as in the baseline/),
    ]);
  });

  test('that is sent only with a coupled field says nothing about its previous value', () => {
    const role = 'arn:aws:iam::111122223333:role/theirs';
    const pair = {
      cloudWatchLogsLogGroupArn: settings.CloudWatchLogsLogGroupArn,
      cloudWatchLogsRoleArn: role,
    };

    expect(past([update(10, pair)]).unknown).toEqual([]);
  });

  test('is also taken from the response', () => {
    const response = {
      s3BucketName: 'the-logs',
      s3KeyPrefix: 'x',
      snsTopicARN: settings.SnsTopicARN,
      includeGlobalServiceEvents: true,
      isMultiRegionTrail: true,
      logFileValidationEnabled: false,
      cloudWatchLogsLogGroupArn: settings.CloudWatchLogsLogGroupArn,
      cloudWatchLogsRoleArn: settings.CloudWatchLogsRoleArn,
      kmsKeyId: settings.KmsKeyId,
      isOrganizationTrail: true,
    };

    expect(brief(gapsOf([update(50, { s3KeyPrefix: 'x' }, { response })]))).toEqual([
      'settings.LogFileValidationEnabled 0 50 perhaps',
      `settings.LogFileValidationEnabled 50 ${length} certain open`,
      `settings.S3KeyPrefix 50 ${length} certain open`,
    ]);
  });

  test('is indeterminate if a key is named by alias and the response is missing', () => {
    const calls = [
      update(10, { kmsKeyId: 'alias/any' }),
      update(90, { kmsKeyId: settings.KmsKeyId }),
    ];

    expect(brief(gapsOf(calls))).toEqual(['settings.KmsKeyId 10 90 perhaps']);
  });

  test('is indeterminate if the record omits the parameters, until the trail is read', () => {
    const omitted = call({
      seconds: 10,
      eventName: 'UpdateTrail',
      parameters: { omitted: true, reason: 'requestParameters too large' },
    });
    const found = drifted('settings', 'S3BucketName', 'the-logs', 'theirs');

    expect(brief(gapsOf([omitted])).toSorted()).toEqual(
      Object.keys(settings)
        .map((field) => `settings.${field} 10 ${length} perhaps open`)
        .toSorted(),
    );
    expect(brief(gapsOf([omitted], now([found])))).toEqual([
      `settings.S3BucketName 10 ${length} certain open`,
    ]);
  });

  test('unknown at two times has the value observed after the second', () => {
    const [one, other] = [10, 50].map((seconds) =>
      call({ seconds, eventName: 'PutInsightSelectors', parameters: { omitted: true } }),
    ) as [RecordedCall, RecordedCall];
    const off = drifted('insight-selectors', 'InsightSelectors', [], []);

    expect(brief(gapsOf([one, other], now([off])))).toEqual([
      'insight-selectors.InsightSelectors 10 50 perhaps',
      `insight-selectors.InsightSelectors 50 ${length} certain open`,
    ]);
  });
});

describe('the trail as it is now', () => {
  test('is compared as far as it was read', () => {
    const unknown = {
      kind: 'logging',
      status: 'unknown',
      reason: 'denied',
      retryable: false,
    } as const;

    expect(brief(gapsOf([stop(10)], now([unknown])))).toEqual([
      `logging.IsLogging 10 ${length} certain open`,
    ]);
  });

  test('with truncated values leads to a gap of unknown recoverability', () => {
    const cut = drifted(
      'event-selectors',
      'AdvancedEventSelectors',
      [],
      '[{"Fi… (9000 characters)',
    );

    expect(gapsOf([], now([cut]))).toMatchObject([{ isOpen: true, recoverability: null }]);
  });
});

describe('a gap that an incident found', () => {
  const stopped = drifted('logging', 'IsLogging', true, false);
  /** Logging that was off, according to an incident. */
  const off = (from: number, to: number | null, rest: Partial<Gap> = {}): Gap => {
    const drift = { cause: null, from: at(from), to: at(to ?? length), isOver: to !== null };
    const [gap] = gapsOfDrift(
      { ...drift, outcome: outcomeOf([stopped], [stopped]) },
      { trail, states },
      kinds,
    );
    return { ...(gap as Gap), ...rest };
  };

  test('is listed once if calls explain it', () => {
    const calls = [stop(10), start(13, { selfTriggered: true })];

    for (const found of [off(12, 13), off(13.4, 13.6)]) {
      expect(brief(past(calls, {}, [found]).gaps)).toEqual(['logging.IsLogging 10 13 certain']);
    }
  });

  test('is listed if no call explains it', () => {
    expect(brief(past([stop(60), start(70)], {}, [off(10, 20)]).gaps)).toEqual([
      'logging.IsLogging 10 20 certain',
      'logging.IsLogging 60 70 certain',
    ]);
    expect(brief(past([stop(60), start(70)], {}, [off(80, 90)]).gaps)).toEqual([
      'logging.IsLogging 60 70 certain',
      'logging.IsLogging 80 90 certain',
    ]);
  });

  test('replaces what may be missing, and what may be missing after it is left', () => {
    expect(brief(past([start(30)], {}, [off(10, 30)]).gaps)).toEqual([
      'logging.IsLogging 10 30 certain',
    ]);
    const { gaps } = past([start(30)], {}, [off(10, 20)]);
    expect(brief(gaps)).toEqual([
      'logging.IsLogging 10 20 certain',
      'logging.IsLogging 20 30 perhaps',
    ]);
    expect(gaps.map((gap) => renderGap(gap)[1])).toEqual([
      '  began by an unknown call',
      '  began by an unknown call',
    ]);
  });

  test('explains the drift that it left, if it is open', () => {
    const open = past([], now([stopped]), [off(10, null)]);
    const closed = past([], now([stopped]), [off(10, 20)]);

    expect(brief(open.gaps)).toEqual([`logging.IsLogging 10 ${length} certain open`]);
    expect(open.unexplained).toEqual([]);
    expect(closed.gaps.some(({ isOpen }) => isOpen)).toBe(true);
    expect(closed.unexplained).toEqual(['logging.IsLogging']);
  });

  test('of a logging interruption is the same as that of the calls that stopped and started it', () => {
    const interruption = { how: 'stopped', from: at(10), isFromKnown: true, to: at(20) } as const;
    const found = gapOfInterruption(interruption, { trail, states }, kinds);

    expect(brief(past([stop(10), start(20)], {}, found).gaps)).toEqual([
      'logging.IsLogging 10 20 certain',
    ]);
    expect(brief(past([], {}, found).gaps)).toEqual(['trail. 10 20 certain']);
  });

  test('is described as begun before the window, if it did', () => {
    const found = off(0, null, { isFromBefore: true });

    expect(past([], {}, [found]).gaps.flatMap(renderGap)[1]).toBe('  began before the window');
  });

  test('is all that a call did whose record omits it, if the incident observed the trail after it', () => {
    const omitted = call({ seconds: 10, eventName: 'UpdateTrail', parameters: { omitted: true } });

    expect(gapsOf([{ ...omitted, isObserved: true }])).toEqual([]);
  });
});

describe('the recoverability', () => {
  const recoverability = (calls: readonly RecordedCall[], rest: Partial<ReplayInput> = {}) =>
    gapsOf(calls, rest).map((gap) => gap.recoverability);

  test('of stopped logging: management events of the covered accounts and Regions for 90 days', () => {
    expect(recoverability([stop(0), start(60)])).toEqual([
      {
        recoverable: {
          events: 'management',
          accounts: 'every account of the organization',
          regions: 'every Region',
          until: '2027-02-20T10:00:00.000Z',
        },
        elsewhere: null,
        lost: ['data', 'Insights', 'aggregated'],
        digests: { status: 'whole', breaksAt: '2026-11-22T11:00:00.000Z' },
      },
    ]);
  });

  test('of a single-Region, single-account trail: its own event history', () => {
    const alone = { ...settings, IsMultiRegionTrail: false, IsOrganizationTrail: false };

    expect(recoverability([stop(0)], { states: { ...states, settings: alone } })).toMatchObject([
      { recoverable: { accounts: trail.accountId, regions: trail.region } },
    ]);
  });

  test.each([
    [59 * 60 + 59, 'whole'],
    [60 * 60, 'broken'],
  ])('of digest files: after %i seconds the chain is %s', (length, status) => {
    for (const [first, last] of [
      [stop(0), start(length)],
      [
        update(0, { enableLogFileValidation: false }),
        update(length, { enableLogFileValidation: true }),
      ],
    ] as const) {
      expect(recoverability([first, last])).toMatchObject([
        { digests: { status, breaksAt: at(3600) } },
      ]);
    }
  });

  test('of digest files that the trail does not deliver: none', () => {
    const without = { ...states, settings: { ...settings, LogFileValidationEnabled: false } };

    expect(recoverability([stop(0), start(4000)], { states: without })).toMatchObject([
      { digests: null },
    ]);
  });

  test('of other Regions: their event history, without data events', () => {
    expect(
      recoverability([
        update(0, { isMultiRegionTrail: false }),
        update(60, { isMultiRegionTrail: true }),
      ]),
    ).toMatchObject([
      {
        recoverable: { regions: 'every Region but eu-central-1' },
        lost: ['data', 'Insights', 'aggregated'],
      },
    ]);
  });

  test('of member accounts: the event history of each account', () => {
    const taken = call({
      seconds: 0,
      eventName: 'DisableAWSServiceAccess',
      eventSource: 'organizations.amazonaws.com',
      parameters: { servicePrincipal: 'cloudtrail.amazonaws.com' },
    });
    const other = call({
      seconds: 5,
      eventName: 'EnableAWSServiceAccess',
      eventSource: 'organizations.amazonaws.com',
      parameters: { servicePrincipal: 'config.amazonaws.com' },
    });

    expect(brief(gapsOf([taken, other]))).toEqual([
      `organization.TrustedAccess 0 ${length} certain open`,
    ]);
    expect(recoverability([taken])).toMatchObject([
      { recoverable: { accounts: 'every member account' } },
    ]);
    const single = { ...states, settings: { ...settings, IsOrganizationTrail: false } };
    expect(recoverability([taken], { states: single })).toEqual([]);
  });

  test('of global services: the event history of the Region that records them', () => {
    expect(recoverability([update(0, { includeGlobalServiceEvents: false })])).toMatchObject([
      { recoverable: { accounts: 'every account of the organization', regions: 'us-east-1' } },
    ]);
  });

  test('of a trail whose baseline only says that it logs: its own management events', () => {
    expect(recoverability([stop(0)], { states: { logging: states.logging } })).toMatchObject([
      {
        recoverable: { accounts: trail.accountId, regions: trail.region },
        lost: [],
        digests: null,
      },
    ]);
  });

  test('of deliveries by CloudTrail that the trail does not record anyway: nothing', () => {
    const managementAlone = {
      ...states,
      settings: { ...settings, RecursiveLogging: true },
      'event-selectors': {
        EventSelectors: null,
        AdvancedEventSelectors: states['event-selectors'].AdvancedEventSelectors.slice(1),
      },
    };

    expect(
      recoverability([update(0, { recursiveLogging: false })], { states: managementAlone }),
    ).toEqual([{ recoverable: null, elsewhere: null, lost: [], digests: null }]);
  });

  test.each<[string, object, string]>([
    ['another bucket', { s3BucketName: 'theirs' }, 'bucket theirs'],
    ['another prefix', { s3KeyPrefix: 'hidden' }, 'under hidden'],
    ['no prefix', { s3KeyPrefix: '' }, 'under no prefix'],
    [
      'another key',
      { kmsKeyId: settings.KmsKeyId.replace('0a1b2c3d', 'ffffffff') },
      'key/ffffffff',
    ],
    ['no topic', { snsTopicName: '' }, 'were not sent'],
    ['no log group', { cloudWatchLogsLogGroupArn: '', cloudWatchLogsRoleArn: '' }, 'log files'],
    ['another role', { cloudWatchLogsRoleArn: 'arn:aws:iam::111122223333:role/x' }, 'log files'],
  ])('of a changed destination, %s: where the log files are', (_what, patch, where) => {
    const gaps = gapsOf([update(0, patch)]);

    expect(gaps).toHaveLength(1);
    expect(gaps[0]?.recoverability?.elsewhere).toContain(where);
    expect(gaps[0]?.recoverability?.lost).toEqual([]);
  });

  test('of harmless changes: no gap', () => {
    const harmless = [
      update(0, { kmsKeyId: '' }),
      update(5, { recursiveLogging: true }),
      call({
        seconds: 9,
        eventName: 'AddTags',
        parameters: { resourceId: trail.arn, tagsList: [{ key: 'team', value: 'x' }] },
      }),
    ];

    expect(gapsOf(harmless)).toEqual([]);
    expect(past(harmless).calls.map(({ drifts }) => drifts.length)).toEqual([1, 1, 1]);
  });

  test.each([
    ['only data events', [{ field: 'eventCategory', equals: ['Data'] }, ofObjects], ['management']],
    ['only management events', [{ field: 'eventCategory', equals: ['Management'] }], ['data']],
    [
      'neither one user nor data events',
      [
        { field: 'eventCategory', equals: ['Management'] },
        { field: 'userIdentity.arn', notEquals: ['arn:aws:iam::111122223333:user/mallory'] },
      ],
      ['management', 'data'],
    ],
  ])('of event selectors that record %s', (_what, fieldSelectors, lost) => {
    const select = call({
      seconds: 0,
      eventName: 'PutEventSelectors',
      parameters: selecting([{ fieldSelectors }]),
    });

    const [gap] = gapsOf([select]);

    expect(gap?.recoverability?.recoverable !== null).toBe(lost.includes('management'));
    expect(gap?.recoverability?.lost).toEqual(lost.filter((kind) => kind !== 'management'));
    expect(gap?.description).toMatch(/no longer recorded/);
  });

  test('of Insights and aggregated events: none', () => {
    const off = [
      call({
        seconds: 0,
        eventName: 'PutInsightSelectors',
        parameters: { trailName: trail.arn, insightSelectors: [] },
      }),
      call({
        seconds: 1,
        eventName: 'PutEventConfiguration',
        parameters: { trailName: trail.arn, aggregationConfigurations: [] },
      }),
    ];

    expect(recoverability(off)).toEqual([
      { recoverable: null, elsewhere: null, lost: ['Insights'], digests: null },
      { recoverable: null, elsewhere: null, lost: ['aggregated'], digests: null },
    ]);
  });
});

describe('each call is listed', () => {
  test('with the drift that it caused, and the call that reverted it', () => {
    const calls = [
      update(10, { s3BucketName: 'theirs', enableLogFileValidation: false }),
      update(25, { s3BucketName: 'the-logs' }, { selfTriggered: true }),
      stop(30, { error: 'AccessDenied' }),
    ];

    expect(past(calls).calls).toMatchObject([
      {
        eventName: 'UpdateTrail',
        by: 'mallory (IAMUser) from 198.51.100.23',
        drifts: [
          {
            description: expect.stringMatching(/bucket theirs/),
            severity: 'critical',
            reverted: { at: at(25), by: { eventName: 'UpdateTrail' } },
          },
          { description: expect.stringMatching(/digests/), reverted: null },
        ],
      },
      { eventName: 'UpdateTrail', drifts: [] },
      { eventName: 'StopLogging', drifts: [], cause: { error: { code: 'AccessDenied' } } },
    ]);
  });
});

describe('a gap as text', () => {
  const render = (calls: readonly RecordedCall[]) => gapsOf(calls).map(renderGap);

  test('says when, what, who, and which events are recoverable', () => {
    expect(render([stop(10), start(280, { selfTriggered: true })])).toEqual([
      [
        '2026-11-22T10:00:10Z to 2026-11-22T10:04:40Z (4 min 30 s): critical: nothing is recorded: logging is off',
        '  began by StopLogging of mallory (IAMUser) from 198.51.100.23',
        '  ended by StartLogging of Trailkeeper-Sweep (AssumedRole of Trailkeeper-Reconcile) from 198.51.100.23',
        '  recoverable: management events, from the event history of every account of the organization in every Region, until 2027-02-20T10:00:10Z',
        '  lost: data events, Insights events, aggregated events',
        '  Insights restarted: CloudTrail takes up to 36 hours to rebuild their baseline, and detects no unusual activity until then',
        '  the chain of digest files is whole: only a gap that lasts until 2026-11-22T11:00:10Z breaks it',
      ],
    ]);
  });

  test('says if it is open or its effect is unknown', () => {
    expect(render([update(0, { kmsKeyId: 'alias/any' })])).toEqual([
      [
        '2026-11-22T10:00:00Z to 2026-11-22T11:30:00Z and on (1 h 30 min so far): high: perhaps, at some time in between: settings.KmsKeyId may have drifted: the records do not show its value',
        '  began by UpdateTrail of mallory (IAMUser) from 198.51.100.23',
        '  ended not within the window',
        '  it is not known which events are missing',
      ],
    ]);
  });

  test('says what is lost at most if it may have begun before the window', () => {
    const gone = ['settings', 'logging', 'tags'].map((kind) =>
      drifted(kind, '', states[kind as 'tags'], null),
    );
    const lost = [
      '  if that lasted for the whole time:',
      '    recoverable: management events, from the event history of every account of the organization in every Region, until 2027-02-20T10:00:00Z',
      '    lost: data events, Insights events, aggregated events',
      '    Insights restarted: CloudTrail takes up to 36 hours to rebuild their baseline, and detects no unusual activity until then',
    ];

    expect(gapsOf([], now(gone)).map(renderGap)).toEqual([
      [
        '2026-11-22T10:00:00Z to 2026-11-22T11:30:00Z and on (1 h 30 min so far): critical: for all or a part of that time: the trail does not exist: nothing is recorded',
        '  began before the window, or by an unknown call',
        '  ended not within the window',
        ...lost,
        '    lost: the chain of digest files, broken at 2026-11-22T11:00:00Z',
      ],
    ]);
    expect(render([start(30)])).toEqual([
      [
        '2026-11-22T10:00:00Z to 2026-11-22T10:00:30Z (30 s): critical: perhaps, at some time in between: nothing is recorded: logging is off',
        '  began before the window, or by an unknown call',
        '  ended by StartLogging of mallory (IAMUser) from 198.51.100.23',
        ...lost,
        '    the chain of digest files is whole: only a gap that lasts until 2026-11-22T11:00:00Z breaks it',
      ],
    ]);
  });

  test('says where the events are that the trail delivered elsewhere', () => {
    const [gap = []] = render([
      update(0, { s3BucketName: 'theirs' }),
      update(60, { s3BucketName: 'the-logs' }),
    ]);

    expect(gap.slice(3)).toEqual([
      expect.stringMatching(/^ {2}recoverable: management events/),
      '  elsewhere: the log files are in the bucket theirs: recoverable only if you can read it, what cannot be recovered is lost',
    ]);
  });

  test('says what a check found of which the record is truncated', () => {
    const cut = drifted('event-selectors', 'AdvancedEventSelectors', [], '[{"Fi… (9 characters)');

    expect(gapsOf([], now([cut])).flatMap(renderGap)[0]).toMatch(
      /high: .*event-selectors\.AdvancedEventSelectors had drifted: it is not known which events are lost$/,
    );
  });

  test('escapes control characters', () => {
    const lines = render([update(0, { s3BucketName: 'a\u001b[2J\u202eb' })]).flat();

    expect(lines.join('')).toMatch(/^[ -~]+$/);
  });
});

describe('the gaps of one drift', () => {
  const stopped = drifted('logging', 'IsLogging', true, false);
  const gapsOf = (outcome: Outcome, edits: Partial<DriftEpisode> = {}) => {
    const known = { cause: { ...cause, at: at(0) }, from: at(5), to: at(90), isOver: false };
    return gapsOfDrift({ ...known, outcome, ...edits }, { trail, states }, kinds);
  };

  test('last from the causing call to its end, one for each change that loses events', () => {
    const found = [
      drifted('logging', 'IsLogging', true, false),
      drifted('settings', 'S3BucketName', 'the-logs', 'theirs'),
      drifted('tags', 'TagsList', [], null),
    ];

    expect(brief(gapsOf(outcomeOf(found, [found[1] as Finding])))).toEqual([
      'settings.S3BucketName 0 90 certain open',
      'logging.IsLogging 0 90 certain',
    ]);
  });

  test('are one gap if the trail was missing', () => {
    const missing = ['settings', 'logging', 'tags'].map((kind) =>
      drifted(kind, '', states[kind as 'tags'], null),
    );

    expect(brief(gapsOf(outcomeOf(missing, [])))).toEqual(['trail. 0 90 certain']);
  });

  test('start at the detection if the call or its time is unknown', () => {
    for (const known of [null, { ...cause, at: null }]) {
      const gaps = gapsOf(outcomeOf([stopped], []), { cause: known });

      expect(brief(gaps)).toEqual(['logging.IsLogging 5 90 certain']);
      expect(gaps.flatMap(renderGap)[1]).toBe('  began by an unknown call');
    }
  });

  test('lose only what the trail no longer records', () => {
    const [data, management] = states['event-selectors'].AdvancedEventSelectors;
    const selected = drifted(
      'event-selectors',
      'AdvancedEventSelectors',
      [data, management],
      [management],
    );
    const role = drifted('settings', 'CloudWatchLogsRoleArn', settings.CloudWatchLogsRoleArn, null);
    const gaps = gapsOf(outcomeOf([selected, role], []));

    expect(gaps.map(({ path, recoverability }) => [path, recoverability])).toMatchObject([
      ['CloudWatchLogsRoleArn', { elsewhere: 'the events are in the log files' }],
      ['AdvancedEventSelectors', { recoverable: null, lost: ['data'] }],
    ]);
  });

  test('lose unknown events if the found values are truncated', () => {
    const cut = drifted('event-selectors', 'AdvancedEventSelectors', [], '[{"Fi… (9 characters)');

    expect(gapsOf(outcomeOf([cut], []))).toMatchObject([{ recoverability: null }]);
  });

  test('are open while drift remains, and closed if it was resolved externally', () => {
    const outcome = outcomeOf([stopped], [stopped]);

    expect(brief(gapsOf(outcome))).toEqual(['logging.IsLogging 0 90 certain open']);
    expect(brief(gapsOf(outcome, { isOver: true }))).toEqual(['logging.IsLogging 0 90 certain']);
    const [one, other] = [
      drifted('settings', 'S3BucketName', 'the-logs', 'theirs'),
      drifted('settings', 'S3KeyPrefix', 'org', 'hidden'),
    ] as const;
    expect(brief(gapsOf(outcomeOf([one, other], [one])))).toEqual([
      'settings.S3BucketName 0 90 certain open',
      'settings.S3KeyPrefix 0 90 certain',
    ]);
  });

  test('are based on the remaining values of truncated findings', () => {
    const changes = 'changes' in stopped ? stopped.changes : [];
    const cut = { ...stopped, changes: [...changes, '… (3 more)'] } as Finding;

    expect(brief(gapsOf(outcomeOf([cut], [])))).toEqual(['logging.IsLogging 0 90 certain']);
  });
});

test('the gap of a logging interruption is its interval', () => {
  const interruption = { how: 'stopped', from: at(10), isFromKnown: true, to: at(20) } as const;
  const gapOf = (isFromKnown: boolean) =>
    gapOfInterruption({ ...interruption, isFromKnown }, { trail, states }, kinds);

  expect(brief([...gapOf(true), ...gapOf(false)])).toEqual([
    'trail. 10 20 certain',
    'trail. 10 20 perhaps',
  ]);
  expect(gapOf(true)).toMatchObject([
    {
      description: 'nothing is recorded',
      recoverability: { recoverable: { events: 'management' } },
    },
  ]);
});

/** The input of PutEventSelectors, with the field names of records. */
function selecting(selectors: readonly object[]): object {
  const lower = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(lower);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [
        `${key.charAt(0).toLowerCase()}${key.slice(1)}`,
        lower(item),
      ]),
    );
  };
  return { trailName: trail.arn, advancedEventSelectors: lower(selectors) };
}
