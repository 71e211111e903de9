import { describe, expect, test } from 'vitest';
import { heartbeatEvent } from '#watchtower/heartbeat.ts';
import { heartbeatAlarms } from '#watchtower/heartbeat-alarms.ts';
import {
  type HeartbeatLog,
  heartbeatLog,
  noHeartbeats,
  received,
} from '#watchtower/heartbeat-log.ts';

const periodMs = 60_000;
const account = '111122223333';
const at = (seconds: number) => new Date(Date.parse('2026-11-30T10:00:00Z') + seconds * 1000);
const trailNamed = (name: string) => `arn:aws:cloudtrail:us-east-1:${account}:trail/${name}`;
const verdictOf = (name: string, verdict: string) => ({
  ...{ trail: trailNamed(name), verdict, version: 1 },
});

/** The log after a heartbeat that is received when it was sent, unless another time is given. */
function logAfter(
  log: HeartbeatLog,
  sequence: number,
  seconds: number,
  {
    trails = [] as HeartbeatLog['accepted'][number]['trails'],
    receivedAt = seconds,
    eventId = `${sequence} ${seconds}`,
  } = {},
): HeartbeatLog {
  const read = { schema: 1 as const, sequence, at: at(seconds).toISOString(), trails };
  return received(log, { eventId, read }, at(receivedAt), periodMs);
}
const concernsAt = (log: HeartbeatLog, seconds: number) =>
  heartbeatAlarms(log, at(seconds), { since: at(0).toISOString(), account, periodMs });

describe('silence', () => {
  test('says since when no sweep reported, and that trailkeeper may be stopped', () => {
    expect(concernsAt(logAfter(noHeartbeats, 1, 0), 180)).toEqual([
      {
        ...{ key: 'silence', severity: 'critical' },
        title: `no sweep of account ${account} has reported for 3 min`,
        remedy: `trailkeeper may be stopped, and the trails unprotected. With credentials of account ${account}: npx --no -- trailkeeper doctor`,
      },
    ]);
  });

  test('from the beginning says how to deploy the heartbeats', () => {
    expect(concernsAt(noHeartbeats, 180)).toEqual([
      {
        ...{ key: 'silence', severity: 'critical' },
        title: `no sweep of account ${account} has ever reported`,
        remedy: `Deploy trailkeeper in account ${account} with the key watchtower in cdk.json: npx --no -- trailkeeper deploy`,
      },
    ]);
  });
});

describe('a gap', () => {
  test.each([
    [3, 'number 2'],
    [4, 'number 2 to 3'],
    [9, 'number 2 to 8'],
  ])('before heartbeat %i names the missing ones: %s', (next, missing) => {
    const log = logAfter(logAfter(noHeartbeats, 1, 0), next, 30);

    expect(concernsAt(log, 90)).toEqual([]);
    expect(concernsAt(log, 91)).toEqual([
      {
        ...{ key: 'gap 2', severity: 'high' },
        title: `heartbeats are missing: ${missing}`,
        remedy: expect.stringContaining(`kept sweeps of account ${account} from reporting`),
      },
    ]);
  });
});

