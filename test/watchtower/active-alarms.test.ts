import { describe, expect, test } from 'vitest';
import {
  type ActiveAlarms,
  activeAlarms,
  alertOfAlarms,
  dueIn,
  notifiedIn,
  updated,
} from '#watchtower/active-alarms.ts';
import type { Alarm } from '#watchtower/alarm.ts';

const minuteMs = 60_000;
const remindMs = 60 * minuteMs;
const at = (minutes: number) => new Date(Date.parse('2026-11-30T10:00:00Z') + minutes * minuteMs);
const alarm = (key: string, change: Partial<Alarm> = {}): Alarm => ({
  ...{ key, severity: 'high', title: `${key} is wrong`, remedy: `Restore ${key}`, ...change },
});
const withoutEnd = alarm('once', { hasNoEnd: true });

/** The active alarms after a channel took what was due. */
const taken = (now: ActiveAlarms, minutes: number, channel = 'sns') =>
  notifiedIn(now, channel, dueIn(now, channel, at(minutes), remindMs), at(minutes));
const keysDue = (now: ActiveAlarms, minutes: number, channel = 'sns') =>
  dueIn(now, channel, at(minutes), remindMs).map(({ key }) => key);

describe('an alarm', () => {
  test('is active since it was first found', () => {
    const first = updated([], [alarm('a')], at(0));
    const second = updated(taken(first, 0), [alarm('a', { severity: 'low' })], at(5));

    expect(second).toEqual([
      {
        ...{ ...alarm('a', { severity: 'low' }), hasNoEnd: false, isOver: false },
        ...{ since: at(0).toISOString(), notified: { sns: at(0).toISOString() } },
      },
    ]);
  });

  test('is due again after exactly the time of a reminder', () => {
    const now = taken(updated([], [alarm('a')], at(0)), 0);

    expect(keysDue(now, 59)).toEqual([]);
    expect(keysDue(now, 60)).toEqual(['a']);
  });

  test('that is over is due where people know of it, and then gone', () => {
    const known = taken(updated([], [alarm('a')], at(0)), 0);
    const over = updated(known, [], at(1));

    expect(over).toMatchObject([{ key: 'a', isOver: true }]);
    expect(keysDue(over, 1)).toEqual(['a']);
    expect(keysDue(over, 1, 'slack')).toEqual([]);
    expect(taken(over, 1)).toEqual([]);
  });

  test('that is over stays until each channel that knows of it was notified', () => {
    const known = taken(taken(updated([], [alarm('a')], at(0)), 0), 0, 'slack');
    const over = taken(updated(known, [], at(1)), 1);

    expect(keysDue(over, 2)).toEqual([]);
    expect(keysDue(over, 2, 'slack')).toEqual(['a']);
    expect(taken(over, 2, 'slack')).toEqual([]);
  });

  test('that no one knows of is dropped when it is over', () => {
    expect(updated(updated([], [alarm('a')], at(0)), [], at(1))).toEqual([]);
  });
});

describe('an alarm without an end', () => {
  test('is due for an hour in a channel that fails, and is never over', () => {
    const first = updated([], [withoutEnd], at(0));

    expect(keysDue(updated(first, [], at(59)), 59)).toEqual(['once']);
    expect(updated(first, [], at(60))).toEqual([]);
    expect(updated(taken(first, 0), [], at(61))).toEqual([]);
    expect(keysDue(updated(taken(first, 0), [], at(1)), 1)).toEqual([]);
  });
});

describe('the alert', () => {
  const of = (now: ActiveAlarms) => alertOfAlarms(now, '111122223333');
  const wrong = updated(
    [],
    [alarm('a', { severity: 'low' }), alarm('b', { severity: 'critical' }), alarm('c')],
    at(0),
  );
  const over = updated(taken(wrong, 0), [], at(5));

  test('is about the worst alarm, and lists the others below it', () => {
    expect(of(wrong)).toMatchObject({
      ...{ id: 'watchtower', severity: 'critical', needsAction: true, isOver: false },
      about: {
        ...{ kind: 'watchtower', trail: null },
        ...{ startedAt: at(0).toISOString(), updatedAt: at(0).toISOString() },
      },
      title: 'Watchtower: b is wrong, and 2 more',
      callToAction: 'Restore b',
      facts: [
        { label: 'Account', value: '111122223333' },
        { label: 'Runbook', value: 'docs/runbook.md#watchtower' },
      ],
      sections: [
        {
          heading: 'Wrong',
          isCode: false,
          lines: ['b', 'c', 'a'].map(
            (key) => `${key} is wrong, since 2026-11-30 10:00:00 UTC. Restore ${key}`,
          ),
        },
      ],
    });
    expect(of(wrong).sections).toHaveLength(1);
  });

  test('says what is over, and needs no action', () => {
    expect(of(over.slice(0, 2))).toMatchObject({
      ...{ severity: 'low', needsAction: false, isOver: true },
      about: { startedAt: at(0).toISOString() },
      title: 'Watchtower: over: a is wrong, and 1 more',
      callToAction: expect.stringContaining('Nothing is to be done'),
      sections: [
        {
          heading: 'Over',
          lines: ['a', 'b'].map((key) => `${key} is wrong, since 2026-11-30 10:00:00 UTC`),
        },
      ],
    });
    expect(of(over.slice(1, 2))).toMatchObject({
      severity: 'critical',
      title: 'Watchtower: over: b is wrong',
    });
  });

  test('is about what is wrong if something else is over', () => {
    const both = [...updated([], [alarm('d')], at(6)), ...over];

    expect(of(both)).toMatchObject({
      ...{ severity: 'high', needsAction: true, isOver: false, title: 'Watchtower: d is wrong' },
      sections: [{ heading: 'Wrong' }, { heading: 'Over' }],
    });
  });
});

test('of a flood of alarms the worst are kept, and how many there are', () => {
  const flood = Array.from({ length: 300 }, (_, i) => alarm(`${i}`, { severity: 'low' }));
  const worst = alarm('worst', { severity: 'critical', title: 'x'.repeat(10_000) });
  const now = updated([], [...flood, worst], at(0));

  expect(now).toHaveLength(51);
  expect(now[0]).toMatchObject({ key: 'worst', title: expect.stringMatching(/^x{1000,1500}…$/) });
  expect(now.at(-1)).toMatchObject({
    ...{ key: 'more alarms', severity: 'high', title: '251 more alarms are not in a message' },
    remedy: 'They are in the log of the function Trailkeeper-Watchtower',
  });
  expect(updated([], flood.slice(0, 50), at(0)).map(({ key }) => key)).not.toContain('more alarms');
});

test('an active alarm is stored, and is none if a part is missing', () => {
  const now = taken(updated([], [alarm('a')], at(0)), 0);

  expect(activeAlarms.parse(JSON.parse(JSON.stringify(now)))).toEqual(now);
  for (const name of Object.keys(now[0] ?? {})) {
    expect(activeAlarms.safeParse([{ ...now[0], [name]: undefined }]).success, name).toBe(false);
  }
});
