import { describe, expect, test } from 'vitest';
import type { TrailCheck } from '#watchtower/check-trails.ts';
import {
  firstNumber,
  heartbeatOf,
  isGood,
  isPossible,
  parseHeartbeat,
} from '#watchtower/heartbeat.ts';
import { type HeartbeatLog, noHeartbeats } from '#watchtower/heartbeat-log.ts';
import { noLogging } from '#watchtower/interruptions.ts';
import type { Restoration } from '#watchtower/restoration.ts';
import { alarmsOfTrails, isLeft, type Memory, memory } from '#watchtower/trail-alarms.ts';
import { trail } from '../support/baseline.ts';
import { done, drifted, inSync, outcome, refused } from '../support/outcomes.ts';

const account = '111122223333';
const inSyncCheck: TrailCheck = {
  ...{ trail: trail.arn, version: 3, isRetired: false, baseline: null, faults: [] },
  ...{ status: 'in-sync', details: [], written: null, logging: null, windows: [] },
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

const watching = (minutes = 0) => ({
  account,
  now: new Date(Date.parse('2026-11-30T10:00:00Z') + minutes * 60_000),
});

/** The alarms after each of these checks in a row, a minute apart. */
function alarmsAt(
  checks: readonly TrailCheck[],
  log = noHeartbeats,
  restorations?: ReadonlyMap<string, Restoration>,
) {
  let before: Memory = {};
  return checks.map((one, i) => {
    const after = alarmsOfTrails(before, [one], log, watching(i), restorations);
    before = after.memory;
    return after.alarms;
  });
}
const keysOf = (...args: Parameters<typeof alarmsAt>) =>
  alarmsAt(...args).map((found) => found.map(({ key }) => key));

describe('a trail that drifted', () => {
  test('is an alarm at the second check in a row, because sweeps restore it meanwhile', () => {
    const checks = [seen(isDrifted), seen(isDrifted), seen(), seen(isDrifted)];

    expect(keysOf(checks)).toEqual([[], [`drifted ${trail.arn}`], [], [`flapping ${trail.arn}`]]);
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
    const { memory: once } = alarmsOfTrails({}, [seen(isDrifted)], noHeartbeats, watching());
    const { memory: well } = alarmsOfTrails({}, [seen()], noHeartbeats, watching());
    const unknown = seen({ status: 'unknown' });

    expect(isLeft({}, seen(isDrifted), watching(1).now)).toBe(false);
    expect(isLeft(well, seen(isDrifted), watching(1).now)).toBe(false);
    expect(isLeft(once, seen(isDrifted), watching(1).now)).toBe(true);
    expect(isLeft(once, seen(), watching(1).now)).toBe(false);
    expect(isLeft(once, unknown, watching(1).now)).toBe(false);
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
    [
      'the same after another trail',
      saying({ ...claim, trail: 'x', version: 2 }, claim),
      {},
      false,
    ],
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

describe('a trail that someone changes between the checks', () => {
  const on = (start: number, stop: number | null) => {
    const at = (minutes: number) => watching(minutes).now.toISOString();
    const times = { StartLoggingTime: at(start), StopLoggingTime: stop === null ? null : at(stop) };
    return seen({ logging: { IsLogging: true, ...times } });
  };

  test('is an alarm at the third of ten minutes that sees it drifted', () => {
    const often = [0, 1, 2, 3, 4, 5].map((i) => seen(i % 2 === 0 ? isDrifted : {}));
    const [last] = alarmsAt(often).at(4) ?? [];

    expect(keysOf(often)).toEqual([[], [], [], [], [flapping], [flapping]]);
    expect(last).toMatchObject({
      severity: 'high',
      title: expect.stringContaining('3 checks in 10 minutes saw it; logging is off'),
      remedy: expect.stringContaining(`account ${account}: npx --no -- trailkeeper incidents`),
    });
    expect(keysOf([...often, ...Array.from({ length: 8 }, () => seen())]).at(-1)).toEqual([]);
  });

  test('is left by the sweeps at that check', () => {
    const driftedAt = [0, 2].map((minutes) => watching(minutes).now.toISOString());
    const known = { version: 3, failedChecks: 0, falseClaims: 0, repairs: {}, driftedAt };
    const before = { [trail.arn]: { ...known, logging: noLogging } };

    expect(isLeft(before, seen(isDrifted), watching(4).now)).toBe(true);
    expect(isLeft(before, seen(isDrifted), watching(11).now)).toBe(false);
  });

  test('is an alarm for ten minutes if its logging was stopped and started', () => {
    const checks = [on(-9, null), on(0.7, 0.5), on(1.7, 1.5)];
    const found = alarmsAt(checks);

    expect(found.map((all) => all.map(({ key }) => key))).toEqual([
      [],
      [interrupted],
      [interrupted],
    ]);
    expect(found[1]?.[0]).toMatchObject({
      severity: 'high',
      title: expect.stringMatching(
        /trail\/main was interrupted: it was stopped, and logs again since 2026-11-30 10:00:42 UTC\. Events from 2026-11-30 10:00:30 UTC/,
      ),
    });
    const quiet = Array.from({ length: 10 }, () => on(1.7, 1.5));
    expect(keysOf([...checks, ...quiet]).slice(-2)).toEqual([[interrupted], []]);
  });

  test('is an alarm if it was deleted and created again', () => {
    expect(alarmsAt([on(-9, null), on(0.5, null)])[1]?.[0]?.title).toContain(
      'it was deleted and created again, or stopped',
    );
  });

  test('is none if a check saw it stopped, or could not see it', () => {
    const off = seen({
      logging: {
        IsLogging: false,
        StartLoggingTime: watching(-9).now.toISOString(),
        StopLoggingTime: watching(0.5).now.toISOString(),
      },
    });

    expect(keysOf([on(-9, null), off, on(1.5, 0.5)]).flat()).toEqual([]);
    expect(keysOf([on(-9, null), seen(), on(-9, null)]).flat()).toEqual([]);
  });

  const flapping = `flapping ${trail.arn}`;
  const interrupted = `interrupted ${trail.arn}`;
});

test('a maintenance window is an alarm with its end, its author and the reason, as long as it is open', () => {
  const window = {
    ...{ schema: 1 as const, id: 'w-1', trail: trail.arn, kinds: ['settings', 'tags'] },
    ...{ from: '2026-11-30T09:00:00Z', until: '2026-11-30T11:00:00Z' },
    ...{ by: `alice ${'y'.repeat(9000)}`, reason: 'x'.repeat(9000) },
  };
  const found = alarmsAt([seen({ windows: [{ window, end: window.until }] }), seen()]);

  expect(found[0]).toMatchObject([
    {
      ...{ key: 'window w-1', severity: 'medium', remedy: expect.stringContaining('window end') },
      title: expect.stringMatching(
        /trail\/main is open until 2026-11-30 11:00:00 UTC: drift of settings, tags is not restored \(alice y{194}: x{300}\)/,
      ),
    },
  ]);
  expect(found[1]).toEqual([]);
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

  test('is reported with its author and the reason', () => {
    const written = { by: 'arn:aws:iam::111122223333:user/alice', reason: 'a new bucket' };

    expect(alarmsAt([seen(), seen({ version: 4, written })])[1]?.[0]?.title).toMatch(
      /is in force, written by arn:.*alice: a new bucket$/,
    );
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
    expect(alarmsOfTrails({}, checks, noHeartbeats, watching(), restored).memory).toMatchObject({
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
      watching(),
      by(outcome([inSync])),
    );
    const { memory: later } = alarmsOfTrails(after, [seen()], noHeartbeats, watching());

    expect(later[trail.arn]?.repairs).toEqual(repairs);
    expect(
      alarmsOfTrails({}, [seen()], noHeartbeats, watching()).memory[trail.arn]?.repairs,
    ).toEqual({});
  });
});

test('what is remembered can be stored, and is read without repairs', () => {
  const { memory: after } = alarmsOfTrails({}, [seen(isDrifted)], saying(), watching());

  expect(after).toEqual({
    [trail.arn]: {
      ...{ version: 3, failedChecks: 1, falseClaims: 1, repairs: {} },
      ...{ driftedAt: ['2026-11-30T10:00:00.000Z'], logging: noLogging },
    },
  });
  expect(memory.parse(JSON.parse(JSON.stringify(after)))).toEqual(after);
  expect(memory.parse({ a: { version: 1, failedChecks: 0, falseClaims: 0 } })).toMatchObject({
    a: { repairs: {}, driftedAt: [], logging: noLogging },
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
    { at: `2026-11-30T10:00:00.${'0'.repeat(20)}Z` },
    { trails: undefined },
    { trails: [{}] },
    { trails: [{ ...claim, trail: 'x'.repeat(301) }] },
    { trails: [{ ...claim, verdict: 'x'.repeat(31) }] },
    { trails: Array.from({ length: 101 }, () => claim) },
  ])('with %j is none', (change) => {
    expect(parseHeartbeat(JSON.stringify({ ...sent, ...change }))).toBe(null);
  });

  test('has a number that sweeps reach: the time in seconds, and up to an hour more', () => {
    expect(firstNumber(new Date(1_700_000_000_999))).toBe(1_700_000_000);
    expect(isPossible(firstNumber(at) + 3600, at)).toBe(true);
    expect(isPossible(firstNumber(at) + 3601, at)).toBe(false);
  });

  test('has at most a hundred trails, those with a baseline first', () => {
    const many = Array.from({ length: 150 }, () => unusable);
    const { trails } = heartbeatOf([...many, compared] as never, { sequence: 7, at });

    expect(trails).toHaveLength(100);
    expect(trails[0]?.trail).toBe(trail.arn);
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
