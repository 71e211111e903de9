import { randomUUID } from 'node:crypto';
import {
  CreateTrailCommand,
  PutEventSelectorsCommand,
  StopLoggingCommand,
} from '@aws-sdk/client-cloudtrail';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { testAccount } from '../support/account.ts';
import { weakenings } from '../support/attacks.ts';
import { eventOf } from '../support/cloudtrail-event.ts';
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

const { stop, start, remove, update } = trailCalls(account);

describe('an attack is reverted by its event, without a sweep:', () => {
  const names = { 'by name': () => 'org-trail', 'by ARN': () => account.trail };

  describe.each(Object.entries(names))('%s,', (_, name) => {
    test('UpdateTrail', async () => {
      await update({ S3BucketName: 'attacker-bucket' }, name());
      await account.settled();

      expect(await account.auditTrail()).toEqual(asCaptured);
    });

    test('StopLogging', async () => {
      await stop(name());
      await account.settled();

      expect(await account.auditTrail()).toEqual(asCaptured);
    });

    test('DeleteTrail', async () => {
      await remove(name());
      await account.settled();

      expect(await account.auditTrail()).toEqual(asCaptured);
    });
  });

  test('to the version that was captured since the last event', async () => {
    await stop();
    await account.settled();
    account.deliver({ drop: true });
    await update({ S3KeyPrefix: 'moved' });
    await account.trailkeeper(['capture', account.trail, '--reason', 'moved', '--yes']);
    const moved = await account.auditTrail();
    account.deliver({ drop: false });

    await update({ S3KeyPrefix: 'away' });
    await account.settled();

    expect(await account.auditTrail()).toEqual(moved);
    await account.reset();
  });

  test('everything at once, then stop', async () => {
    await update(weakenings['everything at once'] ?? {});
    await stop();
    await account.settled();

    expect(await account.auditTrail()).toEqual(asCaptured);
  });

  test('stop, start, stop', async () => {
    await Promise.all([stop(), start(), stop()]);
    await account.settled();

    expect(await account.auditTrail()).toEqual(asCaptured);
  });

  test('delete, and recreate weaker under the same name', async () => {
    account.deliver({ paused: true });
    await remove();
    const weak = { Name: 'org-trail', S3BucketName: 'attacker-bucket' };
    await account.outsider.send(new CreateTrailCommand(weak));
    account.deliver({ paused: false });
    await account.settled();

    expect(await account.auditTrail()).toEqual(asCaptured);
  });
});

describe('the trail is restored if its event arrives', () => {
  test('twice: the second one writes nothing', async () => {
    account.deliver({ duplicate: true });
    const before = account.calls.length;
    await stop();
    await account.settled();

    expect(await account.auditTrail()).toEqual(asCaptured);
    expect(operations(before)).toEqual(['StartLogging']);
  });

  test('late', async () => {
    account.deliver({ delayMs: 300 });
    await remove();
    await account.settled();

    expect(await account.auditTrail()).toEqual(asCaptured);
  });

  test('in reverse order', async () => {
    account.deliver({ reorderMs: 200 });
    await stop();
    await start();
    await update({ S3BucketName: 'attacker-bucket' });
    await stop();
    await account.settled();

    expect(await account.auditTrail()).toEqual(asCaptured);
  });

  test('after a sweep has restored the trail: it writes nothing', async () => {
    account.deliver({ paused: true });
    await stop();
    await account.swept();
    const before = account.calls.length;
    account.deliver({ paused: false });
    await account.settled();

    expect(operations(before)).toEqual([]);
    expect(await account.auditTrail()).toEqual(asCaptured);
  });

  test('never: the next sweep restores it', async () => {
    account.deliver({ drop: true });
    await stop();
    await account.settled();
    expect(await account.auditTrail()).toMatchObject({ IsLogging: false });

    await account.swept();

    expect(await account.auditTrail()).toEqual(asCaptured);
  });

  test('never because no trail logs: the next sweep restores it', async () => {
    account.deliver({ requiresLoggingTrail: true });
    await stop();
    await update({ S3BucketName: 'attacker-bucket' });
    await account.settled();
    expect(await account.auditTrail()).toMatchObject({ IsLogging: false });

    await account.swept();
    await account.settled();

    expect(await account.auditTrail()).toEqual(asCaptured);
  });

  test('at the same time as many others', async () => {
    await Promise.all([
      stop(),
      update({ S3BucketName: 'attacker-bucket' }),
      update({ KmsKeyId: '' }),
      stop(),
      update({ IsMultiRegionTrail: false }),
    ]);
    await account.settled();

    expect(await account.auditTrail()).toEqual(asCaptured);
  });
});

