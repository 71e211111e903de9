import { describe, expect, test } from 'vitest';
import type { ReplayInput } from '#gaps/history.ts';
import type { Finding } from '#reconcile/plan.ts';
import type { RecordedCall } from '#trail/recorded-call.ts';
import { settings, states, trail } from '../support/baseline.ts';
import { brief, secondsOf } from '../support/brief-gaps.ts';
import { past } from '../support/gaps.ts';
import {
  call,
  drifted,
  findingsWith,
  start,
  stop,
  update,
  window,
} from '../support/recorded-calls.ts';

const length = secondsOf(window.to);
const gapsOf = (calls: readonly RecordedCall[], rest: Partial<ReplayInput> = {}) =>
  brief(past(calls, rest).gaps);
const now = (findings: readonly Finding[]) => ({ present: { findings, isInWindow: true } });

const remove = (seconds: number) => call({ seconds, eventName: 'DeleteTrail' });
const create = (seconds: number) =>
  call({
    seconds,
    eventName: 'CreateTrail',
    parameters: { name: trail.name, s3BucketName: settings.S3BucketName },
  });
const omitted = (seconds: number, eventName: string) =>
  call({ seconds, eventName, parameters: { omitted: true } });
const disableKey = (seconds: number) =>
  call({
    seconds,
    eventName: 'DisableKey',
    eventSource: 'kms.amazonaws.com',
    parameters: { keyId: settings.KmsKeyId },
  });

const ofTrail = ['settings', 'logging', 'event-selectors', 'insight-selectors', 'aggregation'];
const missing = findingsWith(
  [...ofTrail, 'tags'].map((kind) => drifted(kind, '', states[kind as 'tags'], null)),
);
const isOff = findingsWith([drifted('logging', 'IsLogging', true, false)]);

describe.each([
  [
    'key',
    'PutKeyPolicy',
    'kms.amazonaws.com',
    (Statement: unknown) => ({
      keyId: settings.KmsKeyId,
      policy: JSON.stringify({ Statement }),
    }),
  ],
  [
    'bucket',
    'PutBucketPolicy',
    's3.amazonaws.com',
    (Statement: unknown) => ({
      bucketName: settings.S3BucketName,
      bucketPolicy: { Statement: JSON.parse(JSON.stringify(Statement)) },
    }),
  ],
] as const)('the policy of the %s', (kind, eventName, eventSource, written) => {
  test('no longer drifts when the statements of CloudTrail are back', () => {
    const { CloudTrailStatements, Denials, OtherStatements } = states[kind];
    const others = [Denials, OtherStatements].flat();
    const put = (seconds: number, statements: unknown) =>
      call({ seconds, eventName, eventSource, parameters: written(statements) });

    const gaps = gapsOf([put(10, others), put(40, [CloudTrailStatements, others].flat())]);

    expect(gaps).toContain(`${kind}.CloudTrailStatements 10 40 certain`);
  });
});

describe('a deleted trail', () => {
  test('is still missing if the settings of its key or bucket change', () => {
    expect(gapsOf([remove(10), disableKey(40)])).toEqual([
      `trail. 10 ${length} certain open`,
      `key.KeyState 40 ${length} certain open`,
    ]);
  });

  test.each<[string, readonly Finding[]]>([
    ['nothing', []],
    ['only its destinations', [{ kind: 'key', status: 'in-sync' }]],
  ])('is still missing if a check can read %s', (_what, findings) => {
    expect(gapsOf([remove(10)], now(findings))).toEqual([`trail. 10 ${length} certain open`]);
  });

  test('was recreated by an unknown call if a check finds it', () => {
    expect(gapsOf([remove(10)], now(findingsWith()))).toEqual([
      'trail. 10 10 certain',
      `trail. 10 ${length} perhaps`,
    ]);
  });

  test.each([stop, remove])(
    'was recreated by an unknown call with unknown settings if it is changed later',
    (change) => {
      const { gaps } = past([remove(10), change(40)]);

      expect(brief(gaps)).toEqual(
        expect.arrayContaining(['trail. 10 10 certain', 'trail. 10 40 perhaps']),
      );
      const changed = gaps.filter(({ kind, from }) => kind !== 'trail' && secondsOf(from) === 40);
      expect(new Set(changed.map(({ kind }) => kind))).toEqual(new Set(ofTrail));
    },
  );

  test('has the defaults of CloudTrail when it is recreated', () => {
    const [, creation] = past([remove(10), create(20)]).calls;

    const paths = creation?.drifts.map(({ path }) => path);
    expect(paths).toEqual(expect.arrayContaining(['IsMultiRegionTrail', 'RecursiveLogging']));
    expect(paths).not.toContain('IncludeGlobalServiceEvents');
  });

  test('was missing twice if a check after its creation finds it missing again', () => {
    const { gaps, unknown } = past([stop(5), start(6), create(40)], now(missing));

    expect(brief(gaps.filter(({ kind }) => kind === 'trail'))).toEqual([
      'trail. 6 40 perhaps',
      'trail. 40 40 certain',
      `trail. 40 ${length} perhaps open`,
    ]);
    expect(unknown.join()).toMatch(/^the trail itself has drifted, and no call in the window/);
  });

  test('may have had a changed setting until a check finds it missing', () => {
    expect(gapsOf([omitted(10, 'PutInsightSelectors')], now(missing))).toEqual([
      `insight-selectors.InsightSelectors 10 ${length} perhaps open`,
      `trail. 10 ${length} perhaps open`,
    ]);
  });
});

