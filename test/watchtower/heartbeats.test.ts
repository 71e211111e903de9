import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type ActiveAlarms,
  alertOfAlarms,
  dueIn,
  notifiedIn,
  updated,
} from '#watchtower/active-alarms.ts';
import type { Alarm } from '#watchtower/alarm.ts';
import type { Heartbeat } from '#watchtower/heartbeat.ts';
import { heartbeatAlarms } from '#watchtower/heartbeat-alarms.ts';
import { type HeartbeatLog, noHeartbeats, received } from '#watchtower/heartbeat-log.ts';

const periodMs = 60_000;
const start = Date.parse('2026-11-30T10:00:00Z');
const at = (periods: number) => new Date(start + periods * periodMs);
const trail = 'arn:aws:cloudtrail:us-east-1:111122223333:trail/org-trail';

const beat = (number: number, periods = number, verdict = 'in-sync'): Heartbeat => ({
  schema: 1,
  sequence: 1000 + number,
  at: at(periods).toISOString(),
  trails: [{ trail, verdict, version: 1 }],
});

/** The log after heartbeats, each received at the time that it names. */
const logOf = (beats: readonly Heartbeat[]): HeartbeatLog =>
  beats.reduce(
    (log, read) => deliver(log, read, (Date.parse(read.at) - start) / periodMs),
    noHeartbeats,
  );

const deliver = (log: HeartbeatLog, read: Heartbeat, periods: number, eventId = `${read.at}`) =>
  received(log, { eventId, read }, at(periods), periodMs);

const alarms = (log: HeartbeatLog, periods: number) =>
  heartbeatAlarms(log, at(periods), {
    since: at(0).toISOString(),
    account: '111122223333',
    periodMs,
  }).map(({ key }) => key);

describe('heartbeats', () => {
  test('of every period are no alarm, in whatever order and how often EventBridge delivers them', () => {
    const beats = [0, 1, 2, 3, 4, 5].map((number) => beat(number));
    void fc.assert(
      fc.property(fc.shuffledSubarray([...beats, ...beats], { minLength: 12 }), (delivered) => {
        const inAnyOrder = delivered.reduce(
          (log, read) => received(log, { eventId: read.at, read }, at(1.9), periodMs * 4),
          noHeartbeats,
        );

        expect(heartbeatAlarms(inAnyOrder, at(5), watchingOf(4))).toEqual([]);
      }),
    );
  });

  test('that end are noticed by a check of every period before the third is over', () => {
    void fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 40 }),
        // Times are in milliseconds.
        fc.integer({ min: 0, max: 99 }).map((hundredths) => hundredths / 100),
        (last, phase) => {
          const log = logOf(Array.from({ length: last + 1 }, (_, number) => beat(number)));
          const checks = [0, 1, 2, 3].map((number) => last + phase + number);
          const noticed = checks.find((check) => alarms(log, check).includes('silence'));

          expect(noticed).toBeLessThanOrEqual(last + 3);
        },
      ),
    );
  });

  test('that never began are noticed', () => {
    expect(alarms(noHeartbeats, 2)).toEqual([]);
    expect(alarms(noHeartbeats, 2.1)).toEqual(['silence']);
  });

  test('of which one is late by less than a period are no alarm', () => {
    expect(alarms(logOf([beat(0), beat(1, 1.9)]), 1.8)).toEqual([]);
  });

  test('with a gap are an alarm, unless the missing one follows', () => {
    const gapped = logOf([beat(0), beat(2)]);

    expect(alarms(gapped, 2)).toEqual([]);
    expect(alarms(gapped, 3.5)).toEqual(['gap 1001']);
    expect(alarms(deliver(gapped, beat(1), 2.5), 3.5)).toEqual([]);
  });

  test.each([
    ['sent again', beat(3), 3.5, 'refused repeated'],
    ['with a used number and another content', beat(2, 3.4), 3.5, 'refused repeated'],
    ['of a counter that was set back', beat(-500, 4.5), 4.5, 'refused repeated'],
    ['that is old', beat(4, 1), 3.5, 'refused late'],
    ['dated in the future', beat(4, 9), 3.5, 'refused early'],
  ])('%s are refused, for an hour', (_what, read, periods, key) => {
    const log = logOf([0, 1, 2, 3].map((number) => beat(number)));
    const after = deliver(log, read, periods, 'another event');

    expect(after.accepted).toEqual(log.accepted);
    expect(alarms(after, periods)).toEqual([key]);
    expect(alarms(after, periods + 61)).not.toContain(key);
  });

  test('are accepted again an hour after someone forged a number that sweeps have not reached', () => {
    const forged = deliver(logOf([0, 1, 2].map((number) => beat(number))), beat(2000, 3), 3);
    const soon = deliver(forged, beat(5), 5.1);
    const later = deliver(soon, beat(64), 64.1);

    expect(alarms(soon, 5.1)).toContain('refused repeated');
    expect(later.accepted.map(({ sequence }) => sequence)).toEqual([1064]);
    expect(alarms(later, 65)).not.toContain('silence');
  });

  test('are refused if their number is one that no sweep reaches in time', () => {
    const [largest] = [{ ...beat(1), sequence: Number.MAX_SAFE_INTEGER }];

    expect(alarms(deliver(logOf([beat(0)]), largest, 1), 1)).toEqual(['refused early']);
  });

  test('that call a trail restored three times of ten are an alarm', () => {
    const verdicts = (...restored: readonly number[]) =>
      logOf(
        Array.from({ length: 12 }, (_, number) =>
          beat(number, number, restored.includes(number) ? 'restored' : 'in-sync'),
        ),
      );

    expect(alarms(verdicts(2, 6, 11), 12)).toEqual([`restored again ${trail}`]);
    expect(alarms(verdicts(1, 6, 11), 12)).toEqual([]);
  });

  test('that report a trail as drifted twice in a row are an alarm', () => {
    const [first, second] = [beat(0, 0, 'failed'), beat(1, 1, 'drifted')];

    expect(alarms(logOf([first]), 1)).toEqual([]);
    expect(alarms(logOf([first, second]), 1)).toEqual([`verdict ${trail}`]);
    expect(alarms(logOf([first, second, beat(2)]), 2)).toEqual([]);
  });

  test('are kept in a row that does not grow', () => {
    const log = logOf(Array.from({ length: 200 }, (_, number) => beat(number)));

    expect(JSON.stringify(log).length).toBeLessThan(10_000);
  });
});

