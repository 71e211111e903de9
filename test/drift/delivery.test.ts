import { describe, expect, test } from 'vitest';
import { parseBaseline } from '#baseline/baseline.ts';
import { delivery as kind } from '#drift/delivery.ts';
import { kinds } from '#drift/index.ts';
import type { States } from '#drift/kind.ts';
import { documentWith, now, states, trail } from '../support/baseline.ts';
import { answering, refusing } from '../support/cloudtrail.ts';
import { impactIn } from '../support/kind-calls.ts';

type Delivery = NonNullable<Awaited<ReturnType<typeof kind.observe>>>;

const well: Delivery = states.delivery;
const errors = [
  'LatestDeliveryError',
  'LatestDigestDeliveryError',
  'LatestCloudWatchLogsDeliveryError',
  'LatestNotificationError',
] as const;

const minute = 60_000;
const hour = 60 * minute;
const logging = { IsLogging: true, StartLoggingTime: secondsAgo(1000 * hour) };

describe('the deliveries of a live trail', () => {
  test('are read by the trail ARN', async () => {
    const { aws, asked } = answering({});

    await kind.observe(aws, trail, now);

    expect(asked).toStrictEqual([{ operation: 'GetTrailStatus', input: { Name: trail.arn } }]);
  });

  test('are healthy if the response has no error', async () => {
    expect(await observe({})).toStrictEqual(well);
    expect(await observe({ ...logging, LatestDeliveryTime: secondsAgo(0) })).toStrictEqual(well);
  });

  test.each(errors)('fail only with the returned %s', async (field) => {
    expect(await observe({ [field]: 'AccessDenied' })).toStrictEqual({
      ...well,
      [field]: 'AccessDenied',
    });
  });

  test.each(errors)('are healthy if %s is empty', async (field) => {
    for (const nothing of ['', null]) {
      expect(await observe({ [field]: nothing })).toStrictEqual(well);
    }
  });

  test('are null with the trail', async () => {
    const { aws } = refusing('TrailNotFoundException');

    expect(await kind.observe(aws, trail, now)).toBe(null);
  });

  test('are healthy if the trail is deleted while they are read', async () => {
    const late = { IsLogging: true, LatestDeliveryTime: secondsAgo(2 * hour) };
    const { aws } = answering(({ operation }) =>
      operation === 'GetTrailStatus' ? late : { __type: 'TrailNotFoundException' },
    );

    expect(await kind.observe(aws, trail, now)).toStrictEqual(well);
  });

  test('are captured as healthy, whatever was observed', async () => {
    for (const status of [{}, { [errors[0]]: 'NoSuchBucket' }, { ...logging }]) {
      const captured = kind.toBaseline?.(await observe(status));

      expect(captured).toStrictEqual(well);
      expect(kind.state.safeParse(captured).error).toBeUndefined();
    }
  });
});

