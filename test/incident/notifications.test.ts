import { describe, expect, test } from 'vitest';
import { ownEvents } from '#incident/incident.ts';
import type { Finding } from '#reconcile/plan.ts';
import {
  call,
  drift,
  enforced,
  minutes,
  office,
  painted,
  planOf,
  repainted,
  repaintFailed,
  retagged,
  rules,
  waiting,
} from '../support/incident-fixtures.ts';

describe('a reminder', () => {
  test('comes with the sweep, whatever events come before it', () => {
    const { sweep, incidents, events } = office();
    sweep(0, painted('blue'));
    sweep(400, painted('blue'), call('StopLogging', 400, 'bob', true));
    expect(incidents()[0]).toMatchObject({ reminders: 0 });

    sweep(401, painted('blue'));
    expect(incidents()[0]).toMatchObject({ reminders: 1 });
    expect(events().filter((event) => event === ownEvents.drifted)).toHaveLength(2);
  });

  test('says what is so by then', () => {
    const { repair, sweep, incidents, events } = office();
    repair(0, painted('blue'), call('StopLogging', 0), painted('blue'));
    expect(incidents()).toMatchObject([{ status: 'degraded' }]);

    sweep(400, painted('blue'));
    expect(incidents()).toMatchObject([{ status: 'drifted', reminders: 1 }]);
    expect(events().at(-1)).toBe(ownEvents.drifted);
  });

  test('of a row that was lost makes it of what is seen now', () => {
    const { sweep, rows } = office();
    sweep(0, painted('blue'));
    rows.clear();
    sweep(400, painted('blue'));

    expect([...rows.values()]).toMatchObject([
      { trail: painted('red').trail, status: 'drifted', severity: 'high', endedAt: null, also: [] },
    ]);
  });
});

describe('what an incident has come to', () => {
  test('is told by whoever is at work on it, and not by a sweep meanwhile', () => {
    const { look, incidents, events } = office();
    const cause = call('StopLogging', 0);
    look(0, { cause, outcome: enforced(painted('blue')), phase: 'found' });
    look(1, { outcome: enforced(painted('blue')) });

    expect(incidents()).toMatchObject([{ status: 'detected' }]);
    expect(events()).toEqual([ownEvents.detected]);
  });

  test('is told, though somebody is at work on something else', () => {
    const { look, sweep, incidents, events } = office();
    sweep(0, painted('blue'));
    const cause = call('AddTags', 1);
    look(1, { cause, outcome: enforced(retagged(painted('blue'))), phase: 'found' });
    const both = retagged(painted('blue'));
    look(1.1, { outcome: enforced(both, both, [repaintFailed]) });

    expect(incidents().map(({ status }) => status)).toEqual(['degraded', 'detected']);
    expect(events()).toEqual([ownEvents.drifted, ownEvents.detected, ownEvents.degraded]);
  });

  test('is about what is wrong by it, and nothing else', () => {
    const { look, sweep, incidents } = office();
    sweep(0, painted('blue', 'low'));
    look(5, { outcome: enforced(retagged(waiting('hold'))) });

    const [paint] = incidents();
    expect(paint).toMatchObject({ status: 'held' });
    expect(paint?.outcome?.verified.findings.map(({ kind }) => kind)).toEqual(['paint']);
  });

  test('is told after an event, where its repair did not succeed', () => {
    const { repair, incidents, events } = office();
    repair(0.1, painted('blue'), call('StopLogging', 0), painted('blue'));

    expect(incidents()).toMatchObject([{ status: 'degraded', endedAt: null }]);
    expect(events()).toEqual([ownEvents.detected, ownEvents.degraded]);
  });

  test('is not changed by the event of another', () => {
    const { sweep, look, incidents } = office();
    sweep(0, painted('blue'));
    const cause = call('AddTags', 1, 'bob', true);
    look(1.1, { cause, outcome: enforced(painted('blue'), painted('blue'), [repaintFailed]) });

    expect(incidents()[0]).toMatchObject({ status: 'drifted' });
  });

  test('is recovered where our step failed, and the drift is gone all the same', () => {
    const { look, sweep, incidents, events } = office();
    sweep(0, painted('blue'));
    look(5, { outcome: enforced(painted('blue'), painted('red'), [repaintFailed]) });

    expect(incidents()).toMatchObject([{ status: 'recovered', endedAt: minutes(5) }]);
    expect(events()).toEqual([ownEvents.drifted, ownEvents.recovered]);
  });

  test('when it recovered keeps what was found; when it was restored, how', () => {
    const { repair, sweep, incidents } = office();
    sweep(0, painted('blue'));
    sweep(5, painted('red'));
    repair(20, painted('green'));

    const [recovered, restored] = incidents();
    expect(recovered?.outcome?.verified).toEqual(painted('blue'));
    expect(restored?.outcome).toMatchObject({ applied: [repainted], verified: painted('red') });
  });

  test('does not follow from our own call, which the next look judges', () => {
    const { sweep, incidents, open } = office();
    sweep(0, painted('blue'));
    sweep(1, painted('red'), { ...call('StartLogging', 1), selfTriggered: true });
    expect(incidents()).toMatchObject([{ status: 'drifted', endedAt: null }]);
    expect(open().inSyncAt).toBeNull();

    sweep(2, painted('red'));
    expect(incidents()).toMatchObject([{ status: 'recovered', endedAt: minutes(2) }]);
  });

  test('does not follow from a kind that was not read, nor wait for it', () => {
    const { sweep, incidents } = office();
    const tags: Finding = { kind: 'tags', status: 'unknown', reason: 'denied', retryable: false };
    sweep(0, painted('blue'));
    sweep(1, { ...painted('red'), findings: [tags, ...painted('red').findings] });
    expect(incidents()).toMatchObject([
      { status: 'recovered' },
      { status: 'unknown', severity: 'high', endedAt: null },
    ]);

    sweep(2, { ...painted('red'), findings: [...painted('red').findings, tags] });
    expect(incidents()[1]).toMatchObject({ endedAt: null });
  });
});

