import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { severities } from '#drift/impact.ts';
import type { Look } from '#incident/follow.ts';
import { type Incident, ownEvents } from '#incident/incident.ts';
import type { MaintenanceWindow } from '#reconcile/maintenance-window.ts';
import { trail } from '../support/baseline.ts';
import {
  call,
  enforced,
  minutes,
  office,
  painted,
  retagged,
  rules,
  unknown,
} from '../support/incident-fixtures.ts';

/** The name that an incident's row has to go by: a time and its id. */
const nameOf = ([key, { id }]: readonly [string, Incident]): string =>
  id === '' ? 'none' : `${new Date(Date.parse(key.split('#')[0] ?? '')).toISOString()}#${id}`;

describe('a function that was cut short after it had stored what is open', () => {
  test('before the row was made: the next look makes it, with who did it', () => {
    const { breakDown, repaired, sweep, incidents, told } = office();
    const cause = call('StopLogging', 0);

    breakDown();
    sweep(0, painted('blue', 'critical'), cause);
    repaired();
    sweep(1, painted('blue', 'critical'));

    expect(incidents()).toMatchObject([
      { cause: { eventId: cause.eventId }, status: 'drifted', severity: 'critical' },
    ]);
    expect(incidents()[0]?.startedAt).toBe(minutes(0));
    expect(told).toEqual([['Trail Drift Detected', `${cause.at}#${cause.eventId}`]]);
  });

  test('before the row said how it ended: the next look says it, and not that it lasts', () => {
    const { breakDown, repaired, sweep, incidents, events } = office();
    sweep(0, painted('blue'), call('StopLogging', 0));

    breakDown();
    sweep(1, painted('red'));
    repaired();
    sweep(2, painted('red'));

    expect(incidents()).toMatchObject([{ status: 'recovered', endedAt: minutes(1) }]);
    expect(events()).toEqual(['Trail Drift Detected', 'Trail Restored']);
  });

  test('before the row said how it ended: who did it, and when it began, stays', () => {
    const { breakDown, repaired, sweep, incidents } = office();
    const cause = call('StopLogging', 0);
    sweep(0, painted('blue'), cause);

    breakDown();
    sweep(1, painted('red'));
    repaired();
    sweep(2, painted('red'));

    expect(incidents()).toMatchObject([{ status: 'recovered', cause, startedAt: minutes(0) }]);
  });

  test('before several rows were made: each is made of its own', () => {
    const { breakDown, repaired, sweep, incidents } = office();
    const cause = call('StopLogging', 0);

    breakDown();
    sweep(0, painted('blue', 'critical'), cause);
    sweep(1, retagged(painted('blue', 'critical')));
    sweep(2, painted('red'));
    repaired();
    sweep(3, painted('red'));

    const ended = { status: 'recovered', endedAt: minutes(2), gaps: [], also: [] };
    expect(incidents()).toMatchObject([
      { ...ended, id: cause.eventId, severity: 'critical', cause, startedAt: minutes(0) },
      { ...ended, severity: 'low', cause: null, startedAt: minutes(1), isFolded: false },
    ]);
  });

  test('of what was told meanwhile the latest counts', () => {
    const { breakDown, repaired, sweep, incidents, events } = office();
    const cause = call('StopLogging', 0);

    breakDown();
    sweep(0, painted('blue', 'critical'), cause);
    sweep(1, painted('red'));
    repaired();
    sweep(2, painted('red'));

    expect(incidents()).toMatchObject([
      { status: 'recovered', endedAt: minutes(1), cause: { eventId: cause.eventId } },
    ]);
    expect(events()).toEqual(['Trail Restored']);
  });
});

describe('the same drift', () => {
  test('is told once, however often it is seen', () => {
    const { sweep, events } = office();
    for (let at = 0; at < 300; at += 1) sweep(at, painted('blue'));

    expect(events()).toEqual(['Trail Drift Detected']);
  });

  test('is one incident, found by an event and by a sweep at the same time', () => {
    const { look, sweep, incidents } = office();
    const plan = painted('blue');
    const cause = call('StopLogging', 0);
    const found = { mode: 'enforce', plan, applied: [], verified: plan } as const;
    look(0, { cause, outcome: found, phase: 'found' });
    sweep(0.01, plan);
    sweep(0.02, painted('red'));

    expect(incidents()).toMatchObject([{ status: 'detected', endedAt: null, cause }]);
  });

  test('is told again at the pace that was set, for as long as it stays', () => {
    const { sweep, events, incidents } = office();
    for (let at = 0; at <= 24 * 60; at += 10) sweep(at, painted('blue'));

    expect(events()).toHaveLength(1 + 24 / rules.remindEvery);
    expect(incidents()).toMatchObject([{ reminders: 24 / rules.remindEvery }]);
  });

  test('that went away and came back is another incident', () => {
    const { sweep, incidents } = office();
    sweep(0, painted('blue'));
    sweep(1, painted('red'));
    sweep(2, painted('blue'));

    expect(incidents().map(({ status }) => status)).toEqual(['recovered', 'drifted']);
  });
});

