import { StopLoggingCommand } from '@aws-sdk/client-cloudtrail';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startAccount, testAccount } from '../support/account.ts';
import { ago, backfillsOf, closed, pause } from '../support/backfill.ts';
import { trailCalls } from '../support/trail-calls.ts';

const account = testAccount();

let backfills: ReturnType<typeof backfillsOf>;

let asCaptured: unknown;

beforeAll(async () => {
  backfills = backfillsOf(account);
  asCaptured = await account.auditTrail();
});

beforeEach(() => backfills.reset());

const { stop, update } = trailCalls(account);

describe('a change to a trail', () => {
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

  test('is not restored if the deployed mode is observe: the payload is refused', async () => {
    const observing = await startAccount({ mode: 'observe' });
    const start = observing.calls.length;

    const refused = backfillsOf(observing).start({ ...closed(), mode: 'enforce' });

    await expect(refused).rejects.toMatchObject({
      name: 'InvalidPayloadError',
      message: expect.stringMatching(/^mode: must be "observe".*"mode": "enforce" in cdk.json/),
    });
    expect(observing.writesSince(start)).toEqual([]);
  });
});

/** Waits for the next second, because records have no finer times. */
async function pastSecond(): Promise<void> {
  const now = Math.floor(Date.now() / 1000);
  while (Math.floor(Date.now() / 1000) === now) await pause();
}
