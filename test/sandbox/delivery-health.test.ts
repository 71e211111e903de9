import { describe, expect, test } from 'vitest';
import type { World } from '#sandbox/world.ts';
import { home, keyArn, sandboxWithTrail, withoutTexts } from './world.ts';

// [M] GetTrailStatus; [D] digest files are encrypted with SSE-S3; [U] the exact error codes.

const [noon, one, two, three] = [12, 13, 14, 15].map(
  (hour) => new Date(Date.UTC(2026, 0, 1, hour)),
);
const topicArn = 'arn:aws:sns:eu-central-1:111122223333:deliveries';
const logGroupArn = 'arn:aws:logs:eu-central-1:111122223333:log-group:trail';
const whole = {
  SnsTopicName: 'deliveries',
  KmsKeyId: keyArn,
  CloudWatchLogsLogGroupArn: `${logGroupArn}:*`,
  CloudWatchLogsRoleArn: 'arn:aws:iam::111122223333:role/logs',
  EnableLogFileValidation: true,
};
const everythingAt = (time?: Date) => ({
  LatestDeliveryTime: time,
  LatestNotificationTime: time,
  LatestCloudWatchLogsDeliveryTime: time,
  LatestDigestDeliveryTime: time,
});

/** A trail that has logged since noon. */
const logging = (input = {}) => {
  const made = sandboxWithTrail(input);
  made.ask('StartLogging', { Name: 'main' }, home, noon);
  const statusAt = (time?: Date) =>
    withoutTexts(made.ask('GetTrailStatus', { Name: 'main' }, home, time));
  /** Stores the last deliveries, as every change to the world does. */
  const settleAt = (time?: Date) =>
    made.ask('AddTags', { ResourceId: arn, TagsList: [{ Key: 'k' }] }, home, time);
  return { ...made, statusAt, settleAt };
};
const arn = 'arn:aws:cloudtrail:eu-central-1:111122223333:trail/main';

test('a logging trail delivers to all destinations continuously', () => {
  const { statusAt } = logging(whole);

  expect(statusAt(one)).toStrictEqual({
    IsLogging: true,
    StartLoggingTime: noon,
    ...everythingAt(one),
  });
  expect(statusAt(two)).toMatchObject(everythingAt(two));
});

test('a trail delivers only to its configured destinations', () => {
  const { statusAt } = logging();

  expect(statusAt(one)).toStrictEqual({
    IsLogging: true,
    StartLoggingTime: noon,
    LatestDeliveryTime: one,
  });
});

test('a stopped trail keeps its last delivery times until it is started again', () => {
  const { ask, statusAt } = logging(whole);

  ask('StopLogging', { Name: 'main' }, home, one);
  const stopped = statusAt(two);
  ask('StartLogging', { Name: 'main' }, home, two);

  expect(stopped).toMatchObject(everythingAt(one));
  expect(statusAt(three)).toMatchObject(everythingAt(three));
});

test('a trail that was never started has delivered nothing', () => {
  const { ask } = sandboxWithTrail(whole);

  expect(withoutTexts(ask('GetTrailStatus', { Name: 'main' }, home, one))).toStrictEqual({
    IsLogging: false,
  });
});

