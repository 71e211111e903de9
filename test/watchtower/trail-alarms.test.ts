import { describe, expect, test } from 'vitest';
import type { TrailCheck } from '#watchtower/check-trails.ts';
import { heartbeatOf, isGood, parseHeartbeat } from '#watchtower/heartbeat.ts';
import { type HeartbeatLog, noHeartbeats } from '#watchtower/heartbeat-log.ts';
import type { Restoration } from '#watchtower/restoration.ts';
import { alarmsOfTrails, isLeft, type Memory, memory } from '#watchtower/trail-alarms.ts';
import { trail } from '../support/baseline.ts';
import { done, drifted, inSync, outcome, refused } from '../support/outcomes.ts';

const account = '111122223333';
const inSyncCheck: TrailCheck = {
  ...{ trail: trail.arn, version: 3, isRetired: false, baseline: null, faults: [] },
  ...{ status: 'in-sync', details: [] },
};
const seen = (change: Partial<TrailCheck> = {}): TrailCheck => ({ ...inSyncCheck, ...change });
const isDrifted = { status: 'drifted', details: ['logging is off', 'no tags'] } as const;

const saying = (...trails: HeartbeatLog['accepted'][number]['trails']): HeartbeatLog => ({
  accepted: [
    {
      ...{ sequence: 1, eventId: 'e', at: '2026-11-30T10:00:00Z', trails },
      receivedAt: '2026-11-30T10:00:01Z',
    },
  ],
  refused: {},
});
const claim = { trail: trail.arn, verdict: 'in-sync', version: 3 };

/** The alarms after each of these checks in a row. */
function alarmsAt(
  checks: readonly TrailCheck[],
  log = noHeartbeats,
  restorations?: ReadonlyMap<string, Restoration>,
) {
  let before: Memory = {};
  return checks.map((one) => {
    const after = alarmsOfTrails(before, [one], log, account, restorations);
    before = after.memory;
    return after.alarms;
  });
}
const keysOf = (...args: Parameters<typeof alarmsAt>) =>
  alarmsAt(...args).map((found) => found.map(({ key }) => key));

describe('a trail that drifted', () => {
  test('is an alarm at the second check in a row, because sweeps restore it meanwhile', () => {
    const checks = [seen(isDrifted), seen(isDrifted), seen(), seen(isDrifted)];

    expect(keysOf(checks)).toEqual([[], [`drifted ${trail.arn}`], [], []]);
  });

  test('is named with what drifted and the command that restores it', () => {
    const [, found] = alarmsAt([seen(isDrifted), seen(isDrifted)]);

    expect(found).toEqual([
      {
        ...{ key: `drifted ${trail.arn}`, severity: 'critical' },
        title: `${trail.arn} has drifted, and no one restores it: logging is off; no tags`,
        remedy: `With credentials of account ${account}: npx --no -- trailkeeper restore ${trail.arn}`,
      },
    ]);
  });

  test('is left by the sweeps at the second check', () => {
    const { memory: once } = alarmsOfTrails({}, [seen(isDrifted)], noHeartbeats, account);
    const { memory: well } = alarmsOfTrails({}, [seen()], noHeartbeats, account);
    const unknown = seen({ status: 'unknown' });

    expect(isLeft({}, seen(isDrifted))).toBe(false);
    expect(isLeft(well, seen(isDrifted))).toBe(false);
    expect(isLeft(once, seen(isDrifted))).toBe(true);
    expect(isLeft(once, seen())).toBe(false);
    expect(isLeft(once, unknown)).toBe(false);
  });
});

test('a trail that cannot be read is an alarm with the reason', () => {
  const unknown = seen({ status: 'unknown', details: ['AccessDenied: no', 'x'] });

  expect(alarmsAt([unknown, unknown])[1]).toMatchObject([
    {
      ...{ key: `unknown ${trail.arn}`, severity: 'high' },
      title: `${trail.arn} cannot be checked from outside: AccessDenied: no; x`,
    },
  ]);
});

