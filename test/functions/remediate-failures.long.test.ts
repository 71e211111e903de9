import { StopLoggingCommand } from '@aws-sdk/client-cloudtrail';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import fc from 'fast-check';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ownAccount, testAccount } from '../support/account.ts';
import { editedApp } from '../support/app.ts';
import { eventOf } from '../support/cloudtrail-event.ts';
import { runs } from '../support/property-runs.ts';
import { trailCalls } from '../support/trail-calls.ts';

const account = testAccount();

let asCaptured: unknown;

beforeAll(async () => {
  asCaptured = await account.auditTrail();
});

beforeEach(async () => {
  await account.reset();
  account.deliver({ drop: false });
});

afterEach(async () => {
  await account.emptyDeadLetters();
  account.deliver({ ...account.perfectDelivery, drop: true });
  await account.settled();
});

const { stop, update } = trailCalls(account);

describe('a failed call', () => {
  test('on a protected trail is stored as one attempt, however often its event arrives', async () => {
    account.deliver({ duplicate: true });
    const before = account.calls.length;
    await expect(update({ S3BucketName: 'no-such-bucket' })).rejects.toThrow();
    await account.settled();

    const kept = await account.incidents();
    expect(kept).toMatchObject([
      {
        state: 'attempted',
        callCount: 1,
        calls: [
          {
            effect: 'failed',
            call: {
              eventName: 'UpdateTrail',
              principal: { name: 'mallory' },
              error: { code: 'S3BucketDoesNotExistException' },
            },
          },
        ],
      },
    ]);
    expect(operations(before)).toEqual([]);
  });

  test('restores drift that was not reported before', async () => {
    account.deliver({ drop: true });
    await stop();
    account.deliver({ drop: false });
    await expect(update({ S3BucketName: 'no-such-bucket' })).rejects.toThrow();
    await account.settled();

    expect(await account.auditTrail()).toEqual(asCaptured);
  });

  test('on an unprotected trail is not stored', async () => {
    await expect(stop('no-such-trail')).rejects.toThrow();
    await account.settled();

    expect(await account.incidents()).toEqual([]);
  });
});

test('reads a trail again on the retry if it was unreadable', async () => {
  const unavailable = { operation: 'GetTrailStatus', error: 'ThrottlingException', times: 6 };
  await account.fault({ service: 'cloudtrail', ...unavailable });
  await stop();
  await account.settled();

  expect(await account.auditTrail()).toEqual(asCaptured);
});

describe('a function that fails', () => {
  /** The table cannot be read. Each attempt first queries it for the protected trails. */
  const broken = (tries: number) => ({
    ...{ service: 'dynamodb', operation: 'Query', error: 'ValidationException' },
    times: tries,
  });
  // Otherwise the functions would use cached data.
  beforeEach(() => account.recycle());

  test('once is retried, and the trail is restored', async () => {
    await account.fault(broken(1));
    await stop();
    await account.settled();

    expect(await account.auditTrail()).toEqual(asCaptured);
    expect(await account.deadLetterCount()).toBe(0);
  });

  test('three times leaves its event in the dead-letter queue, and a redrive restores the trail', async () => {
    await account.fault(broken(3));
    await stop();
    await account.settled();
    expect(await account.auditTrail()).toMatchObject({ IsLogging: false });
    expect(await account.deadLetterCount()).toBe(1);

    const { code, stdout } = await account.trailkeeper(['redrive', '--yes']);

    expect(code).toBe(0);
    expect(stdout).toContain('1 reprocessed, 0 failed again, 0 in the queue');
    expect(await account.auditTrail()).toEqual(asCaptured);
    expect(await account.deadLetterCount()).toBe(0);
  });

  test('again on redrive keeps its event in the queue', async () => {
    await account.fault(broken(4));
    await stop();
    await account.settled();

    const { code, stdout, stderr } = await account.trailkeeper(['redrive', '--yes']);

    expect(code).toBe(1);
    expect(stderr).toContain('stays in the queue');
    expect(stdout).toContain('0 reprocessed, 1 failed again, 1 in the queue');
    expect(await account.deadLetterCount()).toBe(1);
  });

  test('is redriven only if it belongs to trailkeeper', async () => {
    const QueueUrl = account.outputs.DeadLetterQueueUrl;
    const functionArn = 'arn:aws:lambda:us-east-1:111122223333:function:payroll-delete-all';
    const record = { requestContext: { functionArn }, requestPayload: {} };
    const message = { QueueUrl, MessageBody: JSON.stringify(record) };
    await account.sqs.send(new SendMessageCommand(message));

    const { code, stderr } = await account.trailkeeper(['redrive', '--yes']);

    expect(code).toBe(1);
    expect(stderr).toContain('payroll-delete-all, which is no function of trailkeeper');
    expect(
      account.calls.filter(({ operation }) => operation === 'Invoke').at(-1)?.input,
    ).not.toMatchObject({ FunctionName: 'payroll-delete-all' });
  });
});

