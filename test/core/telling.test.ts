import { describe, expect, test } from 'vitest';
import type { Finding, Plan } from '#core/plan.ts';
import { call, minutes, office, paced, painted, planOf, retagged, rules } from './office.ts';

describe('while somebody is at work on it', () => {
  test('a call that made it is kept with it, and told by whoever is at work', () => {
    const { look, sweep, incidents, events } = office();
    const plan = painted('blue');
    const found = { mode: 'enforce', plan, applied: [], verified: plan } as const;
    look(0, { id: 'at-work', incident: `${minutes(0)}#at-work`, outcome: found, phase: 'found' });
    const cause = call('StopLogging', 0);
    sweep(0.02, painted('red'), cause);

    expect(incidents()).toMatchObject([{ status: 'detected', cause }]);
    expect(events()).toEqual(['Trail Drift Detected']);
  });

  test('a call of another sort is told by itself', () => {
    const { look, sweep, incidents } = office();
    const plan = painted('blue');
    look(0, { outcome: { mode: 'enforce', plan, applied: [], verified: plan }, phase: 'found' });
    const cause = call('AddTags', 0, 'bob');
    sweep(0.02, painted('red'), cause);

    expect(incidents()).toMatchObject([
      { cause: null, also: [] },
      { status: 'touched', cause },
    ]);
  });

  test('nobody else says what came of it', () => {
    const { look, incidents, events } = office();
    const plan = painted('blue', 'critical');
    const found = { mode: 'enforce', plan, applied: [], verified: plan } as const;
    look(0, { outcome: found, phase: 'found' });
    look(0.1, { outcome: found });

    expect(incidents()).toMatchObject([{ status: 'detected', endedAt: null }]);
    expect(events()).toEqual(['Trail Drift Detected']);
  });
});

describe('each of two incidents that are open', () => {
  test('is told what became of it, and of it alone', () => {
    const { look, sweep, rows, told } = office();
    sweep(0, painted('black', 'critical'));
    const both = retagged(painted('black', 'critical'));
    sweep(1, both);
    const before = told.length;
    const applied = ['paint', 'tags'].map(
      (kind) => ({ kind, action: 'Write', input: {}, status: 'applied' }) as const,
    );
    look(2, { outcome: { mode: 'enforce', plan: both, applied, verified: both } });

    expect([...rows.values()].map(({ status }) => status)).toEqual(['failed', 'degraded']);
    expect([...rows.values()].map(({ outcome }) => kindsIn(outcome?.verified))).toEqual([
      ['paint'],
      ['tags'],
    ]);
    expect(told.slice(before).map(([, incident]) => incident)).toEqual([...rows.keys()]);
  });

  test('ends by itself', () => {
    const { sweep, incidents } = office();
    sweep(0, painted('black', 'critical'));
    sweep(1, retagged(painted('black', 'critical')));
    sweep(2, retagged(painted('red')));

    expect(incidents()).toMatchObject([
      { status: 'recovered', endedAt: minutes(2) },
      { status: 'drifted', endedAt: null },
    ]);
  });
});

describe('further calls of an incident that is over', () => {
  test('are kept with it, and told at the first and then at twice as many each time', () => {
    const { repair, sweep, incidents, events } = office();
    repair(1, painted('blue'), call('StopLogging', 0.9));
    const before = events().length;
    for (let i = 0; i < 8; i += 1) {
      sweep(1.1 + i / 100, painted('red'), call('StopLogging', 0.95, 'bob'));
    }

    expect(incidents()).toMatchObject([{ status: 'restored', also: { length: 8 } }]);
    const doublings = [1, 2, 4, 8];
    expect(events().slice(before)).toEqual(doublings.map(() => 'Trail Restored'));
  });

  test('belong to the one that ended next after them', () => {
    const { repair, sweep, incidents } = office();
    repair(1, painted('blue'));
    repair(5, painted('black'));
    const [first, second] = [call('StopLogging', 0.5), call('StopLogging', 3)];
    sweep(6, painted('red'), second);
    sweep(7, painted('red'), first);

    expect(incidents()).toMatchObject([{ cause: first }, { cause: second }]);
  });

  test('belong to it though it ended in the second in which they were made', () => {
    const { repair, sweep, incidents } = office();
    const second = 1 / 60;
    repair(5 + second / 2, painted('blue'));
    const cause = call('StopLogging', 5);
    sweep(6, painted('red'), cause);

    expect(incidents()).toMatchObject([{ status: 'restored', cause }]);
  });

  test('do not belong to one that was over before them', () => {
    const { repair, sweep, incidents } = office();
    repair(1, painted('blue'), call('StopLogging', 0.9));
    const cause = call('StopLogging', 3, 'bob');
    sweep(4, painted('red'), cause);

    expect(incidents()).toMatchObject([{ also: [] }, { status: 'touched', cause }]);
  });
});

