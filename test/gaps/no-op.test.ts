import { CreateTrailCommand, StartLoggingCommand } from '@aws-sdk/client-cloudtrail';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { kinds } from '#drift/index.ts';
import { isNoOp } from '#gaps/no-op.ts';
import { audit } from '#sandbox/audit.ts';
import { readRecord } from '#trail/recorded-call.ts';
import { parseTrailArn } from '#trail/trail-arn.ts';
import { organization, settings, states, trail } from '../support/baseline.ts';
import { type AnyCall, anyCall, configuring, make } from '../support/calls.ts';
import { capturedBaseline } from '../support/captured-baseline.ts';
import { inProcess } from '../support/in-process.ts';
import { runs } from '../support/property-runs.ts';
import { call, type Record, start, stop, update } from '../support/recorded-calls.ts';

const isNoOpHere = (one: ReturnType<typeof call>, policy = {}): boolean =>
  isNoOp(one, { trail, organization, states, policy }, kinds);

test('a call is a no-op exactly if it leaves the trail as captured', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(configuring, { maxLength: 4 }), anyCall, async (setUp, one) => {
      const account = await capturedAccount(setUp);
      const before = await account.look();

      const record = await account.recordOf(one);

      const isAsCaptured = JSON.stringify(await account.look()) === JSON.stringify(before);
      const isMade = record.cause.error === null;
      expect(isNoOp(record, account, kinds)).toBe(isMade && isAsCaptured);
    }),
    { numRuns: runs(150) },
  );
});

test('repeating the call that configured the trail is a no-op', async () => {
  await fc.assert(
    fc.asyncProperty(configuring, async (one) => {
      const account = await capturedAccount([one]);

      const record = await account.recordOf(one);

      expect(isNoOp(record, account, kinds)).toBe(record.cause.error === null);
    }),
    { numRuns: runs(50) },
  );
});

describe('a call whose record omits what was set is not a no-op:', () => {
  const omitted = { omitted: true, reason: 'requestParameters too large' };

  test.each(['UpdateTrail', 'PutEventSelectors', 'PutInsightSelectors', 'AddTags'])(
    '%s',
    (eventName) => {
      for (const parameters of [null, omitted]) {
        expect(isNoOpHere(call({ seconds: 1, eventName, parameters }))).toBe(false);
      }
    },
  );

  test('unless its response shows every setting as in the baseline', () => {
    const response = Object.fromEntries(
      Object.entries(settings).map(([name, value]) => [
        `${name.charAt(0).toLowerCase()}${name.slice(1)}`,
        value,
      ]),
    );
    const answered = (more: object) =>
      isNoOpHere(update(1, {}, { parameters: null, response: { ...response, ...more } }));

    expect(answered({})).toBe(true);
    expect(answered({ s3BucketName: 'attacker-bucket' })).toBe(false);
  });

  test('UpdateTrail with a key alias, which may refer to any key', () => {
    expect(isNoOpHere(update(1, { kmsKeyId: 'alias/logs' }))).toBe(false);
    expect(isNoOpHere(update(1, { kmsKeyId: settings.KmsKeyId }))).toBe(true);
  });
});

test.each(['StopLogging', 'DeleteTrail', 'CreateTrail', 'UnknownCall'])(
  '%s is never a no-op',
  (eventName) => {
    const parameters = { name: trail.name, s3BucketName: settings.S3BucketName };

    expect(isNoOpHere(call({ seconds: 1, eventName, parameters }))).toBe(false);
  },
);

test('a failed call is not a no-op', () => {
  expect(isNoOpHere(start(1))).toBe(true);
  expect(isNoOpHere(start(1, { error: 'AccessDenied' }))).toBe(false);
});

test('a field that the policy of the baseline ignores does not count', () => {
  const renamed = update(1, { s3KeyPrefix: 'elsewhere' });

  expect(isNoOpHere(renamed)).toBe(false);
  expect(isNoOpHere(renamed, { settings: { S3KeyPrefix: 'ignore' } })).toBe(true);
  expect(isNoOpHere(stop(1), { settings: 'ignore' })).toBe(false);
});

describe('a call about a destination', () => {
  const about = (eventSource: string, eventName: string, more: Partial<Record> = {}) =>
    isNoOpHere(call({ seconds: 1, eventSource, eventName, ...more }));

  test('is a no-op if it enables an enabled key', () => {
    expect(
      about('kms.amazonaws.com', 'EnableKey', { parameters: { keyId: settings.KmsKeyId } }),
    ).toBe(true);
  });

  test.each([
    ['s3.amazonaws.com', 'CreateBucket'],
    ['s3.amazonaws.com', 'DeleteBucket'],
    ['s3.amazonaws.com', 'DeleteBucketPolicy'],
    ['kms.amazonaws.com', 'DisableKey'],
    ['kms.amazonaws.com', 'ScheduleKeyDeletion'],
    ['kms.amazonaws.com', 'CancelKeyDeletion'],
    ['kms.amazonaws.com', 'DeleteImportedKeyMaterial'],
    ['sns.amazonaws.com', 'DeleteTopic'],
    ['logs.amazonaws.com', 'DeleteLogGroup'],
    ['logs.amazonaws.com', 'CreateLogGroup'],
  ])('is not a no-op if it removes or creates the destination: %s %s', (eventSource, eventName) => {
    expect(about(eventSource, eventName)).toBe(false);
  });
});

async function capturedAccount(setUp: readonly AnyCall[]) {
  const { world, clientsOf } = inProcess();
  const [owner, mallory, auditor] = ['owner', 'mallory', 'auditor'].map(clientsOf);
  if (!(owner && mallory && auditor)) throw new Error('no clients');
  const { TrailARN = '' } = await owner.cloudtrail.send(
    new CreateTrailCommand({ Name: 'org-trail', S3BucketName: 'org-trail-logs' }),
  );
  await owner.cloudtrail.send(new StartLoggingCommand({ Name: TrailARN }));
  for (const one of setUp) await make(one, owner, TrailARN);
  const captured = parseTrailArn(TrailARN);
  return {
    trail: captured,
    organization,
    states: (await capturedBaseline(owner, captured, new Date())).states,
    policy: {},
    look: () => audit(auditor, TrailARN),
    /** The CloudTrail record of one more call. */
    async recordOf(one: AnyCall) {
      await make(one, mallory, TrailARN);
      return readRecord(world.history.at(-1));
    },
  };
}