test('an event that EventBridge may not deliver goes to the dead-letter queue', async () => {
  const cdkOut = await editedApp(({ Resources }) => {
    for (const [id, { Type }] of Object.entries(Resources)) {
      if (Type === 'AWS::Lambda::Permission') delete Resources[id];
    }
  });
  const own = await ownAccount({ cdkOut });
  own.deliver({ drop: false });
  const captured = await own.auditTrail();
  await own.outsider.send(new StopLoggingCommand({ Name: 'org-trail' }));
  await own.settled();
  expect(await own.auditTrail()).toMatchObject({ IsLogging: false });
  expect(await own.deadLetterCount()).toBe(1);

  expect((await own.trailkeeper(['redrive', '--yes'])).code).toBe(0);

  expect(await own.auditTrail()).toEqual(captured);
});

describe('an event without the name of a trail', () => {
  test.each([
    ['omitted for its size', { omitted: true, reason: 'requestParameters too large' }],
    ['null', null],
    ['of the wrong type', { name: 42 }],
  ])(
    'checks every protected trail of its Region: request parameters %s',
    async (_, requestParameters) => {
      account.deliver({ drop: true });
      await stop();

      await account.invoke(eventOf({ requestParameters }));

      expect(await account.auditTrail()).toEqual(asCaptured);
    },
  );

  test('checks every trail in any Region if it may be about the organization', async () => {
    account.deliver({ drop: true });
    await stop();

    await account.invoke(eventOf({ requestParameters: null, awsRegion: 'eu-central-1' }));

    expect(await account.auditTrail()).toEqual(asCaptured);
  });
});

describe('an invalid event', () => {
  test('is refused with field and remedy, and makes no API call', async () => {
    const before = account.calls.length;

    const { error } = await account.invoke({ detail: { eventName: 'StopLogging' } });

    expect(error).toMatchObject({ errorType: 'InvalidEventError' });
    expect(error?.errorMessage).toContain('detail.awsRegion: is missing');
    expect(error?.errorMessage).toContain('as EventBridge delivers it');
    const calls = account.calls.slice(before).map(({ operation }) => operation);
    expect(calls).toEqual(['Invoke']);
  });

  test('of any form causes no write', async () => {
    await account.swept();
    const before = account.calls.length;
    await fc.assert(
      fc.asyncProperty(arbitraryJson(), async (event) => {
        await account.invoke(event);
      }),
      { numRuns: runs(60) },
    );

    const written = account.calls
      .slice(before)
      .filter(({ operation }) => !/^(Get|List|Head|Describe|Query|Invoke)/.test(operation));
    expect(written).toEqual([]);
    expect(await account.auditTrail()).toEqual(asCaptured);
  });
});

function operations(since: number): string[] {
  return account.writesSince(since).map(({ operation }) => operation);
}

/** Arbitrary JSON of growing size, some of it within a valid event. */
function arbitraryJson(): fc.Arbitrary<unknown> {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('__proto__', 'constructor', '\u0000', '\u202e', 'x'.repeat(300_000)),
  );
  const anything = fc.oneof(
    fc.jsonValue({ maxDepth: 4 }),
    text,
    fc.dictionary(text, fc.jsonValue(), { maxKeys: 3, noNullPrototype: true }),
    fc.integer({ min: 1, max: 2_000 }).map(nested),
  );
  const field = fc.constantFrom(
    'requestParameters',
    'userIdentity',
    'eventTime',
    'eventID',
    'responseElements',
    'awsRegion',
    'eventName',
    'eventSource',
    'errorCode',
  );
  const spoiled = fc.tuple(field, anything).map(([name, value]) => eventOf({ [name]: value }));
  return fc.oneof(anything, spoiled);
}

function nested(depth: number): unknown {
  return depth === 0 ? 'end' : { detail: nested(depth - 1) };
}