const watchingOf = (periods: number) => ({
  since: at(0).toISOString(),
  account: '111122223333',
  periodMs: periods * periodMs,
});

describe('people are notified of', () => {
  const alarm = (key: string): Alarm => ({
    key,
    severity: 'high',
    title: `${key} is wrong`,
    remedy: 'Look',
  });
  const remindMs = 6 * 60 * periodMs;
  const checked = (activeAlarms: ActiveAlarms, found: readonly string[], periods: number) => {
    const now = updated(activeAlarms, found.map(alarm), at(periods));
    const due = dueIn(now, 'sns', at(periods), remindMs);
    return {
      activeAlarms: notifiedIn(now, 'sns', due, at(periods)),
      title: due.length === 0 ? null : alertOfAlarms(due, '111122223333').title,
    };
  };
  const titles = (checks: readonly (readonly string[])[], everyPeriods = 1) => {
    let activeAlarms: ActiveAlarms = [];
    return checks.map((found, i) => {
      const next = checked(activeAlarms, found, i * everyPeriods);
      activeAlarms = next.activeAlarms;
      return next.title;
    });
  };

  test('each alarm once, and of its end', () => {
    expect(titles([['a'], ['a'], ['a', 'b'], ['b'], [], []])).toEqual([
      'Watchtower: a is wrong',
      null,
      'Watchtower: b is wrong',
      'Watchtower: over: a is wrong',
      'Watchtower: over: b is wrong',
      null,
    ]);
  });

  test('an alarm again after it was over', () => {
    expect(titles([['a'], [], ['a']])[2]).toBe('Watchtower: a is wrong');
  });

  test('an alarm that lasts, again after some hours', () => {
    expect(titles([['a'], ['a'], ['a']], 200)).toEqual([
      'Watchtower: a is wrong',
      null,
      'Watchtower: a is wrong',
    ]);
  });

  test('an alarm later in a channel that failed', () => {
    const now = updated([], [alarm('a')], at(0));
    const after = notifiedIn(now, 'sns', dueIn(now, 'sns', at(0), remindMs), at(0));

    expect(dueIn(after, 'slack', at(1), remindMs)).toHaveLength(1);
    expect(dueIn(after, 'sns', at(1), remindMs)).toEqual([]);
  });
});