describe('a trail that has delivered nothing', () => {
  test.each<[string, number]>([
    ['an hour', hour],
    ['five minutes', 5 * minute],
    ['no time', 0],
    ['a negative time, because of another clock', -minute],
  ])('for %s is healthy', async (_what, ago) => {
    expect(await observe({ ...logging, LatestDeliveryTime: secondsAgo(ago) })).toStrictEqual(well);
  });

  test('for more than an hour is reported with its start', async () => {
    const last = new Date(now.getTime() - hour - 1000);

    expect(
      await observe({ ...logging, LatestDeliveryTime: secondsAgo(hour + 1000) }),
    ).toStrictEqual({ ...well, NotDeliveredSince: last.toISOString() });
  });

  test('is healthy for an hour after logging was started again', async () => {
    const status = { IsLogging: true, LatestDeliveryTime: secondsAgo(100 * hour) };
    const since = async (StartLoggingTime: number) =>
      (await observe({ ...status, StartLoggingTime })).NotDeliveredSince;

    expect(await since(secondsAgo(hour))).toBeNull();
    expect(await since(secondsAgo(2 * hour))).toBe('2026-11-22T10:00:00.000Z');
  });

  test('is healthy for an hour after its first start', async () => {
    const since = async (ago: number) =>
      (await observe({ IsLogging: true, StartLoggingTime: secondsAgo(ago) })).NotDeliveredSince;

    expect(await since(hour)).toBeNull();
    expect(await since(3 * hour)).toBe('2026-11-22T09:00:00.000Z');
  });

  test('is reported from its last delivery if no start time is returned', async () => {
    const status = { IsLogging: true, LatestDeliveryTime: secondsAgo(2 * hour) };

    expect((await observe(status)).NotDeliveredSince).toBe('2026-11-22T10:00:00.000Z');
  });

  test.each([{ IsLogging: false }, { IsLogging: null }, {}])(
    'is healthy if it does not log: %j',
    async (status) => {
      expect(await observe({ ...logging, ...{ IsLogging: undefined }, ...status })).toStrictEqual(
        well,
      );
    },
  );

  test('is healthy without a delivery time and a start time', async () => {
    expect(await observe({ IsLogging: true })).toStrictEqual(well);
  });

  test('is the same drift at any later time', async () => {
    const status = { ...logging, LatestDeliveryTime: secondsAgo(2 * hour) };
    const { aws } = answering(status);
    const later = new Date(now.getTime() + 7 * hour);

    expect(await kind.observe(aws, trail, later, states)).toStrictEqual(await observe(status));
  });

  const basic = (selector: object) => ({
    EventSelectors: [
      {
        ReadWriteType: 'All',
        IncludeManagementEvents: true,
        DataResources: [],
        ExcludeManagementEventSources: [],
        ...selector,
      },
    ],
    AdvancedEventSelectors: null,
  });
  const advanced = (...fields: object[]) => ({
    EventSelectors: null,
    AdvancedEventSelectors: [{ Name: null, FieldSelectors: fields }],
  });
  const management = { Field: 'eventCategory', Equals: ['Management'] };
  const objects = [{ Type: 'AWS::S3::Object', Values: ['arn:aws:s3'] }];

  test.each<[string, object]>([
    ['every management event', basic({})],
    ['reads alone', basic({ ReadWriteType: 'ReadOnly' })],
    [
      'all management events except calls to KMS',
      basic({ ExcludeManagementEventSources: ['kms.amazonaws.com'] }),
    ],
    ['every management event, by advanced selectors', advanced(management)],
    [
      'all management events except calls to another service',
      advanced(management, { Field: 'eventSource', NotEquals: ['rdsdata.amazonaws.com'] }),
    ],
  ])('is reported if the trail records %s', async (_what, selectors) => {
    expect(await silence(selectors)).toBe('2026-11-22T10:00:00.000Z');
  });

  test.each<[string, object]>([
    ['only data events', basic({ IncludeManagementEvents: false, DataResources: objects })],
    ['writes alone', basic({ ReadWriteType: 'WriteOnly' })],
    [
      'only data events, by advanced selectors',
      advanced(
        { Field: 'eventCategory', Equals: ['Data'] },
        { Field: 'resources.type', Equals: ['AWS::S3::Object'] },
      ),
    ],
    ['writes alone', advanced(management, { Field: 'readOnly', Equals: ['false'] })],
    [
      'no calls to CloudTrail',
      advanced(management, { Field: 'eventSource', NotEquals: ['cloudtrail.amazonaws.com'] }),
    ],
    [
      'the calls to another service',
      advanced(management, { Field: 'eventSource', Equals: ['iam.amazonaws.com'] }),
    ],
  ])(
    'is healthy if the trail records %s: there may be nothing to deliver',
    async (_, selectors) => {
      expect(await silence(selectors)).toBeNull();
    },
  );

  test('reads the live selectors if the baseline does not contain them', async () => {
    const { aws, asked } = answering({
      ...{ IsLogging: true, LatestDeliveryTime: secondsAgo(2 * hour) },
      EventSelectors: [{ IncludeManagementEvents: false, DataResources: objects }],
    });

    expect(await kind.observe(aws, trail, now)).toStrictEqual(well);
    expect(asked).toContainEqual({
      operation: 'GetEventSelectors',
      input: { TrailName: trail.arn },
    });
  });

  async function silence(selectors: object): Promise<string | null> {
    const status = { ...logging, LatestDeliveryTime: secondsAgo(2 * hour) };
    return (await observe(status, { ...states, 'event-selectors': selectors })).NotDeliveredSince;
  }
});

