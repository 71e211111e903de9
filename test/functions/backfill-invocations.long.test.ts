import { StartLoggingCommand, StopLoggingCommand } from '@aws-sdk/client-cloudtrail';
import { PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { readReport, waitForReport } from '#backfill/client.ts';
import { type BackfillState, progressOf } from '#backfill/job-state.ts';
import { triggers } from '#drift/index.ts';
import { testAccount } from '../support/account.ts';
import { ago, backfillsOf, callsOnOtherTrails, closed, pause } from '../support/backfill.ts';
import { trailCalls } from '../support/trail-calls.ts';

/** The number of calls that the drift kinds listen to. Each is looked up only in its Region. */
const eventNames = new Set(triggers.flatMap((hint) => hint.eventNames)).size;

const account = testAccount();

let backfills: ReturnType<typeof backfillsOf>;

beforeAll(async () => {
  backfills = backfillsOf(account);
});

beforeEach(() => backfills.reset());

const { stop, start, update } = trailCalls(account);

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

/** Waits until the condition holds. */
async function until(hasHappened: () => boolean): Promise<void> {
  while (!hasHappened()) await pause();
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
