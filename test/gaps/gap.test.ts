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
import type { Look, ReplayInput } from '#gaps/history.ts';
import { renderGap } from '#gaps/render-gap.ts';
import { timelineOf } from '#gaps/timeline.ts';
import type { Outcome } from '#reconcile/outcome.ts';
import type { Finding } from '#reconcile/plan.ts';
import type { RecordedCall } from '#trail/recorded-call.ts';
import { settings, states, trail } from '../support/baseline.ts';
import { cause, outcomeOf } from '../support/incident.ts';
import {
  at,
  call,
  drifted,
  historyOf,
  look,
  start,
  stop,
  update,
  window,
} from '../support/recorded-calls.ts';

const past = (calls: readonly RecordedCall[], rest: Partial<ReplayInput> = {}) =>
  reconstructHistory(historyOf(calls, rest), kinds);
const gapsOf = (calls: readonly RecordedCall[], rest: Partial<ReplayInput> = {}) =>
  past(calls, rest).gaps;
/** What was missing when, and whether that is certain. */
const brief = (gaps: readonly Gap[]) =>
  gaps.map(({ kind, path, from, to, isCertain, isOpen }) =>
    [
      `${kind}.${path}`,
      secondsOf(from),
      secondsOf(to),
      isCertain ? 'certain' : 'perhaps',
      ...(isOpen ? ['open'] : []),
    ].join(' '),
  );
const secondsOf = (time: string): number => (Date.parse(time) - Date.parse(window.from)) / 1000;

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

const looks: fc.Arbitrary<Look> = fc
  .record({
    seconds,
    length: fc.integer({ min: 0, max: 5 }),
    isAfterRepair: fc.boolean(),
    findings: fc.subarray([
      drifted('logging', 'IsLogging', true, false),
      drifted('settings', 'S3BucketName', settings.S3BucketName, 'theirs'),
      drifted('insight-selectors', '', states['insight-selectors'], null),
    ]),
  })
  .map(({ seconds: since, length: more, findings, isAfterRepair }) =>
    look(since, findings, { until: at(Math.min(since + more, length)), isAfterRepair }),
  );

const histories = fc.record({
  calls: fc.array(recorded, { maxLength: 12 }),
  looks: fc.array(looks, { maxLength: 4 }),
});