describe('a delivery that fails', () => {
  test.each<[keyof Delivery, string, string, boolean, readonly string[]]>([
    ['LatestDeliveryError', 'log files', 'critical', true, ['30 days']],
    ['LatestDigestDeliveryError', 'digest files', 'high', false, ['changed unnoticed']],
    [
      'LatestCloudWatchLogsDeliveryError',
      'CloudWatch Logs',
      'high',
      false,
      ['log group', 'role', 'organization trail'],
    ],
    [
      'LatestNotificationError',
      'no notifications',
      'medium',
      false,
      ['topic', 'policy', 'cloudtrail.amazonaws.com'],
    ],
    ['NotDeliveredSince', 'no log file', 'medium', true, ['bucket', 'policy', 'key']],
  ])('of %s is reported with its impact and what to repair', (field, what, ...rest) => {
    const [severity, losesCoverage, remedies] = rest;
    const { description, ...impact } = impactIn(kind, well, { [field]: 'Some-Error' });

    expect(impact).toStrictEqual({ severity, losesCoverage });
    for (const one of [what, 'Some-Error', ...remedies]) expect(description).toContain(one);
  });

  test.each<[string, readonly string[], readonly string[]]>([
    ['NoSuchBucket', ['create it again', 'takes its name'], ['policy', 'key']],
    [
      'AccessDenied',
      ['policy of the bucket', 'the key no longer', 'cloudtrail.amazonaws.com'],
      ['create it again'],
    ],
    ['KMS.DisabledException', ['key', 'enable it'], ['create it again']],
    ['KMS.NotFoundException', ['key', 'cancel its deletion'], ['create it again']],
    ['KMS.KMSInvalidStateException', ['key', 'restore its policy'], ['create it again']],
    ['SlowDown', ['bucket', 'policy', 'key'], ['create it again']],
  ])('with %s names the broken destination', (code, remedies, others) => {
    for (const field of ['LatestDeliveryError', 'LatestDigestDeliveryError']) {
      const { description } = impactIn(kind, well, { [field]: code });

      expect(description).toContain(code);
      for (const one of remedies) expect(description).toContain(one);
      for (const one of others) expect(description).not.toContain(one);
    }
  });

  test('and is late is reported once: the error is the reason', async () => {
    expect(await observe(logging)).not.toMatchObject({ NotDeliveredSince: null });
    expect(await observe({ ...logging, LatestDeliveryError: 'NoSuchBucket' })).toStrictEqual({
      ...well,
      LatestDeliveryError: 'NoSuchBucket',
    });
  });

  test('is repaired by people', async () => {
    const failing = Object.fromEntries(Object.keys(well).map((field) => [field, 'x']));
    const { aws, asked } = answering({});

    expect(kind.repair(well, failing as Delivery, trail)).toStrictEqual([]);
    expect(kind.repair(well, null, trail)).toStrictEqual([]);
    await kind.apply(aws, undefined as never);
    expect(asked).toStrictEqual([]);
  });
});

test.each(Object.keys(well))('a baseline cannot require a %s', (field) => {
  const document = documentWith({ [`states.delivery.${field}`]: 'NoSuchBucket' });

  expect(() => parseBaseline(document, kinds)).toThrow(
    `states.delivery.${field}: must be null: a trail cannot be required to fail`,
  );
});

test('a baseline cannot contain a delivery field of a newer version', () => {
  const document = documentWith({ 'states.delivery': { ...well, LatestCarrierPigeonError: null } });

  expect(() => parseBaseline(document, kinds)).toThrow('LatestCarrierPigeonError');
});

/** A time as CloudTrail returns it. */
function secondsAgo(milliseconds: number): number {
  return (now.getTime() - milliseconds) / 1000;
}

async function observe(status: object, desired: States = states): Promise<Delivery> {
  const observed = await kind.observe(answering(status).aws, trail, now, desired);
  if (observed === null) throw new Error('there is no trail');
  return observed;
}