describe('what is found while it is repaired', () => {
  test('makes its incident no less grave', () => {
    const { look, incidents } = office();
    const cause = call('StopLogging', 0);
    const found = painted('black', 'critical');
    look(0, { cause, outcome: enforced(found), phase: 'found' });
    look(0.1, { cause, outcome: enforced(found, retagged(found), [repainted]) });

    expect(incidents()).toMatchObject([{ status: 'failed', severity: 'critical' }]);
  });

  test('is no incident more', () => {
    const { repair, incidents } = office();
    for (let at = 1; at < rules.digestAfter; at += 1) {
      repair(at, painted('blue', 'low'), null, painted('black', 'critical'));
    }

    expect(incidents().map(({ status }) => status)).not.toContain('digest');
  });
});

describe('a baseline that can not be used', () => {
  test('is critical', () => {
    const { look, incidents } = office();
    look(0, { problem: 'states: is missing' });

    expect(incidents()).toMatchObject([{ status: 'broken', severity: 'critical', endedAt: null }]);
  });

  test('is not over because something else is wrong with it', () => {
    const { look, incidents, open } = office();
    look(0, { problem: 'states: is missing' });
    look(1, { problem: 'version: is missing' });

    expect(incidents()).toMatchObject([{ endedAt: null }, { endedAt: null }]);
    expect(open().inSyncAt).toBeNull();
  });
});

describe('what is kept of a trail', () => {
  test('is not written by a look that sees nothing new', () => {
    const { sweep, writes } = office();
    sweep(0, painted('blue'));
    const before = writes();
    for (let at = 1; at < 9; at += 1) sweep(at, painted('blue'));

    expect(writes()).toBe(before);
  });

  test('is when it was last in sync, to ten minutes', () => {
    const { sweep, look, open } = office();
    sweep(0, painted('blue'));
    look(0.5, { problem: 'states: is missing' });
    expect(open().inSyncAt).toBeNull();

    const seen = [1, 5, 12].map((at) => {
      sweep(at, painted('red'));
      return open().inSyncAt;
    });
    expect(seen).toEqual([minutes(1), minutes(1), minutes(12)]);

    sweep(30, painted('blue'));
    look(50, { problem: 'states: is missing' });
    expect(open().inSyncAt).toBe(minutes(12));
  });

  test('is which calls were ours', () => {
    const { look, open } = office();
    const outcome = enforced(painted('red'));
    look(0, { outcome, requests: ['one'] });
    look(1, { outcome, requests: ['two', 'three'] });

    expect(open().requests).toEqual(['one', 'two', 'three']);
  });

  test('is when each field was restored', () => {
    const { repair, look, open } = office();
    repair(0, painted('blue'));
    repair(1, retagged(painted('green')));
    const failed = enforced(painted('blue'), painted('blue'), [repaintFailed]);
    look(2, { outcome: failed });

    expect(open().restores).toEqual({ 'paint.colour': [minutes(0), minutes(1)] });
  });

  test('is what was restored of each field, and nothing of others', () => {
    const { look, open } = office();
    const changes = ['colour', 'gloss'].map((path) => ({ ...drift('blue'), path }));
    const found = planOf({ kind: 'paint', status: 'drifted', changes, steps: [] });
    look(0, { outcome: enforced(found, painted('red'), [repainted]) });
    look(1, { outcome: enforced(retagged(found), found, [{ ...repainted, kind: 'tags' }]) });

    expect(open().restores).toEqual({
      'paint.colour': [minutes(0)],
      'paint.gloss': [minutes(0)],
      'tags.colour': [minutes(1)],
    });
  });
});

test('an incident that a sweep opens is told as what it is, whatever else is open', () => {
  const { sweep, look, incidents, events } = office();
  sweep(0, retagged(painted('red')));
  look(5, { outcome: enforced(retagged(waiting('hold'))) });
  expect(incidents()[1]).toMatchObject({ status: 'held' });
  expect(events()).toEqual([ownEvents.drifted, ownEvents.held]);
});

test('a call that comes while the baseline can not be used is told', () => {
  const { look, incidents } = office();
  const cause = call('StopLogging', 0);
  look(0, { problem: 'states: is missing', cause });
  const calls = incidents().flatMap((one) => [one.cause, ...one.also]);
  expect(calls).toContainEqual(cause);
});

test('a late call that made a time without record is told as a touch', () => {
  const { look, sweep, events } = office();
  const flip = { how: 'stopped', from: minutes(1), isFromKnown: true, to: minutes(2) } as const;
  look(3, { outcome: enforced(painted('red')), flip });
  sweep(4, painted('red'), call('StopLogging', 1));
  expect(events()).toEqual([ownEvents.touched, ownEvents.touched]);
});

test('one more call of an open incident is told as what the incident is', () => {
  const { look, rows, told } = office();
  look(0, { outcome: enforced(waiting('hold')) });
  const both = retagged(waiting('hold'));
  look(1, { outcome: enforced(both), cause: call('AddTags', 0.9) });
  const before = told.length;
  look(2, { outcome: enforced(both), cause: call('StopLogging', 1.9) });
  const heard = told
    .slice(before)
    .map(([event, key]) => [event, ownEvents[rows.get(key)?.status ?? 'broken']]);
  for (const [event, of] of heard) expect(event).toBe(of);
});