describe('a heartbeat that says something else', () => {
  const falseClaim = `false claim ${trail.arn}`;

  test.each<[string, HeartbeatLog, Partial<TrailCheck>, boolean]>([
    ['the same', saying(claim), {}, false],
    ['nothing, because there is none', noHeartbeats, isDrifted, false],
    ['nothing of the trail', saying(), {}, true],
    ['nothing of a trail that is retired', saying(), { isRetired: true }, false],
    ['nothing of a trail without a baseline', saying(), { version: 0 }, false],
    ['another version', saying({ ...claim, version: 2 }), {}, true],
    ['no version', saying({ ...claim, version: null }), {}, false],
    ['that a drifted trail is in sync', saying(claim), isDrifted, true],
    ['that a drifted trail is drifted', saying({ ...claim, verdict: 'drifted' }), isDrifted, false],
    ['that a trail is in sync which cannot be read', saying(claim), { status: 'unknown' }, false],
  ])('is an alarm at the second check if it says %s: %#', (_what, log, change, isFalse) => {
    const [first = [], second = []] = keysOf([seen(change), seen(change)], log);

    expect(first).not.toContain(falseClaim);
    expect(second.includes(falseClaim)).toBe(isFalse);
  });

  test('is forgotten once it says the truth', () => {
    const [one, other] = [seen(), seen({ version: 4 })];
    const found = keysOf([other, one, other], saying(claim));

    expect(found.flat()).not.toContain(falseClaim);
  });

  test.each([
    [saying(), {}, `they leave out ${trail.arn}, which is protected`],
    [
      saying({ ...claim, version: 2 }),
      {},
      `${trail.arn} is compared with version 2 of its baseline, but version 3 is in force`,
    ],
    [saying(claim), isDrifted, `${trail.arn} is reported as in-sync, but has drifted`],
  ])('is named: %#', (log, change, text) => {
    const found = alarmsAt([seen(change), seen(change)], log)[1]?.find(
      ({ key }) => key === falseClaim,
    );

    expect(found?.severity).toBe('critical');
    expect(found?.title).toBe(`heartbeats do not say what is true: ${text}`);
    expect(found?.remedy).toContain(`account ${account}: npx --no -- trailkeeper doctor`);
  });
});

describe('the baseline of a trail', () => {
  test('that someone changed in the table is an alarm at once', () => {
    expect(alarmsAt([seen({ faults: ['version 2 is gone', 'x'] })])).toMatchObject([
      [
        {
          ...{ key: `faults ${trail.arn}`, severity: 'high' },
          title: 'the state table was changed: version 2 is gone; x',
          remedy: expect.stringContaining(account),
        },
      ],
    ]);
  });

  test('is reported once with each version, but for the first that is seen', () => {
    const versions = [3, 4, 4, 2, 5].map((version) => seen({ version }));

    expect(keysOf(versions)).toEqual([
      ...[[], [`version 4 ${trail.arn}`], [], [], [`version 5 ${trail.arn}`]],
    ]);
    expect(alarmsAt(versions)[1]).toMatchObject([
      {
        ...{ severity: 'medium', hasNoEnd: true, remedy: expect.stringContaining('break-in') },
        title: `version 4 of the baseline of ${trail.arn} is in force`,
      },
    ]);
  });

  test('is of high severity if it retires the trail', () => {
    expect(alarmsAt([seen(), seen({ version: 4, isRetired: true })])[1]).toMatchObject([
      {
        severity: 'high',
        title: `version 4 retires ${trail.arn}: it is no longer protected`,
      },
    ]);
  });
});