describe('an incident', () => {
  test('goes from detected to restored, with who did it, and is told each time', () => {
    const { repair, events, incidents } = office();
    const cause = call('StopLogging', 0);
    repair(0.01, painted('blue'), cause);

    expect(events()).toEqual(['Trail Drift Detected', 'Trail Restored']);
    expect(incidents()).toMatchObject([
      { status: 'restored', cause, endedAt: minutes(0.01), severity: 'high' },
    ]);
  });

  test('does not accuse whoever made a call that makes no such drift', () => {
    const { repair, incidents } = office();
    const cause = call('AddTags', 0, 'bob');
    repair(0.01, painted('blue'), cause);

    expect(incidents()).toMatchObject([
      { status: 'restored', cause: null, also: [] },
      { status: 'touched', cause },
    ]);
  });

  test('of a sweep learns who did it from the event that comes late', () => {
    const { repair, sweep, incidents } = office();
    repair(1, painted('blue'));
    const cause = call('StopLogging', 0.5);
    sweep(2, painted('red'), cause);

    expect(incidents()).toMatchObject([{ status: 'restored', cause }]);
  });

  test('stays open while something of it is left', () => {
    const { repair, sweep, incidents } = office();
    repair(0, painted('blue'), null, painted('blue'));
    expect(incidents()).toMatchObject([{ status: 'degraded', endedAt: null }]);

    sweep(1, painted('red'));
    expect(incidents()).toMatchObject([{ status: 'recovered', endedAt: minutes(1) }]);
  });

  test('is not over because nobody can look any more', () => {
    const { sweep, rows } = office();
    sweep(0, painted('blue'));
    sweep(1, unknown);

    expect([...rows.values()]).toMatchObject([
      { status: 'drifted', endedAt: null },
      { status: 'unknown', endedAt: null },
    ]);
  });

  test('whose finder is no more is closed by a later sweep', () => {
    const { look, sweep, incidents } = office();
    const plan = painted('blue');
    const found = { mode: 'enforce', plan, applied: [], verified: plan } as const;
    look(0, { outcome: found, phase: 'found' });
    sweep(3, painted('red'));

    expect(incidents()).toMatchObject([{ status: 'recovered', endedAt: minutes(3) }]);
  });

  test('of a baseline that can not be used is over when it can', () => {
    const { look, sweep, incidents, events } = office();
    look(0, { problem: 'states: is missing' });
    look(1, { problem: 'states: is missing' });
    expect(events()).toEqual(['Guard Tampered']);

    sweep(2, painted('red'));
    expect(incidents()).toMatchObject([{ status: 'recovered', problem: 'states: is missing' }]);
  });
});

describe('a Hold', () => {
  const hold: MaintenanceWindow = {
    schema: 1,
    id: 'a-hold',
    trail: trail.arn,
    kinds: ['paint'],
    from: minutes(0),
    until: minutes(60),
    by: 'alice',
    reason: 'painting',
  };

  test('is a row of its own, and is not over because Holds were not read', () => {
    const { look, incidents, rows } = office();
    const holds = [hold, { ...hold, id: 'another' }];
    const outcome = enforced(painted('red'));
    look(1, { outcome, holds });
    look(2, { outcome, holds: null });
    look(3, { outcome, holds });

    const began = { status: 'hold-began', severity: 'medium', endedAt: null, outcome: null };
    expect(incidents()).toMatchObject(holds.map((one) => ({ ...began, hold: one, cause: null })));
    expect([...rows].map(nameOf)).toEqual([...rows.keys()]);
  });

  test('is told when it begins and when it has ended, once each', () => {
    const { look, incidents, events } = office();
    const plan = painted('red');
    const outcome = { mode: 'enforce', plan, applied: [], verified: plan } as const;
    for (const at of [1, 2, 3]) look(at, { outcome, holds: [hold] });
    expect(events()).toEqual(['Baseline Changed']);

    for (const at of [61, 62]) look(at, { outcome, holds: [] });
    expect(events()).toEqual(['Baseline Changed', 'Baseline Changed']);
    expect(incidents()).toMatchObject([{ status: 'hold-ended', hold, endedAt: minutes(61) }]);
  });
});