describe('a heartbeat is', () => {
  const log = logAfter(logAfter(noHeartbeats, 1, 0), 2, 60);
  const titleOf = (found: HeartbeatLog, seconds: number) =>
    concernsAt(found, seconds).map(({ title }) => title);

  test('refused with its own title, for an hour', () => {
    const forged = received(log, { eventId: 'x', read: { problem: 'unsigned' } }, at(60), periodMs);
    const repeated = logAfter(log, 2, 60, { eventId: 'another' });

    expect(titleOf(forged, 60)).toEqual(['a heartbeat without a valid signature arrived']);
    expect(titleOf(repeated, 60)).toEqual(['a heartbeat arrived whose number was used before']);
    expect(titleOf(logAfter(log, 3, 0, { receivedAt: 121 }), 121)).toEqual([
      'an old heartbeat arrived',
    ]);
    expect(titleOf(logAfter(log, 3, 121, { receivedAt: 60 }), 60)).toEqual([
      'a heartbeat arrived that is dated in the future',
    ]);
    expect(concernsAt(forged, 60)).toMatchObject([
      {
        ...{ key: 'refused unsigned', severity: 'critical' },
        remedy: `It was refused: an unsigned heartbeat. Someone forges heartbeats with credentials of account ${account}: treat it as a break-in`,
      },
    ]);
    expect(concernsAt(repeated, 60)[0]?.remedy).toContain(
      'It was refused: heartbeat 2 of 2026-11-30T10:01:00.000Z.',
    );
    expect(concernsAt(logAfter(log, 3, 0, { receivedAt: 121 }), 121)).toMatchObject([
      {
        ...{ key: 'refused late', severity: 'high' },
        remedy: expect.stringContaining(
          `Someone held it back with credentials of account ${account}, or AWS delivered it late`,
        ),
      },
    ]);
    const keysAt = (seconds: number) => concernsAt(forged, seconds).map(({ key }) => key);
    expect(keysAt(60 + 3600)).toContain('refused unsigned');
    expect(keysAt(61 + 3600)).not.toContain('refused unsigned');
  });

  test('accepted up to two periods late and one early', () => {
    expect(logAfter(log, 3, 0, { receivedAt: 120 }).refused).toEqual({});
    expect(logAfter(log, 3, 120, { receivedAt: 60 }).refused).toEqual({});
  });

  test('counted each time that it is refused', () => {
    const forge = (one: HeartbeatLog) =>
      received(one, { eventId: 'x', read: { problem: 'unsigned' } }, at(60), periodMs);

    expect(forge(forge(log)).refused.unsigned).toEqual({
      ...{ count: 2, lastAt: at(60).toISOString(), lastOf: 'an unsigned heartbeat' },
    });
  });

  test('accepted with a lower number from a sweep that ran at the same time', () => {
    const later = logAfter(logAfter(noHeartbeats, 1, 0), 5, 60);

    expect(logAfter(later, 4, 120).refused).toEqual({});
    expect(logAfter(later, 4, 121).refused).toMatchObject({ repeated: { count: 1 } });
  });

  test('kept with what it says of the trails only if it is one of the last two', () => {
    const trails = [verdictOf('one', 'in-sync')];
    const kept = [1, 2, 3, 4].reduce(
      (one, i) => logAfter(one, i, i * 60, { trails }),
      noHeartbeats,
    );

    expect(kept.accepted.map(({ sequence }) => sequence)).toEqual([4, 3, 2, 1]);
    expect(kept.accepted.map((one) => one.trails)).toEqual([trails, trails, [], []]);
  });

  test('kept with the trails that it calls restored if it is one of the last ten', () => {
    const trails = [verdictOf('one', 'restored')];
    const kept = Array.from({ length: 12 }).reduce<HeartbeatLog>(
      (one, _, i) => logAfter(one, i, i * 60, { trails }),
      noHeartbeats,
    );

    expect(kept.accepted.map((one) => one.trails.length)).toEqual([
      ...Array.from({ length: 10 }, () => 1),
      ...[0, 0],
    ]);
  });

  test('kept by its number, in whatever order heartbeats arrive', () => {
    const kept = [2, 1, 3].reduce(
      (one, number) => logAfter(one, number, number * 10, { receivedAt: 40 }),
      noHeartbeats,
    );

    expect(kept.accepted.map(({ sequence }) => sequence)).toEqual([3, 2, 1]);
  });

  test('forgotten after ten periods, if they are longer than an hour', () => {
    const longMs = 10 * 60_000;
    const readAt = (number: number) => ({
      read: {
        schema: 1 as const,
        sequence: number,
        at: at(number * 600).toISOString(),
        trails: [],
      },
      eventId: `${number}`,
    });
    const keptOf = (...numbers: readonly number[]) =>
      numbers
        .reduce(
          (one, number) => received(one, readAt(number), at(number * 600), longMs),
          noHeartbeats,
        )
        .accepted.map(({ sequence }) => sequence);

    expect(keptOf(1, 11)).toEqual([11, 1]);
    expect(keptOf(1, 12)).toEqual([12]);
  });
});

describe('a trail that two heartbeats in a row call unprotected', () => {
  const reports = (...verdicts: readonly (readonly [string, string])[][]) =>
    verdicts.reduce(
      (log, trails, i) =>
        logAfter(log, i + 1, i * 60, { trails: trails.map(([name, one]) => verdictOf(name, one)) }),
      noHeartbeats,
    );

  test('is an alarm with the command that says what to do', () => {
    const log = reports(
      [
        ['one', 'in-sync'],
        ['two', 'failed'],
      ],
      [
        ['one', 'drifted'],
        ['two', 'drifted'],
      ],
    );

    expect(concernsAt(log, 60)).toEqual([
      {
        ...{ key: `verdict ${trailNamed('two')}`, severity: 'high' },
        title: `trailkeeper reports ${trailNamed('two')} as drifted, sweep after sweep`,
        remedy: `With credentials of account ${account}: npx --no -- trailkeeper plan ${trailNamed('two')}`,
      },
    ]);
  });

  test('is none if it is new in the last one', () => {
    expect(concernsAt(reports([['one', 'in-sync']], [['two', 'drifted']]), 60)).toEqual([]);
  });
});

test('trails that sweeps restore again and again are alarms, each with its own count', () => {
  const restored = (...names: readonly string[]) => names.map((one) => verdictOf(one, 'restored'));
  const log = [restored('one', 'two'), restored('one'), restored('one', 'two')].reduce(
    (one, trails, i) => logAfter(one, i + 1, i * 60, { trails }),
    noHeartbeats,
  );

  expect(concernsAt(log, 120)).toEqual([
    {
      ...{ key: `restored again ${trailNamed('one')}`, severity: 'high' },
      title: `${trailNamed('one')} was restored by 3 of the last 10 sweeps`,
      remedy: `Someone changes it again and again: take their credentials away. With credentials of account ${account}: npx --no -- trailkeeper incidents --since 1h`,
    },
  ]);
});

test('the log is stored, and is none if a part is missing', () => {
  const trails = [verdictOf('one', 'in-sync')];
  const log = received(
    logAfter(noHeartbeats, 1, 0, { trails }),
    { eventId: 'x', read: { problem: 'unsigned' } },
    at(0),
    periodMs,
  );
  const [one] = log.accepted;

  expect(heartbeatLog.parse(JSON.parse(JSON.stringify(log)))).toEqual(log);
  for (const bad of [
    ...[{ accepted: [{}] }, { accepted: [{ ...one, trails: [{}] }] }, { refused: { late: {} } }],
    ...[{ accepted: undefined }, { refused: undefined }],
  ]) {
    expect(heartbeatLog.safeParse({ ...log, ...bad }).success).toBe(false);
  }
});

test('the event has the name that the rule of the watchtower selects', () => {
  expect(heartbeatEvent).toBe('Trailkeeper Heartbeat');
});