describe('a setting', () => {
  test.each<[string, readonly RecordedCall[], readonly Finding[]]>([
    ['changed by a call', [update(10, { s3KeyPrefix: 'x' })], findingsWith()],
    ['written as in the baseline', [update(10, { s3KeyPrefix: 'org' })], findingsWith()],
    ['possibly changed', [omitted(10, 'UpdateTrail')], []],
    ['changed now', [], findingsWith([drifted('settings', 'S3KeyPrefix', 'org', 'x')])],
  ])('that the policy ignores is not reported if it is %s', (_how, calls, findings) => {
    const { gaps, unknown, unexplained } = past(calls, {
      policy: { settings: 'ignore' },
      ...now(findings),
    });

    expect([gaps, unknown, unexplained]).toEqual([[], [], []]);
  });

  test('that a call writes as in the baseline may have drifted before', () => {
    const written = { s3KeyPrefix: settings.S3KeyPrefix, snsTopicName: settings.SnsTopicARN };

    expect(past([update(10, written)]).unknown).toEqual([
      'UpdateTrail at 2026-11-22T10:00:10Z wrote settings.S3KeyPrefix, settings.SnsTopicARN as in the baseline: the history does not show the previous value',
    ]);
  });

  test('has a known value exactly if all calls of one second set it alike', () => {
    const set = (s3BucketName: string) => update(7, { s3BucketName });

    expect(gapsOf([set('theirs'), set('theirs')])).toEqual([
      `settings.S3BucketName 7 ${length} certain open`,
    ]);
    expect(gapsOf([set('theirs'), set('others')])).toEqual([
      `settings.S3BucketName 7 ${length} perhaps open`,
    ]);
  });

  test('that drifts further by an unknown call has drifted differently since its last gap began', () => {
    const [role, other] = ['one', 'other'].map((name) => `arn:aws:iam::111122223333:role/${name}`);
    const logGroup = { cloudWatchLogsLogGroupArn: settings.CloudWatchLogsLogGroupArn };
    const calls = [
      update(10, { cloudWatchLogsLogGroupArn: 'theirs', cloudWatchLogsRoleArn: role }),
      update(20, logGroup),
    ];
    const found = drifted('settings', 'CloudWatchLogsRoleArn', null, other);

    expect(gapsOf(calls, now(findingsWith([found])))).toEqual([
      'settings.CloudWatchLogsLogGroupArn 10 20 certain',
      'settings.CloudWatchLogsRoleArn 20 20 certain',
      `settings.CloudWatchLogsRoleArn 20 ${length} perhaps open`,
    ]);
  });
});

test('a check right after logging was started shows when it was off again', () => {
  expect(gapsOf([start(length)], now(isOff))).toEqual([
    `logging.IsLogging 0 ${length} perhaps`,
    `logging.IsLogging ${length} ${length} certain open`,
  ]);
});

test('each field that a check finds drifted has a separate gap', () => {
  const found = [
    drifted('settings', 'S3BucketName', settings.S3BucketName, 'theirs'),
    drifted('settings', 'S3KeyPrefix', settings.S3KeyPrefix, 'hidden'),
  ].flatMap((finding) => ('changes' in finding ? finding.changes : []));
  const finding: Finding = { kind: 'settings', status: 'drifted', changes: found, steps: [] };

  expect(gapsOf([], now(findingsWith([finding])))).toEqual([
    `settings.S3BucketName 0 ${length} perhaps open`,
    `settings.S3KeyPrefix 0 ${length} perhaps open`,
  ]);
});

test('a trail that the window first shows being created did not exist before', () => {
  const gaps = gapsOf([disableKey(20), create(40)]);

  expect(gaps.slice(0, 2)).toEqual([
    'trail. 0 40 certain',
    `key.KeyState 20 ${length} certain open`,
  ]);
});

test('a second deletion at the end of the window is not one with the gap before it', () => {
  expect(gapsOf([remove(10), remove(length)]).filter((gap) => gap.startsWith('trail'))).toEqual([
    'trail. 10 10 certain',
    `trail. 10 ${length} perhaps`,
    `trail. ${length} ${length} certain open`,
  ]);
});

describe('tags', () => {
  const tag = (seconds: number, eventName: string) =>
    call({
      ...{ seconds, eventName },
      parameters: { resourceId: trail.arn, tagsList: [{ key: 'team', value: 'x' }] },
    });

  test('are as before if an added tag is removed', () => {
    const { calls } = past([tag(10, 'AddTags'), tag(20, 'RemoveTags')]);

    expect(calls.flatMap(({ drifts }) => drifts)).toMatchObject([
      { path: 'TagsList', isCertain: true, reverted: { by: { eventName: 'RemoveTags' } } },
    ]);
  });

  test('may have drifted without a gap if the record omits them', () => {
    const { gaps, calls } = past([omitted(10, 'AddTags')]);

    expect(gaps).toEqual([]);
    expect(calls.flatMap(({ drifts }) => drifts)).toMatchObject([
      {
        isCertain: false,
        description: 'tags.TagsList may have drifted: the records do not show its value',
      },
    ]);
  });
});

test('what the baseline does not have causes no gap', () => {
  const unprotected = { ...states, key: { KeyState: null } };

  expect(gapsOf([disableKey(10)], { states: unprotected })).toEqual([]);
  expect(gapsOf([stop(10), disableKey(20)], { states: { logging: states.logging } })).toEqual([
    `logging.IsLogging 10 ${length} certain open`,
  ]);
});
