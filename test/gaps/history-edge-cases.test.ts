import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Finding } from '#reconcile/plan.ts';
import { settings, states } from '../support/baseline.ts';
import { past } from '../support/gaps.ts';
import {
  at,
  call,
  drifted,
  findingsWith,
  start,
  stop,
  update,
  window,
} from '../support/recorded-calls.ts';

const isOff = drifted('logging', 'IsLogging', true, false);
const isElsewhere = drifted('settings', 'S3BucketName', settings.S3BucketName, 'theirs');
const allIsWell = findingsWith();
const found = (findings: readonly Finding[], isInWindow: boolean) => ({
  present: { findings: findingsWith(findings), isInWindow },
});

describe('drift that no call in the window explains', () => {
  test('is a gap since an unknown time if the window ends now', () => {
    const { gaps, unknown, unexplained } = past([], found([isOff], true));

    expect(gaps).toMatchObject([
      { ...window, kind: 'logging', isCertain: false, isOpen: true, isFromBefore: true },
    ]);
    expect(unexplained).toEqual(['logging.IsLogging']);
    expect(unknown.join()).toMatch(
      /^logging\.IsLogging has drifted.* began before the window, or with/,
    );
  });

  test('is a gap since the last call that left the field in sync', () => {
    const { gaps } = past([start(60)], found([isOff], true));

    const [open] = gaps.filter(({ isOpen }) => isOpen);
    expect(open).toMatchObject({ from: at(60), to: window.to, isCertain: false });
    expect(open?.isFromBefore).toBeUndefined();
  });

  test('is reported as unexplained, without a gap, if the window ended earlier', () => {
    const { gaps, unknown, unexplained } = past([], found([isOff, isElsewhere], false));

    expect(gaps).toEqual([]);
    expect(unexplained).toEqual(['settings.S3BucketName', 'logging.IsLogging']);
    expect(unknown.join()).toMatch(
      /^settings\.S3BucketName, logging\.IsLogging have drifted.* before or after the window/,
    );
  });

  test('is a gap of the whole trail if that is missing', () => {
    const gone = ['settings', 'logging', 'tags'].map((kind) =>
      drifted(kind, '', states[kind as 'tags'], null),
    );

    const { gaps, unexplained } = past([], found(gone, true));

    expect(gaps.map(({ kind, path }) => [kind, path])).toEqual([['trail', '']]);
    expect(unexplained).toEqual(['trail']);
  });

  test('is reported for any calls in the window', () => {
    const calls = fc.array(
      fc
        .record({
          seconds: fc.integer({ min: 0, max: 5400 }),
          what: fc.constantFrom(stop, start, (seconds: number) =>
            update(seconds, { s3BucketName: 'theirs' }),
          ),
        })
        .map(({ seconds, what }) => what(seconds)),
      { maxLength: 6 },
    );
    fc.assert(
      fc.property(calls, fc.boolean(), (made, isInWindow) => {
        const { gaps, unexplained } = past(made, found([isOff], isInWindow));

        const isOpen = gaps.some((gap) => gap.kind === 'logging' && gap.isOpen);
        expect(isOpen || unexplained.includes('logging.IsLogging')).toBe(true);
        if (isInWindow) expect(isOpen).toBe(true);
      }),
    );
  });

  test('excludes drift that a call in the window caused', () => {
    for (const isInWindow of [true, false]) {
      const { gaps, unknown, unexplained } = past([stop(600)], found([isOff], isInWindow));

      expect(gaps).toMatchObject([{ from: at(600), isCertain: true, isOpen: true }]);
      expect([unknown, unexplained]).toEqual([[], []]);
    }
  });
});