describe('trailkeeper’s own calls', () => {
  test('cause events that read nothing of the trail and write nothing', async () => {
    await stop();
    await account.settled();
    const mine = account.calls.findLast(({ operation }) => operation === 'StartLogging');
    const ownEvents = account.invocations.filter(({ payload }) =>
      JSON.stringify(payload).includes('"eventName":"StartLogging"'),
    );
    expect(mine?.principal).toContain(':assumed-role/');
    expect(ownEvents.length).toBeGreaterThan(0);

    const before = account.calls.length;
    await account.invoke(ownEvents.at(-1)?.payload);

    const calls = account.calls.slice(before).map(({ operation }) => operation);
    expect(calls.filter((operation) => /^(GetTrail|GetEvent|ListTags)/.test(operation))).toEqual(
      [],
    );
    expect(
      calls.filter((operation) => !/^(Get|List|Head|Describe|Query|Invoke)/.test(operation)),
    ).toEqual([]);
  });
});

describe('a failed repair does not trigger itself repeatedly:', () => {
  test('a refused write is attempted once, and its event writes nothing', async () => {
    account.deliver({ paused: true });
    await update({ S3KeyPrefix: 'elsewhere' });
    const refused = { operation: 'UpdateTrail', error: 'InsufficientS3BucketPolicyException' };
    await account.fault({ service: 'cloudtrail', ...refused, times: 1000 });
    const before = account.calls.length;
    account.deliver({ paused: false });
    await account.settled();

    expect(operations(before)).toHaveLength(1);
    await account.clearFaults();
  });

  test('a write without effect is attempted once per Lambda attempt', async () => {
    account.deliver({ paused: true });
    await update({ S3KeyPrefix: 'elsewhere' });
    const lost = { operation: 'UpdateTrail', error: null };
    await account.fault({ service: 'cloudtrail', ...lost, times: 1000 });
    const before = account.calls.length;
    account.deliver({ paused: false });
    await account.settled();

    expect(operations(before)).toEqual(['UpdateTrail', 'UpdateTrail', 'UpdateTrail']);
    expect(await account.deadLetterCount()).toBe(1);

    await account.clearFaults();
    await account.trailkeeper(['redrive', '--yes']);
    expect(await account.auditTrail()).toEqual(asCaptured);
  });

  test('another caller with trailkeeper’s role is reported as someone else', async () => {
    account.deliver({ drop: true });
    const role = account.calls.findLast(({ principal }) => principal.includes('Trailkeeper-'));
    const name = role?.principal.split('/')[1];
    const sessionIssuer = { arn: `arn:aws:iam::111122223333:role/${name}` };
    const userIdentity = { type: 'AssumedRole', sessionContext: { sessionIssuer } };
    const requestParameters = { name: 'org-trail' };
    const requestID = randomUUID();

    for (const eventName of ['UpdateTrail', 'StartLogging', 'StopLogging']) {
      await stop();
      await account.invoke(eventOf({ eventName, requestID, userIdentity, requestParameters }));
      expect(await account.auditTrail()).toEqual(asCaptured);
    }
  });
});

