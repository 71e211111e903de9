import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { kinds } from '#drift/index.ts';
import {
  type DriftEpisode,
  type Gap,
  gapOfInterruption,
  gapsOfDrift,
  trailHistory,
} from '#gaps/gap.ts';
import { renderGap } from '#gaps/render-gap.ts';
import { replay } from '#gaps/replay.ts';
import type { Outcome } from '#reconcile/outcome.ts';
import type { Finding } from '#reconcile/plan.ts';
import type { RecordedCall } from '#trail/recorded-call.ts';
import { settings, states, trail } from '../support/baseline.ts';
import { brief } from '../support/brief-gaps.ts';
import { gapsOf, length, now, past, recorded, selecting } from '../support/gaps.ts';
import { cause, outcomeOf } from '../support/incident.ts';
import {
  at,
  call,
  drifted,
  historyOf,
  start,
  stop,
  update,
  window,
} from '../support/recorded-calls.ts';

const distinct = (max: number) =>
  fc
    .uniqueArray(fc.integer({ min: 1, max: length - 1 }), { minLength: 1, maxLength: max })
    .map((times) => times.toSorted((one, other) => one - other));

const histories = fc.array(recorded, { maxLength: 12 });

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

  test('the schema of a history has all of it', () => {
    fc.assert(
      fc.property(histories, (calls) => {
        expect(trailHistory.parse(past(calls))).toEqual(past(calls));
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