describe('a change to a destination of a trail', () => {
  const onKey = (seconds: number, eventName: string) =>
    call({
      seconds,
      eventName,
      eventSource: 'kms.amazonaws.com',
      parameters: { keyId: settings.KmsKeyId },
    });
  const onBucket = (seconds: number, eventName: string) =>
    call({
      seconds,
      eventName,
      eventSource: 's3.amazonaws.com',
      parameters: { bucketName: settings.S3BucketName },
    });

  test.each([
    ['DisableKey', 'key', 'KeyState', /log key is disabled/],
    ['ScheduleKeyDeletion', 'key', 'KeyState', /scheduled for deletion/],
    ['DeleteImportedKeyMaterial', 'key', 'KeyState', /lost its key material/],
  ])(
    'by %s is a gap of late delivery until the key is enabled',
    (eventName, kind, path, description) => {
      const { gaps } = past([onKey(60, eventName), onKey(120, 'EnableKey')]);

      expect(gaps).toMatchObject([
        {
          kind,
          path,
          from: at(60),
          to: at(120),
          isCertain: true,
          description: expect.stringMatching(description),
        },
      ]);
      expect(gaps[0]?.recoverability).toMatchObject({
        lost: [],
        elsewhere: expect.stringMatching(/30 days/),
      });
    },
  );

  test('by CancelKeyDeletion leaves the key disabled', () => {
    const { gaps } = past([onKey(60, 'ScheduleKeyDeletion'), onKey(90, 'CancelKeyDeletion')]);

    expect(gaps.map(({ description, isOpen }) => [description, isOpen])).toEqual([
      [expect.stringMatching(/scheduled for deletion/), false],
      [expect.stringMatching(/is disabled/), true],
    ]);
  });

  test('by DeleteBucket lasts until the bucket is recreated, after which delivery may still fail', () => {
    const { gaps } = past([onBucket(60, 'DeleteBucket'), onBucket(120, 'CreateBucket')]);

    expect(
      gaps.map(({ kind, path, from, isOpen, isCertain }) => [
        `${kind}.${path}`,
        from,
        isOpen,
        isCertain,
      ]),
    ).toEqual([
      ['bucket.Region', at(60), false, true],
      ['delivery.LatestDeliveryError', at(120), true, false],
    ]);
  });

  test('by CreateBucket is no gap if the Region of the bucket is not protected', () => {
    const unprotected = { ...states, bucket: { ...states.bucket, Region: null } };

    const { gaps } = past([onBucket(60, 'CreateBucket')], { states: unprotected });

    expect(gaps.filter(({ kind }) => kind === 'bucket')).toEqual([]);
  });

  test('by PutBucketPolicy may have stopped delivery', () => {
    const { gaps } = past([onBucket(60, 'PutBucketPolicy')]);

    expect(gaps).toMatchObject([
      {
        kind: 'delivery',
        from: at(60),
        isOpen: true,
        isCertain: false,
        description: expect.stringMatching(/^delivery may have failed: /),
        recoverability: { elsewhere: expect.stringMatching(/only late/) },
      },
    ]);
  });

  test('by PutBucketPolicy has stopped delivery if the record shows that CloudTrail may not write', () => {
    const bucketPolicy = { Statement: states.bucket.OtherStatements };
    const { gaps } = past([
      call({
        seconds: 60,
        eventName: 'PutBucketPolicy',
        eventSource: 's3.amazonaws.com',
        parameters: { bucketName: settings.S3BucketName, bucketPolicy },
      }),
    ]);

    expect(gaps[0]).toMatchObject({
      ...{ kind: 'bucket', path: 'CloudTrailStatements', from: at(60), isCertain: true },
      recoverability: { lost: [], elsewhere: expect.stringMatching(/only late/) },
    });
  });

  test('by DeleteBucketPolicy is a gap of late delivery', () => {
    const { gaps } = past([onBucket(60, 'DeleteBucketPolicy')]);

    expect(gaps.map(({ kind, path, isCertain }) => [`${kind}.${path}`, isCertain])).toEqual([
      ['bucket.CloudTrailStatements', true],
      ['delivery.LatestDeliveryError', false],
    ]);
  });

  test('has not stopped delivery if log files arrived after the last such call', () => {
    const present = { findings: allIsWell, isInWindow: true };

    expect(past([onBucket(60, 'PutBucketPolicy')], { present }).gaps).toEqual([]);
  });

  test('has stopped delivery since then if no log files arrived', () => {
    const failing = drifted('delivery', 'LatestDeliveryError', null, 'AccessDenied');

    const { gaps, unexplained } = past([onBucket(60, 'PutBucketPolicy')], found([failing], true));

    expect(gaps).toMatchObject([{ kind: 'delivery', from: at(60), isOpen: true, isCertain: true }]);
    expect(unexplained).toEqual([]);
  });

  test('explains an observed delivery failure without a further gap', () => {
    const failing = drifted('delivery', 'LatestDeliveryError', null, 'KMS.DisabledException');
    const disabled = drifted('key', 'KeyState', 'Enabled', 'Disabled');
    const calls = [onKey(60, 'DisableKey')];

    for (const isInWindow of [true, false]) {
      const { gaps, unexplained } = past(calls, found([failing, disabled], isInWindow));

      expect(unexplained).toEqual([]);
      expect(gaps.map(({ kind, from, isCertain }) => [kind, from, isCertain])).toEqual(
        [['key', at(60), true] as const, ['delivery', at(60), true] as const].slice(
          0,
          isInWindow ? 2 : 1,
        ),
      );
    }
    expect(past(calls).unknown).toEqual([]);
    expect(past([update(60, { s3BucketName: 'theirs' })]).gaps).toHaveLength(1);
  });

  test('has stopped delivery since the key was disabled, not since a later change', () => {
    const failing = drifted('delivery', 'LatestDeliveryError', null, 'KMS.DisabledException');
    const calls = [onKey(60, 'DisableKey'), update(120, { isMultiRegionTrail: false })];

    const { gaps } = past(calls, found([failing], true));

    expect(gaps).toContainEqual(
      expect.objectContaining({
        ...{ kind: 'delivery', from: at(60) },
        startedBy: expect.objectContaining({ eventName: 'DisableKey' }),
      }),
    );
  });

  test('loses no events if it affects the topic or the log group', () => {
    const calls = [
      call({ seconds: 1, eventName: 'DeleteTopic', eventSource: 'sns.amazonaws.com' }),
      call({ seconds: 2, eventName: 'DeleteLogGroup', eventSource: 'logs.amazonaws.com' }),
    ];

    const { gaps, calls: reported } = past(calls);

    expect(gaps).toEqual([]);
    expect(reported.flatMap(({ drifts }) => drifts.map(({ path }) => path))).toEqual([
      'Existence',
      'Existence',
      'MetricFilters',
      'SubscriptionFilters',
    ]);
  });
});