describe('one principal', () => {
  test('that tries again within the time of a reminder is told as one', () => {
    const { sweep, incidents } = office();
    for (const hour of [0, rules.remindEvery - 1, rules.remindEvery + 1]) {
      sweep(hour * 60, painted('red'), call('StopLogging', hour * 60, 'mallory', true));
    }

    expect(incidents()).toMatchObject([
      { status: 'attempted', count: 2, endedAt: minutes((rules.remindEvery - 1) * 60) },
      { status: 'attempted', count: 1 },
    ]);
  });

  test('that changed something again ten minutes later is told anew', () => {
    const { sweep, incidents } = office();
    for (const at of [0, 5, 11]) sweep(at + 0.1, painted('red'), call('StopLogging', at));

    expect(incidents()).toMatchObject([
      { status: 'touched', count: 2 },
      { status: 'touched', count: 1 },
    ]);
  });

  test('is told apart from others, up to a number; those beyond are one, and nobody is accused of it', () => {
    const { sweep, incidents } = office();
    for (let i = 0; i < 25; i += 1) {
      sweep(i / 100, painted('red'), call('StopLogging', i / 100, `somebody-${i}`, true));
    }

    const [others, ...more] = incidents().filter(({ cause }) => cause === null);
    expect(more).toEqual([]);
    expect(others?.count).toBe(25 - (incidents().length - 1));
    expect(others?.also).toHaveLength(others?.count ?? 0);
  });
});

describe('a digest', () => {
  const flood = (repair: ReturnType<typeof office>['repair']) => {
    for (let i = 0; i < 20; i += 1) repair(i / 10, painted(`colour ${i}`));
  };
  const digestOf = ({ rows }: ReturnType<typeof office>) =>
    [...rows].find(([, { status }]) => status === 'digest' || status === 'war');

  test('is a war from when somebody undoes what is restored', () => {
    const all = office();
    flood(all.repair);
    const [key] = digestOf(all) ?? [];
    const before = all.told.length;
    all.sweep(2.5, paced);
    all.sweep(2.6, paced);

    expect(all.told.slice(before)).toEqual([['Trail Restore Deferred', key]]);
    const war = all.rows.get(key ?? '');
    expect(war?.status).toBe('war');
    expect(kindsIn(war?.outcome?.verified)).toEqual(['paint']);
  });

  test('is as grave as the gravest that it stands for, and told when that grows', () => {
    const all = office();
    for (let i = 0; i < 20; i += 1) all.repair(i / 10, painted(`colour ${i}`, 'low'));
    expect(digestOf(all)?.[1].severity).toBe('low');
    for (let i = 0; i < rules.digestAfter + 1; i += 1) {
      all.repair(2 + i / 10, painted(`dark ${i}`, 'high'));
    }

    const [key, digest] = digestOf(all) ?? [];
    expect(digest?.severity).toBe('high');
    expect(all.told.at(-1)).toEqual(['Trail Drift Detected', key]);
  });

  test('that lasts is told again at the pace of reminders, and is over when it is', () => {
    const all = office();
    const hours = 2 * rules.remindEvery + 1;
    for (let at = 0; at < hours * 60; at += 2) all.sweep(at, at % 4 === 0 ? paced : painted('red'));
    const [key, war] = digestOf(all) ?? [];
    expect(war).toMatchObject({ reminders: 2, endedAt: null });
    expect(all.told.filter(([, incident]) => incident === key)).toHaveLength(3);

    all.sweep(hours * 60 + 30, painted('red'));
    expect(all.rows.get(key ?? '')?.endedAt).toBe(minutes(hours * 60 + 30));
  });

  test('still tells what a Hold keeps back, which is not told by itself', () => {
    const all = office();
    flood(all.repair);
    const [finding] = painted('black').findings;
    const withheld = { by: 'hold', hold: 'a-hold', until: minutes(60), askedBy: 'alice' } as const;
    const held = planOf({ ...finding, steps: [], withheld } as Finding);
    const before = all.told.length;
    for (let at = 3; at < 9; at += 1) {
      all.look(at, { outcome: { mode: 'enforce', plan: held, applied: [], verified: held } });
    }

    expect(all.incidents().find(({ status }) => status === 'held')).toMatchObject({
      isFolded: true,
      endedAt: null,
    });
    expect(all.told.slice(before)).toEqual([]);
  });
});

describe('what trailkeeper has written', () => {
  test('is known by field and time, and by the ids of its requests, as long as it matters', () => {
    const { repair, sweep, open } = office();
    repair(1, painted('blue'));
    repair(2, painted('black'));

    expect(open().restores).toEqual({ 'paint.colour': [minutes(1), minutes(2)] });
    expect(open().requests).toHaveLength(2);

    sweep(30, painted('blue'));
    expect(open().restores).toEqual({});
  });

  test('is not what it tried to write', () => {
    const { look, open } = office();
    const plan = painted('blue');
    const step = { kind: 'paint', action: 'Paint', input: {}, status: 'failed' } as const;
    const failed = {
      ...step,
      error: 'AccessDenied',
      message: 'denied',
      remedy: null,
      retryable: false,
    } as const;
    look(1, { outcome: { mode: 'enforce', plan, applied: [failed], verified: plan } });

    expect(open().restores).toEqual({});
  });
});

const kindsIn = (plan: Plan | undefined) => plan?.findings.map(({ kind }) => kind);