describe.each<[string, (world: World) => void, object, readonly string[]]>([
  [
    'a deleted bucket',
    ({ buckets }) => buckets.delete('the-logs'),
    { LatestDeliveryError: 'NoSuchBucket', LatestDigestDeliveryError: 'NoSuchBucket' },
    ['LatestDeliveryTime', 'LatestNotificationTime', 'LatestDigestDeliveryTime'],
  ],
  [
    'a bucket without a policy',
    ({ buckets }) =>
      buckets.set('the-logs', { owner: home.accountId, region: home.region, policy: null }),
    { LatestDeliveryError: 'AccessDenied', LatestDigestDeliveryError: 'AccessDenied' },
    ['LatestDeliveryTime', 'LatestNotificationTime', 'LatestDigestDeliveryTime'],
  ],
  [
    'a deleted key',
    ({ keys }) => keys.delete(keyArn),
    { LatestDeliveryError: 'KMS.NotFoundException' },
    ['LatestDeliveryTime', 'LatestNotificationTime'],
  ],
  [
    'a disabled key',
    withKey({ state: 'Disabled' }),
    { LatestDeliveryError: 'KMS.DisabledException' },
    ['LatestDeliveryTime', 'LatestNotificationTime'],
  ],
  [
    'a key pending deletion',
    withKey({ state: 'PendingDeletion' }),
    { LatestDeliveryError: 'KMS.KMSInvalidStateException' },
    ['LatestDeliveryTime', 'LatestNotificationTime'],
  ],
  [
    'a key without CloudTrail in its policy',
    withKey({ policy: '{"Statement":[]}' }),
    { LatestDeliveryError: 'AccessDenied' },
    ['LatestDeliveryTime', 'LatestNotificationTime'],
  ],
  [
    'a deleted topic',
    ({ topics }) => topics.delete(topicArn),
    { LatestNotificationError: 'NotFound' },
    ['LatestNotificationTime'],
  ],
  [
    'a topic without CloudTrail in its policy',
    ({ topics }) => topics.set(topicArn, { policy: '{"Statement":[]}' }),
    { LatestNotificationError: 'AuthorizationError' },
    ['LatestNotificationTime'],
  ],
  [
    'a deleted log group',
    ({ logGroups }) => logGroups.delete(logGroupArn),
    { LatestCloudWatchLogsDeliveryError: 'ResourceNotFoundException' },
    ['LatestCloudWatchLogsDeliveryTime'],
  ],
])('%s', (_case, breaking, errors, standing) => {
  test('shows its error, and only the affected deliveries stop', () => {
    const { world, settleAt, statusAt } = logging(whole);
    settleAt(one);

    breaking(world);
    settleAt(two);

    const still = Object.fromEntries(standing.map((field) => [field, one]));
    expect(statusAt(three)).toStrictEqual({
      IsLogging: true,
      StartLoggingTime: noon,
      ...everythingAt(three),
      ...still,
      ...errors,
    });
  });

  test('shows no error after it was repaired', () => {
    const { world, settleAt, statusAt } = logging(whole);
    const sound = structuredClone(world);
    breaking(world);
    settleAt(one);

    const { buckets, keys, topics, logGroups } = sound;
    Object.assign(world, { buckets, keys, topics, logGroups });

    expect(statusAt(two)).toStrictEqual({
      IsLogging: true,
      StartLoggingTime: noon,
      ...everythingAt(two),
    });
  });
});

test('a trail that cannot deliver keeps trying and shows both times as text', () => {
  const { world, ask, settleAt } = logging({ SnsTopicName: 'deliveries' });
  settleAt(one);
  world.buckets.delete('the-logs');
  settleAt(two);

  expect(ask('GetTrailStatus', { Name: 'main' }, home, three)).toMatchObject({
    LatestDeliveryAttemptTime: '2026-01-01T15:00:00Z',
    LatestDeliveryAttemptSucceeded: '2026-01-01T13:00:00Z',
    LatestNotificationAttemptTime: '2026-01-01T13:00:00Z',
    LatestNotificationAttemptSucceeded: '2026-01-01T13:00:00Z',
  });
});

test('a recreated trail has delivered nothing', () => {
  const { ask, statusAt } = logging();

  ask('DeleteTrail', { Name: 'main' }, home, one);
  ask('CreateTrail', { Name: 'main', S3BucketName: 'the-logs' }, home, two);

  expect(statusAt(three)).toStrictEqual({ IsLogging: false });
});

test('overridden fields are returned together with the real ones', () => {
  const { world, statusAt } = logging();
  world.statusOverrides.set(arn, { LatestDeliveryTime: noon, LatestNotificationError: 'spoken' });

  expect(statusAt(three)).toStrictEqual({
    IsLogging: true,
    StartLoggingTime: noon,
    LatestDeliveryTime: noon,
    LatestNotificationError: 'spoken',
  });
});

function withKey(change: object): (world: World) => void {
  return ({ keys }) => {
    const key = keys.get(keyArn);
    if (key) keys.set(keyArn, { ...key, ...change });
  };
}