describe('an incident keeps the actor:', () => {
  test.each([
    ['mallory', { type: 'IAMUser', name: 'mallory', issuer: null }],
    ['root', { type: 'Root', name: 'root' }],
    ['role-mallory', { type: 'AssumedRole', issuer: 'OrganizationAccountAccessRole' }],
    ['sso-mallory', { type: 'SSO', name: 'mallory', issuer: 'AdministratorAccess' }],
    ['federated-mallory', { type: 'FederatedUser', name: 'mallory', issuer: 'federation' }],
  ])('%s', async (accessKeyId, principal) => {
    const client = account.clientOf(accessKeyId);
    await client.send(new StopLoggingCommand({ Name: 'org-trail' }));
    await account.settled();

    const [incident] = await account.incidents();
    expect(incident).toMatchObject({
      trail: account.trail,
      state: 'restored',
      cause: {
        eventName: 'StopLogging',
        region: 'us-east-1',
        sourceIp: expect.any(String),
        userAgent: expect.stringContaining('aws-sdk-js'),
        principal: { ...principal, accountId: '111122223333' },
        error: null,
      },
    });
  });

  test('of a change that a sweep reverted before the event arrived', async () => {
    account.deliver({ paused: true });
    await stop();
    await account.swept();
    account.deliver({ paused: false });
    await account.settled();

    expect(await account.incidents()).toMatchObject([
      { state: 'restored', cause: { eventName: 'StopLogging', principal: { name: 'mallory' } } },
    ]);
  });

  test('of an interruption that ended before it was checked', async () => {
    account.deliver({ paused: true });
    await stop();
    await start();
    account.deliver({ paused: false });
    await account.settled();

    const [incident, ...others] = await account.incidents();
    expect(incident).toMatchObject({ state: 'reverted', callCount: 2 });
    const calls = incident?.calls.map(({ call }) => `${call.principal.name} ${call.eventName}`);
    expect(calls?.toSorted()).toEqual(['mallory StartLogging', 'mallory StopLogging']);
    expect(others).toEqual([]);
  });

  test('an event with a known ID does not replace the stored call', async () => {
    await stop();
    await account.settled();
    const [kept] = await account.incidents();
    const forged = {
      eventID: kept?.cause?.eventId,
      eventTime: kept?.cause?.at,
      requestParameters: { name: 'org-trail' },
      userIdentity: { type: 'IAMUser', userName: 'alice' },
      errorCode: 'AccessDenied',
    };
    await account.invoke(eventOf(forged));

    expect(await account.incidents()).toEqual([kept]);
  });

  test('a status that cannot be written fails the function, and Lambda retries it', async () => {
    const denied = { operation: 'PutItem', error: 'AccessDeniedException' };
    await account.fault({ service: 'dynamodb', ...denied, times: 2 });
    await stop();
    await account.settled();

    expect(failures()).toContain('AccessDeniedException');
    expect(await account.incidents()).toMatchObject([
      { cause: { principal: { name: 'mallory' } } },
    ]);
    expect(await account.auditTrail()).toEqual(asCaptured);
    expect(await account.deadLetterCount()).toBe(0);
  });

  test('a status that cannot be read does not prevent a restore', async () => {
    const broken = { operation: 'GetItem', error: 'ValidationException', times: 1 };
    await account.fault({ service: 'dynamodb', ...broken });
    await stop();
    await account.settled();

    expect(failures()).not.toContain('Runtime.ExitError');
    expect(await account.auditTrail()).toEqual(asCaptured);
    expect(await account.incidents()).toMatchObject([{ state: 'restored' }]);
  });

  const malformed: readonly (readonly [what: string, row: object])[] = [
    ['no JSON', { status: 'x', revision: 1 }],
    ['no object', { status: '5', revision: 'x' }],
    ['a list', { status: '[]', revision: 0 }],
    ['no text', { status: 5, revision: null }],
    ['a revision that is text', { status: '{}', revision: '1' }],
    ['an empty revision', { status: '{}', revision: '' }],
    [
      'fields of another shape',
      {
        status: JSON.stringify({
          ...{ open: 5, lastInSyncAt: 'x', logging: null, bucketLoss: 7, ownRequests: 'x' },
          ...{ repairs: { 'logging.IsLogging': 'x' }, recordedEvents: 3 },
          ...{ windows: { a: null }, outbox: { b: [null] } },
        }),
        revision: { a: 1 },
      },
    ],
    [
      'an incident without its fields',
      {
        status: JSON.stringify({
          open: { incident: { id: 'x', state: 'restored' }, known: [], leases: {} },
          outbox: { '2026-11-22T10:00:00Z#a': { event: '' }, b: { incident: {} } },
        }),
        revision: 1,
      },
    ],
  ];
  test.each(malformed)(
    'a status row with %s is overwritten, and people are notified',
    async (_what, row) => {
      const Item = { pk: `incident#${account.trail}`, sk: 'status', ...row };
      await account.table.send(new PutCommand({ TableName: account.tableName, Item }));
      const before = (await account.slack()).length;
      await stop();
      await account.settled();

      expect(await account.auditTrail()).toEqual(asCaptured);
      expect(await account.incidents()).toMatchObject([{ state: 'restored' }]);
      expect((await account.slack()).length).toBeGreaterThan(before);
    },
  );

  test('a sweep that repaired drift keeps an incident without a cause', async () => {
    account.deliver({ drop: true });
    await stop();
    await account.swept();

    const [incident] = await account.incidents();
    expect(incident).toMatchObject({ state: 'restored', cause: null });
  });

  describe('an incident with selectors that are too large for a row or log line', () => {
    const NotEquals = Array.from({ length: 400 }, (_, i) => `${i}`.padEnd(2000, 'x'));
    const category = { Field: 'eventCategory', Equals: ['Management'] };
    const FieldSelectors = [category, { Field: 'eventSource', NotEquals }];
    const AdvancedEventSelectors = [{ Name: 'all except these', FieldSelectors }];
    const attack = () =>
      account.outsider.send(
        new PutEventSelectorsCommand({ TrailName: 'org-trail', AdvancedEventSelectors }),
      );
    // With this many values trailkeeper can report only that events may be lost.
    const lost = /no longer (be )?recorded/;
    const outcome = {
      plan: {
        findings: expect.arrayContaining([
          expect.objectContaining({
            kind: 'event-selectors',
            changes: expect.arrayContaining([
              expect.objectContaining({
                impact: expect.objectContaining({
                  description: expect.stringMatching(lost),
                }),
              }),
            ]),
          }),
        ]),
      },
    };
    const reported = {
      episodes: [
        { outcome: expect.objectContaining({ plan: expect.objectContaining(outcome.plan) }) },
      ],
    };

    test('by its event', async () => {
      const before = account.invocations.length;
      await attack();
      await account.settled();

      expect(await account.auditTrail()).toEqual(asCaptured);
      const cause = { eventName: 'PutEventSelectors', principal: { name: 'mallory' } };
      expect(await account.incidents()).toMatchObject([{ ...reported, state: 'restored', cause }]);
      const lines = account.invocations.slice(before).flatMap(({ log }) => log);
      expect(lines.join()).toMatch(lost);
      expect(Math.max(...lines.map((line) => Buffer.byteLength(line)))).toBeLessThan(256_000);
    });

    test('by a sweep', async () => {
      account.deliver({ drop: true });
      await attack();
      const reports = await account.swept();

      expect(await account.auditTrail()).toEqual(asCaptured);
      expect(await account.incidents()).toMatchObject([
        { ...reported, state: 'restored', cause: null },
      ]);
      expect(reports).toMatchObject([{ outcome, verdict: 'restored' }]);
      expect(JSON.stringify(reports).length).toBeLessThan(200_000);
    });
  });
});

/** Why invocations failed. */
const failures = (): string =>
  JSON.stringify(account.invocations.map((one) => ('error' in one ? one.error : null)));

function operations(since: number): string[] {
  return account.writesSince(since).map(({ operation }) => operation);
}