describe('whatever was called and seen', () => {
  test('what was not as it must be lies within the window, and shares no time with another of its cause', () => {
    fc.assert(
      fc.property(histories, ({ calls, looks }) => {
        const { intervals } = timelineOf(historyOf(calls, { looks }), kinds);

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

  test('the order in which it is told does not matter, nor that a call is told twice', () => {
    fc.assert(
      fc.property(
        histories.chain(({ calls, looks }) =>
          fc.tuple(
            fc.constant({ calls, looks }),
            fc.shuffledSubarray([...calls, ...calls], { minLength: calls.length * 2 }),
            fc.shuffledSubarray(looks, { minLength: looks.length }),
          ),
        ),
        ([{ calls, looks }, otherCalls, otherLooks]) => {
          expect(past(otherCalls, { looks: otherLooks })).toEqual(past(calls, { looks }));
        },
      ),
    );
  });

  test('only a gap that is open lasts to the end of the window, and every other one has an end', () => {
    fc.assert(
      fc.property(histories, ({ calls, looks }) => {
        for (const { isOpen, to, endedBy } of gapsOf(calls, { looks })) {
          if (isOpen) expect([to, endedBy]).toEqual([window.to, null]);
        }
      }),
    );
  });

  test('a call that failed makes no gap and ends none', () => {
    fc.assert(
      fc.property(fc.array(recorded), (calls) => {
        const succeeded = calls.filter(({ cause }) => cause.error === null);

        expect(gapsOf(calls)).toEqual(gapsOf(succeeded));
      }),
    );
  });

  test('what was called before or after the window makes no gap', () => {
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

describe('logging that was stopped and started', () => {
  test('is off for exactly the time from each stop to the start after it', () => {
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

  test('is off once, however often it is stopped before it is started', () => {
    fc.assert(
      fc.property(distinct(8), (times) => {
        const [first] = times;
        const calls = [...times.map((time) => stop(time)), start(length)];

        expect(brief(gapsOf(calls))).toEqual([`logging.IsLogging ${first} ${length} certain`]);
      }),
    );
  });

  test('is off for no time that records tell where we started it within the second', () => {
    expect(brief(gapsOf([start(7, { selfTriggered: true }), stop(7)]))).toEqual([
      'logging.IsLogging 7 7 certain',
    ]);
  });

  test('is perhaps off where others stopped and started it within one second', () => {
    expect(brief(gapsOf([stop(7), start(7), stop(20), start(30)]))).toEqual([
      'logging.IsLogging 7 20 perhaps',
      'logging.IsLogging 20 30 certain',
    ]);
  });

  test('is off from that second on where it is then seen to be, and was not where it is not', () => {
    const off = look(9, [drifted('logging', 'IsLogging', true, false)]);

    expect(brief(gapsOf([stop(7), start(7), start(30)], { looks: [off] }))).toEqual([
      'logging.IsLogging 7 30 certain',
    ]);
    expect(brief(gapsOf([stop(7), start(7), start(30)], { looks: [look(9)] }))).toEqual([]);
  });

  test('was perhaps off from before the window where it is started first', () => {
    expect(brief(gapsOf([start(30), stop(60), start(70)]))).toEqual([
      'logging.IsLogging 0 30 perhaps',
      'logging.IsLogging 60 70 certain',
    ]);
  });

  test('tells who stopped it, and who put it right', () => {
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

describe('a trail that was deleted', () => {
  const create = (time: number, rest: object = {}) =>
    call({
      seconds: time,
      eventName: 'CreateTrail',
      parameters: { name: trail.name, s3BucketName: 'the-logs', s3KeyPrefix: 'org', ...rest },
      selfTriggered: true,
    });
  const remove = (time: number) => call({ seconds: time, eventName: 'DeleteTrail' });

  test('records nothing until it is made again and logs, and what it is made without is missing on', () => {
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

  test('leaves no other gap where it is made again as it was', () => {
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

  test('was not there before it was first made, and all that is called about it is called after that', () => {
    const create = call({
      seconds: 40,
      eventName: 'CreateTrail',
      parameters: { name: trail.name, s3BucketName: 'the-logs' },
    });

    const gaps = brief(gapsOf([start(40), create]));

    expect(gaps).toContain('trail. 0 40 certain');
    expect(gaps.join()).not.toContain('logging');
  });

  test('was deleted at some time that is not known where it is made though nobody deleted it', () => {
    expect(brief(gapsOf([stop(5), start(6), create(40)]))).toContain('trail. 6 40 perhaps');
  });

  test('was made again by somebody where it is changed though nobody made it', () => {
    const gaps = brief(gapsOf([remove(10), stop(40)]));

    expect(gaps).toEqual(
      expect.arrayContaining([
        'trail. 10 10 certain',
        'trail. 10 40 perhaps',
        `logging.IsLogging 40 ${length} certain open`,
        `settings.S3BucketName 40 ${length} perhaps open`,
      ]),
    );
  });
});

describe('a setting', () => {
  test('that a call leaves alone is as it was', () => {
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
  ])('that is written as it must be, as %s, is no gap', (_what, patch) => {
    expect(gapsOf([update(10, patch)])).toEqual([]);
    expect(past([update(10, patch)]).unknown).toEqual([
      expect.stringMatching(/^UpdateTrail at .* wrote settings\..* as the baseline has it/),
    ]);
  });

  test('that is sent only because another one is says nothing of what it was', () => {
    const role = 'arn:aws:iam::111122223333:role/theirs';
    const pair = {
      cloudWatchLogsLogGroupArn: settings.CloudWatchLogsLogGroupArn,
      cloudWatchLogsRoleArn: role,
    };

    expect(past([update(10, pair)]).unknown).toEqual([]);
  });

  test('is known by the answer, too: what was not sent was so at some time before', () => {
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

  test('is not known where a key goes by its alias and the answer is left out', () => {
    const calls = [
      update(10, { kmsKeyId: 'alias/any' }),
      update(90, { kmsKeyId: settings.KmsKeyId }),
    ];

    expect(brief(gapsOf(calls))).toEqual(['settings.KmsKeyId 10 90 perhaps']);
  });

  test('of all is not known where the record leaves out what was sent, until it is seen', () => {
    const omitted = call({
      seconds: 10,
      eventName: 'UpdateTrail',
      parameters: { omitted: true, reason: 'requestParameters too large' },
    });
    const found = look(15, [drifted('settings', 'S3BucketName', 'the-logs', 'theirs')]);

    expect(brief(gapsOf([omitted])).toSorted()).toEqual(
      Object.keys(settings)
        .map((field) => `settings.${field} 10 ${length} perhaps open`)
        .toSorted(),
    );
    expect(brief(gapsOf([omitted], { looks: [found] }))).toEqual([
      `settings.S3BucketName 10 ${length} certain open`,
    ]);
  });

  test('that was not known twice is what is seen since the second time alone', () => {
    const [one, other] = [10, 50].map((seconds) =>
      call({ seconds, eventName: 'PutInsightSelectors', parameters: { omitted: true } }),
    ) as [RecordedCall, RecordedCall];
    const off = drifted('insight-selectors', 'InsightSelectors', [], []);

    expect(brief(gapsOf([one, other], { looks: [look(90, [off])] }))).toEqual([
      'insight-selectors.InsightSelectors 10 50 perhaps',
      `insight-selectors.InsightSelectors 50 ${length} certain open`,
    ]);
  });

  test('that the policy ignores makes no gap', () => {
    const policy = { settings: { S3KeyPrefix: 'ignore' } } as const;

    expect(gapsOf([update(10, { s3KeyPrefix: 'x' })], { policy })).toEqual([]);
  });
});

describe('what was seen', () => {
  const off = drifted('logging', 'IsLogging', true, false);

  test('and is explained by a call is nothing new', () => {
    const looks = [look(12, [off]), look(13, [], { isAfterRepair: true })];

    expect(brief(gapsOf([stop(10), start(13, { selfTriggered: true })], { looks }))).toEqual([
      'logging.IsLogging 10 13 certain',
    ]);
  });

  test('and is not was so at some time since it was last known to be otherwise', () => {
    const looks = [look(100), look(200, [off])];

    expect(brief(gapsOf([start(230, { selfTriggered: true })], { looks }))).toEqual([
      'logging.IsLogging 100 200 perhaps',
      'logging.IsLogging 200 230 certain',
    ]);
  });

  test('to be right, though nobody put it right, was wrong for a time that is not known', () => {
    expect(brief(gapsOf([stop(10)], { looks: [look(50, [off]), look(90)] }))).toEqual([
      'logging.IsLogging 10 50 certain',
      'logging.IsLogging 50 90 perhaps',
    ]);
  });

  test('and is cut, for room, was not as it must be: what that cost is not known', () => {
    const cut = drifted(
      'event-selectors',
      'AdvancedEventSelectors',
      [],
      '[{"Fi… (9000 characters)',
    );
    const [, gap] = gapsOf([], { looks: [look(10, [cut])] });

    expect(gap).toMatchObject({ isCertain: true, from: at(10), remains: null });
  });

  test('while somebody else called decides nothing', () => {
    const looks = [look(10, [off], { until: at(12) })];

    expect(brief(gapsOf([stop(11), start(40)], { looks }))).toEqual([
      'logging.IsLogging 11 40 certain',
    ]);
  });

  test('but not read decides nothing', () => {
    const unknown = {
      kind: 'logging',
      status: 'unknown',
      reason: 'denied',
      retryable: false,
    } as const;

    expect(brief(gapsOf([stop(10), start(40)], { looks: [look(20, [unknown])] }))).toEqual([
      'logging.IsLogging 10 40 certain',
    ]);
  });

  test('to be gone, and to be back, counts as it does for a field', () => {
    const missing = look(200, [drifted('settings', '', settings, null)]);

    expect(brief(gapsOf([], { looks: [look(100), missing, look(300)] }))).toEqual([
      'trail. 100 200 perhaps',
      'trail. 200 200 certain',
      'trail. 200 300 perhaps',
    ]);
  });
});

describe('what is left of a gap', () => {
  const remains = (calls: readonly RecordedCall[], rest: Partial<ReplayInput> = {}) =>
    gapsOf(calls, rest).map((gap) => gap.remains);

  test('in which nothing was recorded: management events for 90 days, everywhere that the trail records', () => {
    expect(remains([stop(0), start(60)])).toEqual([
      {
        rebuildable: {
          events: 'management',
          accounts: 'every account of the organization',
          regions: 'every Region',
          until: '2027-02-20T10:00:00.000Z',
        },
        elsewhere: null,
        gone: ['data', 'Insights', 'aggregated'],
        digests: { status: 'whole', breaksAt: '2026-11-22T11:00:00.000Z' },
      },
    ]);
  });

  test('of a trail of one Region and account: its own event history', () => {
    const alone = { ...settings, IsMultiRegionTrail: false, IsOrganizationTrail: false };

    expect(remains([stop(0)], { states: { ...states, settings: alone } })).toMatchObject([
      { rebuildable: { accounts: trail.accountId, regions: trail.region } },
    ]);
  });

  test.each([
    [59 * 60 + 59, 'whole'],
    [60 * 60, 'broken'],
  ])('of digests: after %i seconds the chain is %s', (length, status) => {
    for (const [first, last] of [
      [stop(0), start(length)],
      [
        update(0, { enableLogFileValidation: false }),
        update(length, { enableLogFileValidation: true }),
      ],
    ] as const) {
      expect(remains([first, last])).toMatchObject([{ digests: { status, breaksAt: at(3600) } }]);
    }
  });

  test('of digests that the trail does not make: nothing is said', () => {
    const without = { ...states, settings: { ...settings, LogFileValidationEnabled: false } };

    expect(remains([stop(0), start(4000)], { states: without })).toMatchObject([{ digests: null }]);
  });

  test('of other Regions: their event history, and no data events', () => {
    expect(
      remains([update(0, { isMultiRegionTrail: false }), update(60, { isMultiRegionTrail: true })]),
    ).toMatchObject([
      {
        rebuildable: { regions: 'every Region but eu-central-1' },
        gone: ['data', 'Insights', 'aggregated'],
      },
    ]);
  });

  test('of member accounts: the event history of each', () => {
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
    expect(remains([taken])).toMatchObject([{ rebuildable: { accounts: 'every member account' } }]);
    const single = { ...states, settings: { ...settings, IsOrganizationTrail: false } };
    expect(remains([taken], { states: single })).toEqual([]);
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
  ])('of a sink, %s: where it is', (_what, patch, where) => {
    const gaps = gapsOf([update(0, patch)]);

    expect(gaps).toHaveLength(1);
    expect(gaps[0]?.remains?.elsewhere).toContain(where);
    expect(gaps[0]?.remains?.gone).toEqual([]);
  });

  test('of nothing: no gap', () => {
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
    expect(past(harmless).calls.map(({ weakened }) => weakened.length)).toEqual([1, 1, 1]);
  });

  test.each([
    ['only data events', [{ field: 'eventCategory', equals: ['Data'] }, ofObjects], ['management']],
    ['only management events', [{ field: 'eventCategory', equals: ['Management'] }], ['data']],
    [
      'neither what somebody does nor data',
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

    expect(gap?.remains?.rebuildable !== null).toBe(lost.includes('management'));
    expect(gap?.remains?.gone).toEqual(lost.filter((kind) => kind !== 'management'));
    expect(gap?.words).toMatch(/no longer recorded/);
  });

  test('of Insights and of aggregated events: nothing', () => {
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

    expect(remains(off)).toEqual([
      { rebuildable: null, elsewhere: null, gone: ['Insights'], digests: null },
      { rebuildable: null, elsewhere: null, gone: ['aggregated'], digests: null },
    ]);
  });
});

describe('each call is told', () => {
  test('with what was worse after it, when that was put right and by whom', () => {
    const calls = [
      update(10, { s3BucketName: 'theirs', enableLogFileValidation: false }),
      update(25, { s3BucketName: 'the-logs' }, { selfTriggered: true }),
      stop(30, { error: 'AccessDenied' }),
    ];

    expect(past(calls).calls).toMatchObject([
      {
        eventName: 'UpdateTrail',
        by: 'mallory (IAMUser) from 198.51.100.23',
        weakened: [
          { words: expect.stringMatching(/digests/), putRight: null },
          {
            words: expect.stringMatching(/bucket theirs/),
            severity: 'critical',
            putRight: { at: at(25), by: { eventName: 'UpdateTrail' } },
          },
        ],
      },
      { eventName: 'UpdateTrail', weakened: [] },
      { eventName: 'StopLogging', weakened: [], cause: { error: { code: 'AccessDenied' } } },
    ]);
  });
});

describe('a gap as text', () => {
  const render = (calls: readonly RecordedCall[]) => gapsOf(calls).map(renderGap);

  test('says when, what, by whom, and what is left', () => {
    expect(render([stop(10), start(280, { selfTriggered: true })])).toEqual([
      [
        '2026-11-22T10:00:10Z to 2026-11-22T10:04:40Z (4 min 30 s): critical: nothing is recorded: logging is off',
        '  began by StopLogging of mallory (IAMUser) from 198.51.100.23',
        '  ended by StartLogging of Trailkeeper-Sweep (AssumedRole of Trailkeeper-Reconcile) from 198.51.100.23',
        '  can be rebuilt: management events, from the event history of every account of the organization in every Region, which begins to forget them at 2027-02-20T10:00:10Z',
        '  gone for good: data events, Insights events, aggregated events',
        '  Insights were disabled: CloudTrail takes up to 36 hours to build their baseline again, and detects no unusual activity until then',
        '  the chain of digest files holds: it would have broken at 2026-11-22T11:00:10Z',
      ],
    ]);
  });

  test('says that it lasts, that it is not certain, and what is not known', () => {
    const [open = []] = render([stop(0)]);
    const [perhaps = []] = render([update(0, { kmsKeyId: 'alias/any' })]);

    expect(open[0]).toMatch(/11:30:00Z and on \(1 h 30 min so far\)/);
    expect(open[2]).toBe('  ended not within the window');
    expect(perhaps[0]).toContain('perhaps, at some time in between: ');
    expect(perhaps[3]).toBe('  missing: not known');
  });

  test('shows nothing that a terminal would act on', () => {
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

  test('last from the call that caused it to its end, one for each change that loses events', () => {
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

  test('are one if the trail was missing', () => {
    const missing = ['settings', 'logging', 'tags'].map((kind) =>
      drifted(kind, '', states[kind as 'tags'], null),
    );

    expect(brief(gapsOf(outcomeOf(missing, [])))).toEqual(['trail. 0 90 certain']);
  });

  test('begin with the detection if no call is known, or not when it was made', () => {
    for (const known of [null, { ...cause, at: null }]) {
      expect(brief(gapsOf(outcomeOf([stopped], []), { cause: known }))).toEqual([
        'logging.IsLogging 5 90 certain',
      ]);
    }
  });

  test('are open while drift is left, and closed if it was resolved externally', () => {
    const outcome = outcomeOf([stopped], [stopped]);

    expect(brief(gapsOf(outcome))).toEqual(['logging.IsLogging 0 90 certain open']);
    expect(brief(gapsOf(outcome, { isOver: true }))).toEqual(['logging.IsLogging 0 90 certain']);
  });

  test('are of what is left of truncated findings', () => {
    const changes = 'changes' in stopped ? stopped.changes : [];
    const cut = { ...stopped, changes: [...changes, '… (3 more)'] } as Finding;

    expect(brief(gapsOf(outcomeOf([cut], [])))).toEqual(['logging.IsLogging 0 90 certain']);
  });
});

test('the gap of an interruption of logging is its time', () => {
  const interruption = { how: 'stopped', from: at(10), isFromKnown: true, to: at(20) } as const;
  const gapOf = (isFromKnown: boolean) =>
    gapOfInterruption({ ...interruption, isFromKnown }, { trail, states }, kinds);

  expect(brief([gapOf(true), gapOf(false)])).toEqual([
    'trail. 10 20 certain',
    'trail. 10 20 perhaps',
  ]);
  expect(gapOf(true).remains?.rebuildable?.events).toBe('management');
});

/** What PutEventSelectors sends, under the names of records. */
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
