import { randomUUID } from 'node:crypto';
import {
  CreateTrailCommand,
  DeleteTrailCommand,
  PutEventSelectorsCommand,
  StartLoggingCommand,
  StopLoggingCommand,
  UpdateTrailCommand,
} from '@aws-sdk/client-cloudtrail';
import { DisableKeyCommand } from '@aws-sdk/client-kms';
import { DisableAWSServiceAccessCommand } from '@aws-sdk/client-organizations';
import { DeleteTopicCommand } from '@aws-sdk/client-sns';
import { PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { readReport, waitForReport } from '#backfill/client.ts';
import { type BackfillState, progressOf } from '#backfill/job-state.ts';
import { triggers } from '#drift/index.ts';
import { type Account, ownAccount, startAccount } from '../support/account.ts';
import { ago, backfillsOf } from '../support/backfill.ts';

/** The number of calls that the drift kinds listen to. Each is looked up only in its Region. */
const eventNames = new Set(triggers.flatMap((hint) => hint.eventNames)).size;

let account: Account;
let backfills: ReturnType<typeof backfillsOf>;
let asCaptured: unknown;

beforeAll(async () => {
  account = await startAccount();
  backfills = backfillsOf(account);
  asCaptured = await account.auditTrail();
});
beforeEach(async () => {
  await account.reset();
  account.deliver({ drop: true, lambdaRetryMs: 10 });
  await backfills.configure();
  // The trail was created a day before the test.
  await backfills.age(24 * 60);
});
afterAll(() => account.stop());

const stop = () => account.outsider.send(new StopLoggingCommand({ Name: 'org-trail' }));
const start = () => account.outsider.send(new StartLoggingCommand({ Name: 'org-trail' }));
const update = (patch: object) =>
  account.outsider.send(new UpdateTrailCommand({ Name: 'org-trail', ...patch }));

/** A window of two hours that ended an hour ago: event history is complete. */
const closed = () => ({ from: ago(180), to: ago(60) });

describe('a change to a trail', () => {
  test('by a call on one of its destinations is reported, but not by calls on others', async () => {
    const { SnsTopicARN, KmsKeyId } = (await account.auditTrail()) as Record<string, string>;
    await account.kms.send(new DisableKeyCommand({ KeyId: KmsKeyId }));
    await account.clientsOf().sns.send(new DeleteTopicCommand({ TopicArn: SnsTopicARN }));
    const elsewhere = SnsTopicARN?.replace('org-trail-delivered', 'someone-elses');
    await account.clientsOf().sns.send(new DeleteTopicCommand({ TopicArn: elsewhere }));
    await backfills.age(90);

    const { trails } = await backfills.report(closed());

    const reported = trails.flatMap(({ calls }) =>
      calls.map(({ eventName, by }) => [eventName, by]),
    );
    expect(reported.toSorted()).toEqual([
      ['DeleteTopic', 'mallory (IAMUser) from 198.51.100.23'],
      ['DisableKey', 'mallory (IAMUser) from 198.51.100.23'],
    ]);
  });

  test('is reported with actor, source address, impact and restore', async () => {
    await stop();
    await backfills.age(10);
    await account.swept();
    await backfills.age(90);
    const [stopped, started] = await Promise.all(
      ['StopLogging', 'StartLogging'].map((name) => backfills.timeOf(name)),
    );

    const { trails } = await backfills.report(closed());

    expect(trails).toMatchObject([
      {
        trail: account.trail,
        version: 1,
        calls: [
          {
            eventName: 'StopLogging',
            region: 'us-east-1',
            by: 'mallory (IAMUser) from 198.51.100.23',
            cause: { sourceIp: '198.51.100.23', selfTriggered: false, error: null },
            drifts: [
              {
                description: 'nothing is recorded: logging is off',
                severity: 'critical',
                reverted: { at: started, by: { eventName: 'StartLogging' } },
              },
            ],
          },
          { eventName: 'StartLogging', cause: { selfTriggered: true }, drifts: [] },
        ],
        gaps: [{ kind: 'logging', from: stopped, to: started, isCertain: true, isOpen: false }],
        now: { verdict: 'in-sync', found: [], left: [] },
      },
    ]);
  });

  test('is a gap without a start if it began before the window', async () => {
    await stop();
    await backfills.age(90);

    const { trails, text } = await backfills.report({ from: ago(60), to: ago(0) });

    expect(trails[0]).toMatchObject({
      calls: [],
      gaps: [{ kind: 'logging', isOpen: true, isCertain: false, isFromBefore: true }],
      unexplained: ['logging.IsLogging'],
    });
    expect(text.join('\n')).toContain('began before the window, or by an unknown call');
  });

  test('leaves gaps unknown if the window ended earlier', async () => {
    await backfills.age(90);
    await stop();

    const { trails, text } = await backfills.report(closed());

    expect(trails[0]).toMatchObject({ calls: [], gaps: [], unexplained: ['logging.IsLogging'] });
    expect(text.join('\n')).not.toContain('nothing is missing');
    expect(text.join('\n')).toContain('whether anything is missing from the record is not known');
    expect(text.join('\n')).toMatch(/began before or after the window/);
  });

  test('is known from its incident if it began before the window', async () => {
    await stop();
    const refused = { operation: 'StartLogging', error: 'AccessDeniedException', times: 99 };
    await account.fault({ service: 'cloudtrail', ...refused });
    await account.swept().catch(() => {});
    await backfills.age(90);
    await pastSecond();
    const from = ago(0);
    await pastSecond();

    const { trails } = await backfills.report({ from, to: ago(0) });

    expect(trails[0]?.gaps).toMatchObject([
      { kind: 'logging', isCertain: true, isOpen: true, isFromBefore: true },
    ]);
    expect(trails[0]?.unexplained).toEqual([]);
  });

  test('is also reported as text', async () => {
    await stop();
    await backfills.age(90);

    const { text } = await backfills.report(closed());

    expect(text.join('\n')).toMatch(/1 call\n +.*StopLogging in us-east-1 by mallory/);
    expect(text.join('\n')).toContain('critical: nothing is recorded: logging is off');
    expect(text.join('\n')).toContain('now: drifted');
  });

  test('is searched in every home Region and the Region of Organizations', async () => {
    const west = account.clientOf('mallory', 'eu-central-1');
    const { TrailARN = '' } = await west.send(
      new CreateTrailCommand({ Name: 'west', S3BucketName: 'org-trail-logs' }),
    );
    await west.send(new StartLoggingCommand({ Name: 'west' }));
    expect(await account.trailkeeper(['capture', TrailARN, '--yes'])).toMatchObject({ code: 0 });
    await backfills.age(24 * 60);
    await west.send(new StopLoggingCommand({ Name: 'west' }));
    const { organizations } = account.clientsOf();
    const ServicePrincipal = 'cloudtrail.amazonaws.com';
    await organizations.send(new DisableAWSServiceAccessCommand({ ServicePrincipal }));
    await backfills.age(90);

    const { trails } = await backfills.report(closed());

    expect(
      trails.map(({ trail, calls }) => [
        trail,
        calls.map(({ eventName, region }) => `${eventName} ${region}`).toSorted(),
      ]),
    ).toEqual([
      [TrailARN, ['DisableAWSServiceAccess us-east-1', 'StopLogging eu-central-1']],
      [account.trail, ['DisableAWSServiceAccess us-east-1']],
    ]);
    // The trail of a single account loses no events without the organization.
    expect(trails.map(({ gaps }) => gaps.map(({ kind }) => kind))).toEqual([
      ['logging'],
      ['organization'],
    ]);
  });

  test('is found on any page of event history', async () => {
    await backfills.age(30);
    await account.admin('event-history', { records: callsOnOtherTrails(120) });
    await account.outsider.send(
      new UpdateTrailCommand({ Name: account.trail, S3KeyPrefix: 'elsewhere' }),
    );
    await account.admin('event-history', { records: callsOnOtherTrails(60) });
    await backfills.age(90);

    const { trails } = await backfills.report(closed());

    const pages = backfills
      .lookups()
      .filter(({ input }) => JSON.stringify(input).includes('"UpdateTrail"'));
    expect(pages).toHaveLength(4);
    expect(trails[0]?.calls.map(({ eventName }) => eventName)).toEqual(['UpdateTrail']);
  });

  test('that failed counts as an attempt without impact', async () => {
    await account.fault({ service: 'cloudtrail', operation: 'StopLogging', error: 'AccessDenied' });
    await stop().catch(() => {});
    await backfills.age(90);

    const { trails } = await backfills.report(closed());

    expect(trails[0]).toMatchObject({
      calls: [{ eventName: 'StopLogging', drifts: [], cause: { error: { code: 'AccessDenied' } } }],
      gaps: [],
    });
  });

  test('covers only the named trails', async () => {
    const other = await account.addTrail('other');
    await account.trailkeeper(['capture', other, '--yes']);
    await stop();
    await account.outsider.send(new StopLoggingCommand({ Name: other }));
    await backfills.age(90);

    const { trails } = await backfills.report({ ...closed(), trails: [other] });

    expect(trails.map(({ trail }) => trail)).toEqual([other]);
    expect(new Set(trails[0]?.calls.map(({ eventName }) => eventName))).toEqual(
      new Set(['CreateTrail', 'StartLogging', 'StopLogging']),
    );
  });

  test('by a delegated administrator is known from its incident, with its gap', async () => {
    account.deliver({ drop: false });
    await account.clientOf('222233334444').send(new StopLoggingCommand({ Name: account.trail }));
    await account.settled();
    expect(await account.auditTrail()).toEqual(asCaptured);

    const { trails } = await backfills.report({ from: ago(60), to: ago(0) });

    expect(trails[0]?.calls.map(({ eventName }) => eventName)).toContain('StopLogging');
    expect(trails[0]?.calls.find(({ eventName }) => eventName === 'StopLogging')).toMatchObject({
      cause: { principal: { accountId: '222233334444' } },
      drifts: [{ severity: 'critical', reverted: { by: { eventName: 'StartLogging' } } }],
    });
    expect(trails[0]?.gaps).toMatchObject([{ kind: 'logging', isCertain: true, isOpen: false }]);
    expect(trails[0]?.unknown.join()).toContain('event history of 222233334444 in us-east-1');
  });

  test('that was reverted without a known call is known from the trail’s status', async () => {
    const delegate = account.clientOf('222233334444');
    await account.swept();
    await pastSecond();
    await delegate.send(new StopLoggingCommand({ Name: account.trail }));
    await pastSecond();
    await delegate.send(new StartLoggingCommand({ Name: account.trail }));
    await account.swept();

    const { trails } = await backfills.report({ from: ago(60), to: ago(0) });

    expect(trails[0]?.calls).toEqual([]);
    expect(trails[0]?.gaps).toMatchObject([{ kind: 'trail', isCertain: true, isOpen: false }]);
  });

  test('is reported as made before the capture', async () => {
    await account.outsider.send(new DeleteTrailCommand({ Name: 'org-trail' }));
    await account.outsider.send(
      new CreateTrailCommand({ Name: 'org-trail', S3BucketName: 'org-trail-logs' }),
    );
    await start();
    await backfills.age(5);
    await account.outsider.send(
      new PutEventSelectorsCommand({
        TrailName: 'org-trail',
        EventSelectors: [{ ReadWriteType: 'ReadOnly', IncludeManagementEvents: true }],
      }),
    );
    await backfills.age(90);

    const { trails } = await backfills.report(closed());

    expect(trails[0]?.unknown.join()).toMatch(
      /version 1 of the baseline was captured at .*: earlier/,
    );
    expect(trails[0]?.gaps.map(({ kind, path }) => `${kind}.${path}`)).toEqual(
      expect.arrayContaining(['settings.IsMultiRegionTrail', 'event-selectors.EventSelectors']),
    );
  });

  test('is unknown for a trail with an invalid baseline, but its calls are reported', async () => {
    const { TrailARN = '' } = await account.outsider.send(
      new CreateTrailCommand({ Name: 'second', S3BucketName: 'org-trail-logs' }),
    );
    const Item = { pk: 'incident#in-force', sk: TrailARN };
    await account.table.send(new PutCommand({ TableName: account.tableName, Item }));
    await backfills.age(24 * 60);
    await account.outsider.send(new StopLoggingCommand({ Name: TrailARN }));
    await backfills.age(90);

    const { trails } = await backfills.report({ ...closed(), trails: [TrailARN] });

    expect(trails).toMatchObject([
      {
        version: null,
        calls: [{ eventName: 'StopLogging' }],
        unknown: [expect.stringMatching(/its baseline cannot be used/)],
        now: {
          verdict: 'broken',
          found: [expect.stringMatching(/npx --no -- trailkeeper capture/)],
        },
      },
    ]);
  });
});

describe('a trail that is still drifted', () => {
  test('is only reported in observe mode, which is the default of a payload', async () => {
    await stop();
    await backfills.age(90);
    const start = account.calls.length;
    const drifted = await account.auditTrail();

    const { mode, trails } = await backfills.report(closed());

    expect(mode).toBe('observe');
    expect(trails[0]?.now).toMatchObject({ verdict: 'drifted', applied: [], incident: null });
    expect(await account.auditTrail()).toEqual(drifted);
    expect(account.writesSince(start)).toEqual([]);
    expect(await account.incidents()).toEqual([]);
  });

  test('is restored in enforce mode, once', async () => {
    await stop();
    await update({ S3KeyPrefix: 'elsewhere' });
    await backfills.age(90);
    const start = account.calls.length;
    const payload = { ...closed(), mode: 'enforce' };

    const first = await backfills.report(payload);
    const second = await backfills.report(payload);

    expect(await account.auditTrail()).toEqual(asCaptured);
    expect(account.writesSince(start).map(({ operation }) => operation)).toEqual([
      'UpdateTrail',
      'StartLogging',
    ]);
    expect(first.trails[0]?.now).toMatchObject({
      verdict: 'restored',
      applied: ['UpdateTrail', 'StartLogging'],
      left: [],
    });
    expect(second).toEqual(first);
    // The window does not show whether someone reverted that later and someone else repeated it.
    expect(await account.incidents()).toMatchObject([
      { cause: null, episodes: [{ outcome: { applied: [{}, {}] } }] },
    ]);
  });

  test('is restored with the causing call if the window ends now', async () => {
    await stop();
    await update({ S3KeyPrefix: 'elsewhere' });
    await backfills.age(30);

    await backfills.report({ from: ago(60), to: ago(0), mode: 'enforce' });

    expect(await account.auditTrail()).toEqual(asCaptured);
    expect(await account.incidents()).toMatchObject([
      {
        cause: { principal: { name: 'mallory' } },
        episodes: [{ outcome: { applied: [{}, {}] } }],
      },
    ]);
  });

  test('has no cause if its calls were reverted', async () => {
    const { S3BucketName } = asCaptured as Record<string, string>;
    await update({ S3KeyPrefix: 'elsewhere' });
    await backfills.age(90);
    await update({ S3BucketName: 'attacker-bucket' });
    await backfills.age(10);
    await account
      .clientOf('222233334444')
      .send(new UpdateTrailCommand({ Name: account.trail, S3BucketName }));

    const { trails } = await backfills.report({ from: ago(60), to: ago(0), mode: 'enforce' });

    expect(trails[0]?.calls.map(({ eventName }) => eventName)).toEqual(['UpdateTrail']);
    expect(trails[0]?.now).toMatchObject({ verdict: 'restored', applied: ['UpdateTrail'] });
    const restored = (await account.incidents()).filter(({ state }) => state === 'restored');
    expect(restored).toMatchObject([{ cause: null }]);
  });

  test('is reported as restored with the error if publishing the incident fails', async () => {
    await stop();
    await backfills.age(90);
    const refused = { operation: 'PutEvents', error: 'AccessDeniedException', times: 99 };
    await account.fault({ service: 'events', ...refused });

    const { trails, text } = await backfills.report({ ...closed(), mode: 'enforce' });

    expect(await account.auditTrail()).toEqual(asCaptured);
    expect(trails[0]?.now).toMatchObject({
      verdict: 'restored',
      found: ['logging.IsLogging is false, must be true'],
      left: [],
      applied: ['StartLogging'],
      problem: expect.stringMatching(/AccessDenied/),
    });
    expect(text.join('\n')).toMatch(/applied: StartLogging\n +failed: .*AccessDenied/);
  });

  test('is reported as restored in a report that is built again', async () => {
    await stop();
    await backfills.age(90);
    const payload = { ...closed(), mode: 'enforce' };
    const first = await backfills.report(payload);
    const row = (await rows()).find(({ sk }) => /^2.*#state$/.test(String(sk)));
    const state = JSON.parse(String(row?.state)) as BackfillState;
    const unsaved = { ...row, state: JSON.stringify({ ...state, status: 'running', parts: 0 }) };
    await account.table.send(new PutCommand({ TableName: account.tableName, Item: unsaved }));

    await backfills.invokeLater({
      ...state.request,
      trails: undefined,
      resume: true,
    });
    await account.settled();

    const again = await readReport(backfills.client, state.key);
    expect(again?.report?.trails[0]?.now).toEqual(first.trails[0]?.now);
    expect(again?.report?.trails[0]?.now.applied).toEqual(['StartLogging']);
  });

  test('that cannot be restored is reported as such, and the report is completed', async () => {
    await update({ S3KeyPrefix: 'elsewhere' });
    await backfills.age(90);
    const refused = { operation: 'UpdateTrail', error: 'InsufficientS3BucketPolicyException' };
    await account.fault({ service: 'cloudtrail', ...refused, times: 9 });

    const { trails } = await backfills.report({ ...closed(), mode: 'enforce' });

    expect(trails[0]?.now).toMatchObject({
      applied: ['UpdateTrail failed: InsufficientS3BucketPolicyException'],
      left: [expect.stringMatching(/S3KeyPrefix is "elsewhere"/)],
    });
    expect(trails[0]?.now.verdict).not.toBe('restored');
  });

  test('is not restored if the deployed mode is observe: the payload is refused', async () => {
    const observing = await ownAccount({ mode: 'observe' });
    const start = observing.calls.length;

    const refused = backfillsOf(observing).start({ ...closed(), mode: 'enforce' });

    await expect(refused).rejects.toMatchObject({
      name: 'InvalidPayloadError',
      message: expect.stringMatching(/^mode: must be "observe".*"mode": "enforce" in cdk.json/),
    });
    expect(observing.writesSince(start)).toEqual([]);
  });
});

describe('near its time limit', () => {
  test('the function continues in a new invocation, without gaps or duplicates', async () => {
    await stop();
    await account.admin('event-history', { records: callsOnOtherTrails(120) });
    await update({ S3KeyPrefix: 'elsewhere' });
    await backfills.age(90);
    const window = closed();
    const atOnce = await backfills.report(window);
    const lookups = backfills.lookups().length;
    await backfills.configure({ timeout: 60 });
    const before = account.invocations.length;

    const inParts = await backfills.report({ ...window, trails: [account.trail] });

    expect(inParts).toEqual(atOnce);
    expect(backfills.lookups()).toHaveLength(2 * lookups);
    // The first invocation starts, each further one reads a page, and the last one writes the report.
    expect(account.invocations.length - before).toBe(lookups + 2);
    expect(lookups).toBeGreaterThan(eventNames);
  });

  test('an event that arrives twice does the work once', async () => {
    await stop();
    await backfills.age(90);
    await backfills.configure({ timeout: 60 });
    const { report: key } = await backfills.start(closed());
    await account.settled();
    const lookups = backfills.lookups().length;
    const legs = account.invocations.map(({ payload }) => payload as { resume?: true });

    for (const leg of legs.filter(({ resume }) => resume)) await backfills.invokeLater(leg);
    await account.settled();

    expect(backfills.lookups()).toHaveLength(lookups);
    expect((await readReport(backfills.client, key))?.report?.trails[0]?.calls).toHaveLength(1);
  });

  test('a function without permission to invoke itself reports the remedy', async () => {
    const denied = { operation: 'Invoke', error: 'AccessDeniedException', times: 99 };
    await backfills.configure({ timeout: 60 });
    const { report: key } = await backfills.start(closed());
    await account.fault({ service: 'lambda', ...denied });
    await account.settled();

    const waiting = waitForReport(backfills.client, key, { now: () => new Date(), pause });

    await expect(waiting).rejects.toThrow(
      /^the next invocation cannot be started: AccessDenied.*lambda:InvokeFunction back/,
    );
  });

  test('a lookup whose token expired starts again, without duplicates', async () => {
    await account.admin('event-history', { records: callsOnOtherTrails(600) });
    await update({ S3KeyPrefix: 'elsewhere' });
    await backfills.age(90);
    await backfills.configure({ timeout: 60 });
    const { report: key } = await backfills.start(closed());
    await until(() => backfills.lookups().some(({ input }) => input.NextToken !== undefined));
    const stale = { operation: 'LookupEvents', error: 'InvalidNextTokenException' };
    await account.fault({ service: 'cloudtrail', ...stale });
    await account.settled();

    const found = await readReport(backfills.client, key);

    expect(backfills.lookups().filter(({ error }) => error === stale.error)).toHaveLength(1);
    expect(found?.report?.trails[0]?.calls).toHaveLength(1);
  });
});

describe('lookups that AWS refuses', () => {
  test('are retried until throttling ends', async () => {
    await stop();
    await backfills.age(90);
    await account.admin('throttling', { writesPerSecond: null, lookupsPerSecond: 8 });

    const { trails } = await backfills.report(closed());

    expect(backfills.lookups().some(({ error }) => error === 'ThrottlingException')).toBe(true);
    expect(trails[0]?.calls).toMatchObject([{ eventName: 'StopLogging' }]);
  });

  test('end the backfill with the remedy if access is denied', async () => {
    const denied = { operation: 'LookupEvents', error: 'AccessDeniedException', times: 99 };
    await account.fault({ service: 'cloudtrail', ...denied });

    const { report: key } = await backfills.start(closed());
    await account.settled();

    const waiting = waitForReport(backfills.client, key, { now: () => new Date(), pause });
    await expect(waiting).rejects.toThrow(
      /^lookup of \w+ in us-east-1: AccessDeniedException: .*Trailkeeper-Reconcile .*cloudtrail:LookupEvents.*npx cdk deploy/,
    );
    expect(backfills.lookups()).toHaveLength(1);
    // The function fails once, which triggers its alarm, and nothing is abandoned.
    expect(account.invocations.filter((one) => 'error' in one)).toHaveLength(1);
    expect(await account.deadLetterCount()).toBe(0);
    await account.clearFaults();
    expect(await backfills.report(closed())).toMatchObject({ mayGrow: false });
  });

  test('are retried by Lambda from the failed page if they fail temporarily', async () => {
    await stop();
    await backfills.age(90);
    const passing = { operation: 'LookupEvents', error: 'ConflictException' };
    await account.fault({ service: 'cloudtrail', ...passing, times: 2 });

    const { trails } = await backfills.report(closed());

    expect(trails[0]?.calls).toHaveLength(1);
    expect(backfills.lookups()).toHaveLength(eventNames + 2);
    expect(await account.deadLetterCount()).toBe(0);
  });

  test('end the backfill with the error if they keep failing', async () => {
    const passing = { operation: 'LookupEvents', error: 'ConflictException' };
    await account.fault({ service: 'cloudtrail', ...passing, times: 99 });

    const { report: key } = await backfills.start(closed());
    await account.settled();

    const { state } = (await readReport(backfills.client, key)) ?? {};
    expect(state).toMatchObject({ status: 'failed', problem: expect.stringMatching(/Conflict/) });
    expect(backfills.lookups()).toHaveLength(3);
  });
});

describe('a second start for the same window', () => {
  test('joins the first while it is running', async () => {
    await stop();
    await backfills.age(90);
    const window = closed();

    const answers = await Promise.all([1, 2, 3].map(() => backfills.start(window)));
    await account.settled();

    expect(new Set(answers.map(({ report }) => report)).size).toBe(1);
    expect(backfills.lookups()).toHaveLength(eventNames);
    const found = await readReport(backfills.client, answers[0]?.report ?? '');
    expect(found?.state).toMatchObject({ status: 'done', run: 1 });
  });

  test('returns the same report without lookups and writes if event history is complete', async () => {
    await stop();
    await backfills.age(90);
    const window = closed();
    const first = await backfills.report(window);
    const before = account.calls.length;
    await start();

    const second = await backfills.report(window);

    expect(second).toEqual(first);
    expect(backfills.keptSince(before)).toEqual([]);
    expect(backfills.lookups()).toHaveLength(eventNames);
  });

  test('looks again if event history may be incomplete, and says that the report may grow', async () => {
    await account.admin('event-history', { lagMs: 10 * 60_000 });
    await stop();
    await backfills.age(5);
    const window = { from: ago(60), to: ago(1) };

    const first = await backfills.report(window);
    await account.admin('event-history', { lagMs: 0 });
    const second = await backfills.report(window);

    expect([first, second].map(({ mayGrow }) => mayGrow)).toEqual([true, true]);
    expect([first, second].map(({ trails }) => trails[0]?.calls.length)).toEqual([0, 1]);
    expect(first.text[1]).toMatch(/may still hear of calls/);
  });

  test('looks again if another trail is protected now', async () => {
    const other = await account.addTrail('other');
    await account.outsider.send(new StopLoggingCommand({ Name: other }));
    await account.outsider.send(new StartLoggingCommand({ Name: other }));
    await backfills.age(90);
    const window = closed();
    const first = await backfills.report(window);
    await account.trailkeeper(['capture', other, '--yes']);

    const second = await backfills.report(window);

    expect([first, second].map(({ trails }) => trails.length)).toEqual([1, 2]);
    expect(second.trails.find(({ trail }) => trail === other)?.calls.length).toBeGreaterThan(2);
  });

  test('continues the first if that has stopped', async () => {
    await account.admin('event-history', { records: callsOnOtherTrails(60) });
    await update({ S3KeyPrefix: 'elsewhere' });
    await backfills.age(90);
    await backfills.configure({ timeout: 60 });
    const window = closed();
    const { report: key } = await backfills.start(window);
    await until(() => backfills.lookups().length > 5);
    await account.admin('faults', {
      service: 'lambda',
      operation: 'Invoke',
      error: 'Denied',
      times: 99,
    });
    await account.settled();
    await account.clearFaults();
    await abandon(key);
    const lookups = backfills.lookups().length;

    const report = await backfills.report(window);

    expect(report.trails[0]?.calls).toHaveLength(1);
    expect(lookups).toBeLessThan(eventNames + 1);
    expect(backfills.lookups()).toHaveLength(eventNames + 1);
  });
});

describe('a waiting command', () => {
  test('prints progress whenever there is some', async () => {
    await stop();
    await backfills.age(90);
    const reported: BackfillState[] = [];
    const { report: key } = await backfills.start(closed());

    const report = await waitForReport(backfills.client, key, {
      now: () => new Date(),
      pause,
      onProgress: (state) => reported.push(state),
    });

    expect(report.trails[0]?.calls).toHaveLength(1);
    const [first] = reported;
    expect(first && progressOf(first)).toMatchObject({
      lookups: eventNames,
      lookup: expect.stringMatching(/ in us-/),
    });
    const versions = reported.map(({ version }) => version);
    expect(versions).toEqual([...new Set(versions)].toSorted((one, other) => one - other));
  });

  test('reports that the backfill has stopped', async () => {
    const { report: key } = await backfills.start(closed());
    await account.settled();
    await abandon(key);

    const waiting = waitForReport(backfills.client, key, { now: () => new Date(), pause });

    await expect(waiting).rejects.toThrow(/^nothing was heard of it since .*: start it again/);
  });

  test('keeps waiting if reads fail temporarily', async () => {
    const { report: key } = await backfills.start(closed());
    await account.settled();
    const passing = { operation: 'GetItem', error: 'ThrottlingException', times: 8 };
    await account.fault({ service: 'dynamodb', ...passing });
    const problems: string[] = [];

    const report = await waitForReport(backfills.client, key, {
      now: () => new Date(),
      pause,
      onProblem: (problem) => problems.push(problem),
    });

    expect(report.trails).toHaveLength(1);
    expect(problems.join()).toMatch(/ThrottlingException/);
  });

  test('fails with the remedy if it is denied, or if reads fail for long', async () => {
    const failing = (name: string) => ({
      reports: {
        state: () => Promise.reject(Object.assign(new Error('no answer'), { name })),
        read: () => Promise.reject(new Error('not asked for')),
      },
    });
    const how = { now: () => new Date(), pause: async () => {} };

    await expect(waitForReport(failing('AccessDenied'), 'x', how)).rejects.toThrow('no answer');
    await expect(waitForReport(failing('TimeoutError'), 'x', how)).rejects.toThrow(
      /TimeoutError: no answer.*goes on all the same: start it again with the same window/,
    );
  });

  test('reports that no backfill was started', async () => {
    const waiting = waitForReport(backfills.client, 'nothing', { now: () => new Date(), pause });

    await expect(waiting).rejects.toThrow('there is no report nothing: start the backfill');
  });
});

describe('an invalid payload is refused with field and remedy, and makes no lookup:', () => {
  const unprotected = 'arn:aws:cloudtrail:us-east-1:111122223333:trail/noOnes';

  test.each<[string, () => unknown, RegExp]>([
    ['a reversed window', () => ({ from: ago(60), to: ago(120) }), /^to: must be later than from$/],
    [
      'a trail without a baseline',
      () => ({ ...closed(), trails: [unprotected] }),
      /^trails\.0: .* is not protected: npx --no -- trailkeeper capture arn:/,
    ],
    ['no way on', () => ({ ...closed(), resume: true }), /^resume: start the backfill without it/],
  ])('%s', async (_what, payload, message) => {
    const given = payload() as object;

    const refused = backfills.start(given);

    await expect(refused).rejects.toMatchObject({ name: 'InvalidPayloadError' });
    await expect(refused).rejects.toThrow(message);
    expect(backfills.lookups()).toEqual([]);
  });

  test('and the function logs it without failing: a retry or a redrive would not help', async () => {
    await backfills.invokeLater({ from: ago(60), to: ago(120) });
    await account.settled();

    expect(account.invocations.filter((one) => 'error' in one)).toEqual([]);
    expect(JSON.stringify(account.invocations)).toContain('to: must be later than from');
    expect(await account.deadLetterCount()).toBe(0);
    expect(await rows()).toEqual([]);
  });

  test('and an existing report is kept', async () => {
    const other = await account.addTrail('other');
    await account.trailkeeper(['capture', other, '--yes']);
    const payload = { ...closed(), trails: [other] };
    const { report: key } = await backfills.start(payload);
    await account.settled();
    await account.trailkeeper(['retire', other, '--reason', 'x', '--yes']);

    await expect(backfills.start(payload)).rejects.toThrow('is not protected');

    expect((await readReport(backfills.client, key))?.report?.trails).toHaveLength(1);
  });
});

/** Calls with one name on trails that are not protected. */
const callsOnOtherTrails = (count: number) =>
  Array.from({ length: count }, () => ({
    eventID: randomUUID(),
    eventName: 'UpdateTrail',
    eventSource: 'cloudtrail.amazonaws.com',
    eventTime: new Date().toISOString().replace(/\.\d+Z$/, 'Z'),
    awsRegion: 'us-east-1',
    recipientAccountId: '111122223333',
    userIdentity: { type: 'IAMUser', userName: 'bob' },
    requestParameters: { name: 'someone-elses', s3KeyPrefix: 'x' },
    responseElements: null,
  }));

async function pause(): Promise<void> {
  await new Promise((resume) => setTimeout(resume, 20));
}

/** Waits until the condition holds. */
async function until(hasHappened: () => boolean): Promise<void> {
  while (!hasHappened()) await pause();
}

/** Waits for the next second, because records have no finer times. */
async function pastSecond(): Promise<void> {
  const now = Math.floor(Date.now() / 1000);
  while (Math.floor(Date.now() / 1000) === now) await pause();
}

async function rows(): Promise<Record<string, unknown>[]> {
  const { Items = [] } = await account.table.send(
    new QueryCommand({
      TableName: account.tableName,
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': 'incident#backfill' },
    }),
  );
  return Items;
}

/** Stores a backfill as running that has made no progress for an hour. */
async function abandon(key: string): Promise<void> {
  const row = (await rows()).find(({ sk }) => sk === `${key}#state`);
  const state = { ...JSON.parse(String(row?.state)), status: 'running', updatedAt: ago(60) };
  const Item = { ...row, state: JSON.stringify(state) };
  await account.table.send(new PutCommand({ TableName: account.tableName, Item }));
}