describe('a trail that the watchtower restores', () => {
  const repairs = { 'paint color': ['2026-11-30T10:00:00.000Z'] };
  const by = (found: Restoration['outcome']) =>
    new Map([[trail.arn, { outcome: found, who: 'Mallory did it.', repairs }]]);
  const checks = [seen(isDrifted), seen(isDrifted)];

  test('is reported as restored, and no longer as drifted', () => {
    const restored = by(outcome([drifted], [done], [inSync]));

    expect(keysOf(checks, noHeartbeats, restored)[1]).toEqual([
      `restored ${trail.arn} 2026-11-30T10:00:00.000Z`,
    ]);
    expect(alarmsOfTrails({}, checks, noHeartbeats, account, restored).memory).toMatchObject({
      [trail.arn]: { failedChecks: 0, repairs },
    });
  });

  test('stays an alarm with the reason if that fails', () => {
    const failed = by(outcome([drifted], [refused]));
    const [, found = []] = alarmsAt(checks, noHeartbeats, failed);

    expect(found.map(({ key }) => key)).toEqual([`drifted ${trail.arn}`]);
    expect(found[0]?.title).toContain('the watchtower cannot restore it: Paint: no');
  });

  test('is remembered with its repairs until the next', () => {
    const { memory: after } = alarmsOfTrails(
      {},
      [seen()],
      noHeartbeats,
      account,
      by(outcome([inSync])),
    );
    const { memory: later } = alarmsOfTrails(after, [seen()], noHeartbeats, account);

    expect(later[trail.arn]?.repairs).toEqual(repairs);
    expect(alarmsOfTrails({}, [seen()], noHeartbeats, account).memory[trail.arn]?.repairs).toEqual(
      {},
    );
  });
});

test('what is remembered can be stored, and is read without repairs', () => {
  const { memory: after } = alarmsOfTrails({}, [seen(isDrifted)], saying(), account);

  expect(after).toEqual({
    [trail.arn]: { version: 3, failedChecks: 1, falseClaims: 1, repairs: {} },
  });
  expect(memory.parse(JSON.parse(JSON.stringify(after)))).toEqual(after);
  expect(memory.parse({ a: { version: 1, failedChecks: 0, falseClaims: 0 } })).toMatchObject({
    a: { repairs: {} },
  });
  expect(memory.safeParse({ a: {} }).success).toBe(false);
});

describe('a heartbeat', () => {
  const at = new Date('2026-11-30T10:00:00Z');
  const compared = { trail: trail.arn, verdict: 'in-sync', outcome: outcome([inSync]) };
  const unusable = { trail: 'another', verdict: 'unprotected' };
  const sent = heartbeatOf([compared, unusable] as never, { sequence: 7, at });

  test('says of each trail the verdict and the version that it was compared with', () => {
    expect(sent).toEqual({
      ...{ schema: 1, sequence: 7, at: '2026-11-30T10:00:00.000Z' },
      trails: [
        { trail: trail.arn, verdict: 'in-sync', version: compared.outcome.plan.version },
        { trail: 'another', verdict: 'unprotected', version: null },
      ],
    });
    expect(parseHeartbeat(JSON.stringify(sent))).toEqual(sent);
  });

  test.each([
    { schema: 2 },
    { sequence: 0 },
    { sequence: 1.5 },
    { at: 'now' },
    { trails: undefined },
    { trails: [{}] },
    { trails: [{ ...claim, trail: 'x'.repeat(301) }] },
    { trails: [{ ...claim, verdict: 'x'.repeat(31) }] },
    { trails: Array.from({ length: 101 }, () => claim) },
  ])('with %j is none', (change) => {
    expect(parseHeartbeat(JSON.stringify({ ...sent, ...change }))).toBe(null);
  });

  test('can be as long as it is accepted', () => {
    const long = { trail: 'x'.repeat(300), verdict: 'x'.repeat(30), version: 1 };
    const trails = Array.from({ length: 100 }, () => long);

    expect(parseHeartbeat(JSON.stringify({ ...sent, sequence: 1, trails }))).not.toBe(null);
    expect(parseHeartbeat('{')).toBe(null);
  });

  test.each([
    ['in-sync', true],
    ['restored', true],
    ['suspended', true],
    ['drifted', false],
    ['failed', false],
    ['', false],
  ])('with the verdict "%s" reports a trail as protected: %s', (verdict, is) => {
    expect(isGood(verdict)).toBe(is);
  });
});