describe('whatever happens,', () => {
  const colour = fc.constantFrom('red', 'blue', 'green', 'black');
  const event = fc.record({
    colour,
    left: colour,
    isRepair: fc.boolean(),
    isEvent: fc.boolean(),
    name: fc.constantFrom('StopLogging', 'AddTags'),
    who: fc.constantFrom('mallory', 'bob', 'terraform'),
    failed: fc.boolean(),
    wait: fc.constantFrom(0, 0.01, 1, 20, 500),
  });

  const played = (events: readonly (typeof event extends fc.Arbitrary<infer E> ? E : never)[]) => {
    const made = office();
    let at = 0;
    for (const { colour: found, left, isRepair, isEvent, name, who, failed, wait } of events) {
      at += wait;
      const cause = isEvent ? call(name, at, who, failed) : null;
      if (isRepair && found !== 'red') made.repair(at + 0.01, painted(found), cause, painted(left));
      else made.sweep(at + 0.01, painted(found), cause);
    }
    return { ...made, at };
  };

  test('nothing that is wrong is left untold', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 40 }), (events) => {
        const { rows, told, open } = played(events);
        const heard = new Set(told.map(([, incident]) => incident));
        for (const [key, { isFolded }] of rows) {
          if (!isFolded) expect(heard).toContain(key);
        }
        const isFoldedSomewhere = [...rows.values()].some(({ isFolded }) => isFolded);
        const hasDigest = [...rows.values()].some(({ status }) => status === 'digest');
        if (isFoldedSomewhere) expect(hasDigest).toBe(true);
        for (const { incident } of Object.values(open().symptoms))
          expect([...rows.keys()]).toContain(incident);
      }),
    );
  });

  test('every row goes by its time and its id, and is told as what it has come to', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 40 }), (events) => {
        const { rows, told } = played(events);
        expect([...rows].map(nameOf)).toEqual([...rows.keys()]);
        for (const { status, severity } of rows.values()) {
          expect(Object.keys(ownEvents)).toContain(status);
          expect(severities).toContain(severity);
        }
        for (const [event] of told) expect(Object.values(ownEvents)).toContain(event);
      }),
    );
  });

  test('a sweep that finds the trail in sync, once everybody is done, leaves nothing open', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 40 }), (events) => {
        const { sweep, rows, open, at } = played(events);
        sweep(at + 10, painted('red'));
        sweep(at + 30, painted('red'));

        expect(open()).toMatchObject({ symptoms: {}, incidents: {}, digest: null });
        for (const { endedAt } of rows.values()) expect(endedAt).not.toBeNull();
      }),
    );
  });
});

describe('an event that comes again', () => {
  test('when its incident is over, leaves that as it ended, and what it finds is another one', () => {
    const { repair, incidents, told, rows } = office();
    const cause = call('StopLogging', 0);
    repair(0.1, painted('blue'), cause);
    const [first] = incidents();
    repair(5, painted('blue'), cause);

    expect(incidents()).toHaveLength(2);
    expect(incidents()[0]).toEqual(first);
    expect(incidents()[1]).toMatchObject({ status: 'restored', startedAt: minutes(5) });
    expect([...rows].map(nameOf)).toEqual([...rows.keys()]);
    expect(told).toHaveLength(4);
  });
});

describe('while the bus takes nothing', () => {
  test('what is learned stays, and what is kept to be said is bounded', () => {
    const { repair, sweep, holdBack, incidents, open } = office();
    holdBack();
    repair(1, painted('blue'));
    const [cause, further] = [call('StopLogging', 0.5), call('StopLogging', 0.6, 'bob')];
    sweep(2, painted('red'), cause);
    sweep(2.5, painted('red'), further);
    sweep(3, painted('red'));
    expect(incidents()).toMatchObject([{ status: 'restored', cause, also: [further] }]);

    for (let i = 0; i < 500; i += 1) {
      repair(10 + 20 * i, painted(`colour ${i}`), call('StopLogging', 10 + 20 * i));
    }
    expect(JSON.stringify(open()).length).toBeLessThan(200_000);
  });

  test('a row that was written later than what was to be said stays as it is', () => {
    const { sweep, look, holdBack, rows } = office();
    holdBack();
    sweep(0, painted('blue'));
    const [key = ''] = rows.keys();
    rows.set(key, { ...(rows.get(key) as Incident), status: 'restored', changedAt: minutes(9) });
    look(1, { outcome: null, problem: 'x', cause: call('AddTags', 0) });

    expect(rows.get(key)).toMatchObject({ status: 'restored' });
  });
});

test('what others put right is not told to have been restored, whatever else was', () => {
  const { look, sweep, incidents } = office();
  sweep(0, painted('blue', 'critical'), call('StopLogging', 0));
  const found = retagged(painted('red'));
  const step = { kind: 'tags', action: 'AddTags', input: {}, status: 'applied' } as const;
  const outcome = { mode: 'enforce', plan: found, applied: [step], verified: painted('red') };
  look(5, {
    outcome: { ...outcome, mode: 'enforce', verified: found, applied: [] },
    phase: 'found',
  });
  look(5.1, { outcome: outcome as Look['outcome'] });

  expect(incidents()[0]).toMatchObject({ status: 'recovered', severity: 'critical' });
});
