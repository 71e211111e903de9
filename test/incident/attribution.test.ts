import { describe, expect, test } from 'vitest';
import type { Look } from '#incident/follow.ts';
import { longestList, ownEvents } from '#incident/incident.ts';
import type { ApiCall } from '#trail/api-call.ts';
import {
  call,
  drift,
  enforced,
  minutes,
  office,
  painted,
  planOf,
  retagged,
  rules,
  unknown,
} from '../support/incident-fixtures.ts';

describe('calls that leave no drift:', () => {
  test('what was undone before we looked is told as one, by principal', () => {
    const { sweep, incidents, events } = office();
    sweep(1, painted('red'), call('StopLogging', 0));
    sweep(1, painted('red'), call('StartLogging', 0.5));
    sweep(1, painted('red'), call('StopLogging', 0.5, 'bob'));

    expect(incidents()).toMatchObject([
      { status: 'touched', count: 2, cause: { eventName: 'StopLogging' } },
      { status: 'touched', count: 1, cause: { principal: { name: 'bob' } } },
    ]);
    expect(events()).toEqual(['Trail Touched', 'Trail Touched', 'Trail Touched']);
  });

  test('an attempt is told at low severity', () => {
    const { sweep, incidents, events } = office();
    sweep(1, painted('red'), call('StopLogging', 0, 'mallory', true));

    expect(incidents()).toMatchObject([{ status: 'attempted', severity: 'low' }]);
    expect(events()).toEqual(['Trail Change Attempted']);
  });

  test('a flood of attempts is few messages', () => {
    const { sweep, incidents, events } = office();
    for (let i = 0; i < 1000; i += 1) {
      sweep(i / 100, painted('red'), call('StopLogging', i / 100, 'mallory', true));
    }

    expect(incidents()).toMatchObject([{ count: 1000 }]);
    expect(events().length).toBeLessThan(12);
  });

  test('the same event again is nothing new', () => {
    const { sweep, incidents, told } = office();
    const cause = call('StopLogging', 0);
    sweep(1, painted('red'), cause);
    sweep(2, painted('red'), cause);

    expect(incidents()).toMatchObject([{ count: 1 }]);
    expect(told).toHaveLength(1);
  });

  test('our own are not told', () => {
    const { sweep, told } = office();
    sweep(1, painted('red'), { ...call('StartLogging', 0), selfTriggered: true });

    expect(told).toEqual([]);
  });
});

describe('a call that set nothing but what the baseline says', () => {
  const inSync = enforced(painted('red'));
  const flip = { how: 'stopped', from: minutes(1), isFromKnown: true, to: minutes(2) } as const;

  test('is no incident', () => {
    const { look, incidents, told } = office();
    look(1, { cause: call('StartLogging', 0), outcome: inSync, isNoOp: true });

    expect(incidents()).toEqual([]);
    expect(told).toEqual([]);
  });

  test('is kept with what the same principal changed before, and not told', () => {
    const { look, sweep, incidents, told } = office();
    sweep(1, painted('red'), call('StopLogging', 0));
    const before = told.length;
    look(1, { cause: call('StartLogging', 0.5), outcome: inSync, isNoOp: true });

    expect(incidents()).toMatchObject([{ status: 'touched', count: 2 }]);
    expect(told).toHaveLength(before);
  });

  test('is told if it ended an interruption', () => {
    const { look, incidents } = office();
    const cause = call('StartLogging', 2);
    look(3, { cause, outcome: inSync, flip, isNoOp: true });

    expect(incidents()).toMatchObject([{ status: 'touched', severity: 'critical', flip, cause }]);
  });

  test('is not to blame for drift that is found after it: the call that made it is', () => {
    const { look, incidents } = office();
    const plan = painted('blue');
    const harmless = call('StartLogging', 0);
    const outcome = { mode: 'observe', plan, applied: [], verified: plan } as const;
    look(1, { cause: harmless, outcome, isNoOp: true });
    expect(incidents()).toMatchObject([{ status: 'drifted', cause: null }]);

    const culprit = call('StopLogging', 0.5, 'bob');
    look(2, { cause: culprit, outcome });
    expect(incidents()).toMatchObject([{ status: 'drifted', cause: culprit }]);
  });
});

describe('a flip', () => {
  const flip = { how: 'stopped', from: minutes(1), isFromKnown: true, to: minutes(2) } as const;
  const plan = painted('red');
  const outcome = { mode: 'enforce', plan, applied: [], verified: plan } as const;

  test('is told with the call that made it', () => {
    const { look, incidents } = office();
    const cause = call('StopLogging', 1);
    look(3, { cause, outcome, flip });

    expect(incidents()).toMatchObject([{ status: 'touched', severity: 'critical', flip, cause }]);
  });

  test('is not laid at the door of whoever failed at something then', () => {
    const { look, incidents } = office();
    look(3, { cause: call('StopLogging', 2, 'bob', true), outcome, flip });

    expect(incidents()).toMatchObject([
      { status: 'attempted', severity: 'low', flip: null },
      { status: 'touched', severity: 'critical', flip, cause: null },
    ]);
  });
});

describe('who is to blame', () => {
  test('is nobody whose call was before the trail was last in sync', () => {
    const { sweep, repair, incidents } = office();
    for (let at = 0; at < 60; at += 1) sweep(at, painted('red'));
    const old = call('StopLogging', 10, 'alice');
    repair(60, painted('blue'), old);

    expect(incidents()).toMatchObject([{ cause: null, also: [old] }]);
  });

  test.each<[what: string, more: Partial<Look>]>([
    ['something was wrong', { outcome: enforced(painted('blue')) }],
    ['it could not be read', { outcome: enforced(unknown) }],
    ['the baseline could not be used', { problem: 'states: is missing' }],
  ])('is whoever called before a look at which %s', (_what, more) => {
    const { look, sweep, incidents } = office();
    sweep(0, painted('red'));
    look(20, more);
    const cause = call('AddTags', 10, 'bob');
    sweep(40, retagged(painted('red')), cause);

    expect(incidents().at(-1)).toMatchObject({ cause });
  });

  test('is nobody whose call was before the latest of many looks that found nothing wrong', () => {
    const { sweep, incidents } = office();
    for (const at of [0, 20, 40]) sweep(at, painted('red'));
    const old = call('StopLogging', 30);
    sweep(60, painted('blue', 'critical'), old);

    expect(incidents()).toMatchObject([{ cause: null, also: [old] }]);
  });

  test('is whoever made the gravest of it, whichever event comes first', () => {
    const { repair, sweep, incidents } = office();
    const [lesser, graver] = [call('AddTags', 0, 'bob'), call('StopLogging', 0)];
    repair(0.1, retagged(painted('blue', 'critical')), lesser);
    sweep(0.2, painted('red'), graver);

    expect(incidents()).toMatchObject([{ cause: graver, also: [lesser] }]);
  });

  test('of two incidents that are open is whoever made each', () => {
    const { sweep, incidents } = office();
    sweep(0, painted('blue', 'critical'));
    sweep(1, retagged(painted('blue', 'critical')));
    const cause = call('AddTags', 0.9, 'bob');
    sweep(2, retagged(painted('blue', 'critical')), cause);

    expect(incidents().map((one) => one.cause?.eventId ?? null)).toEqual([null, cause.eventId]);
  });
});

describe('what was undone before we looked', () => {
  test('is told, though something harmless was left, or restored then', () => {
    for (const isLate of [false, true]) {
      const { repair, sweep, incidents } = office();
      const tags = retagged(painted('red'));
      const touch = call('StopLogging', 0);
      const bob = call('AddTags', 0.1, 'bob');
      if (!isLate) sweep(0.2, tags, touch);
      repair(0.3, tags, bob);
      if (isLate) sweep(0.4, painted('red'), touch);

      expect(incidents()).toContainEqual(
        expect.objectContaining({ status: 'touched', severity: 'high', cause: touch }),
      );
    }
  });

  test('is told each time, with the time that each took', () => {
    const { look, incidents } = office();
    const plan = painted('red');
    const outcome = { mode: 'enforce', plan, applied: [], verified: plan } as const;
    const flips = [1, 3, 5].map((at) => ({
      ...({ how: 'stopped', isFromKnown: true } as const),
      ...{ from: minutes(at), to: minutes(at + 1) },
    }));
    for (const [i, flip] of flips.entries()) {
      look(2 * i + 2.5, { cause: call('StopLogging', 2 * i + 1), outcome, flip });
    }

    expect(incidents().flatMap(({ flip }) => flip ?? [])).toEqual(flips);
  });
});

describe('an own call', () => {
  const echo = (at: number): ApiCall => ({ ...call('StartLogging', at), selfTriggered: true });

  test('opens nothing: whoever made what is found is told by their event, or by the sweep', () => {
    const { sweep, incidents, told } = office();
    sweep(1, painted('blue', 'critical'), echo(0.5));
    expect(told).toEqual([]);

    sweep(2, painted('blue', 'critical'));
    expect(incidents()).toMatchObject([{ status: 'drifted' }]);
  });

  test('hides no stop that was undone', () => {
    const { look, incidents } = office();
    const plan = painted('red');
    const outcome = { mode: 'observe', plan, applied: [], verified: plan } as const;
    const flip = { how: 'stopped', from: minutes(1), isFromKnown: true, to: minutes(2) } as const;
    look(3, { cause: echo(2.9), outcome, flip });

    expect(incidents()).toMatchObject([{ status: 'touched', flip }]);
  });
});

describe('one more call of an incident', () => {
  test('is told at the first, and then at twice as many each time', () => {
    const { sweep, told, incidents } = office();
    const first = call('StopLogging', 0);
    sweep(0, painted('blue'), first);
    const more = [];
    const heard = [];
    for (let at = 1; at <= 30; at += 1) {
      const before = told.length;
      const cause = call('StopLogging', at, 'bob');
      more.push(cause);
      sweep(at, painted('blue'), cause);
      if (told.length > before) heard.push(at);
    }

    expect(heard).toEqual([1, 2, 4, 8, 16]);
    expect(told.at(-1)?.[0]).toBe(ownEvents.drifted);
    expect(incidents()).toMatchObject([
      { status: 'drifted', cause: first, also: more.slice(-longestList) },
    ]);
  });

  test('is told with the row that was lost meanwhile', () => {
    const { sweep, rows } = office();
    sweep(0, painted('blue'), call('StopLogging', 0));
    rows.clear();
    const bob = call('StopLogging', 1, 'bob');
    sweep(1, painted('blue'), bob);

    expect([...rows]).toMatchObject([
      [expect.any(String), { status: 'detected', severity: 'high', cause: bob, isFolded: false }],
    ]);
    expect([...rows.values()][0]).toMatchObject({ also: [], gaps: [] });
  });

  test('while it is repaired is its repairer’s to tell', () => {
    const { look, sweep, incidents, events } = office();
    const [first, second] = [call('StopLogging', 0), call('StopLogging', 0.1, 'bob')];
    look(0, { cause: first, outcome: enforced(painted('blue')), phase: 'found' });
    sweep(0.2, painted('red'), second);

    expect(incidents()).toMatchObject([{ status: 'detected', cause: first, also: [second] }]);
    expect(events()).toEqual([ownEvents.detected]);
  });

  test('is not one that makes no such drift, though that is being repaired', () => {
    const { look, sweep, incidents } = office();
    const [first, other] = [call('StopLogging', 0), call('AddTags', 0.1, 'bob')];
    look(0, { cause: first, outcome: enforced(painted('blue')), phase: 'found' });
    sweep(0.2, painted('red'), other);

    expect(incidents()).toMatchObject([
      { status: 'detected', cause: first, also: [] },
      { status: 'touched', cause: other },
    ]);
  });

  test('is told with the drift that it made, whatever else ended when it came', () => {
    const { sweep, incidents } = office();
    sweep(0, painted('blue'));
    sweep(1, retagged(painted('blue')));
    const cause = call('AddTags', 0.9, 'bob');
    sweep(2, retagged(painted('red')), cause);

    expect(incidents()).toMatchObject([
      { status: 'recovered', cause: null },
      { status: 'drifted', cause },
    ]);
  });
});

describe('the event of a call that comes late', () => {
  test('is told with what ended next after it, as that ended', () => {
    const { repair, sweep, incidents, events } = office();
    for (const at of [1, 3, 5]) repair(at, painted('blue'));
    const cause = call('StopLogging', 2);
    sweep(6, painted('red'), cause);

    expect(incidents().map((one) => one.cause)).toEqual([null, cause, null]);
    expect(events().slice(6)).toEqual([ownEvents.restored]);
  });

  test('is told with what ended last in the second of the call, where nothing ended later', () => {
    const { repair, sweep, incidents } = office();
    for (const at of [1.002, 1.01]) repair(at, painted('blue'));
    const cause = call('StopLogging', 1);
    sweep(2, painted('red'), cause);

    expect(incidents().map((one) => one.cause)).toEqual([null, cause]);
  });

  test('is told by itself where all had ended before it', () => {
    const { repair, sweep, incidents } = office();
    repair(1, painted('blue'));
    const cause = call('StopLogging', 2);
    sweep(3, painted('red'), cause);

    expect(incidents()).toMatchObject([
      { status: 'restored', cause: null, also: [] },
      { status: 'touched', cause },
    ]);
  });

  test('blames nobody who called before the trail was last in sync', () => {
    for (const isOver of [false, true]) {
      const { sweep, incidents } = office();
      sweep(0.01, painted('red'));
      sweep(1, painted('blue'));
      if (isOver) sweep(2, painted('red'));
      const old = call('StopLogging', -1);
      sweep(3, painted(isOver ? 'red' : 'blue'), old);

      expect(incidents()).toMatchObject([{ cause: null, also: [old] }]);
    }
  });

  test('blames who made the gravest, though the list of what was found was cut', () => {
    const { repair, sweep, rows } = office();
    repair(1, painted('blue'));
    const [[key = '', row] = []] = rows;
    const cut = JSON.parse(
      JSON.stringify(row).replaceAll('"changes":[', '"changes":["… (9 more)",'),
    );
    rows.set(key, cut);
    const cause = call('StopLogging', 0.5);
    sweep(2, painted('red'), cause);

    expect(rows.get(key)).toMatchObject({ cause });
  });
});

describe('whoever called last before drift was found', () => {
  test('is to blame, since the trail was in sync before the call', () => {
    const { sweep, repair, incidents } = office();
    sweep(0, painted('red'));
    const cause = call('StopLogging', 0.5);
    repair(1, painted('blue'), cause);

    expect(incidents()).toMatchObject([{ cause, also: [] }]);
  });

  test('in the second in which the trail was last in sync is to blame, too', () => {
    const { sweep, repair, incidents } = office();
    sweep(0.01, painted('red'));
    const cause = call('StopLogging', 0);
    repair(1, painted('blue'), cause);

    expect(incidents()).toMatchObject([{ cause, also: [] }]);
  });

  test('is to blame where the gravest of many changes is of the sort', () => {
    const changes = [drift('black', 'critical'), { ...drift('dull', 'low'), path: 'gloss' }];
    const paint = planOf({ kind: 'paint', status: 'drifted', changes, steps: [] });
    const tags = planOf({
      ...{ kind: 'tags', status: 'drifted', steps: [] },
      changes: [drift('retagged', 'high')],
    });
    const { sweep, incidents } = office();
    const bob = call('AddTags', 0, 'bob');
    sweep(1, { ...paint, findings: [...tags.findings, ...paint.findings] }, bob);

    expect(incidents()).toMatchObject([{ cause: null, also: [bob], severity: 'critical' }]);
  });
});

describe('principals', () => {
  const by = (cause: ApiCall, principal: Partial<ApiCall['principal']>): ApiCall => ({
    ...cause,
    principal: { ...cause.principal, ...principal },
  });
  const attempt = (at: number, who?: string) => call('StopLogging', at, who, true);

  test('of one name, in two accounts, are two; sessions of one role are one', () => {
    const { sweep, incidents } = office();
    const arns = [1, 2].map((account) => `arn:aws:iam::${account}:user/mallory`);
    for (const [i, arn] of arns.entries()) sweep(i, painted('red'), by(attempt(i), { arn }));
    for (const session of ['one', 'two']) {
      const role = { issuerArn: 'arn:aws:iam::1:role/dev', arn: session, name: session };
      sweep(5, painted('red'), by(attempt(5), role));
    }

    expect(incidents().map(({ count }) => count)).toEqual([1, 1, 2]);
  });

  test('are told apart, but for those that are too many', () => {
    const { sweep, incidents } = office();
    const most = 20;
    sweep(0, painted('red'), call('StopLogging', 0));
    const calls = Array.from({ length: most + 3 }, (_, i) => attempt(i / 10, `somebody-${i}`));
    for (const [i, cause] of calls.entries()) sweep(i / 10 + 0.01, painted('red'), cause);
    sweep(4, painted('red'), attempt(4, 'somebody-0'));

    const attempts = incidents().filter(({ status }) => status === 'attempted');
    expect(attempts).toHaveLength(most + 1);
    expect(attempts[0]).toMatchObject({ count: 2, cause: calls[0] });
    expect(attempts.at(-1)).toMatchObject({ count: 3, cause: null, also: calls.slice(most) });
  });

  test('are told again when they touch it again later; their attempts not before a reminder', () => {
    const { sweep, incidents } = office();
    for (const at of [0, 60]) {
      sweep(at, painted('red'), attempt(at));
      sweep(at, painted('red'), call('StopLogging', at));
    }
    sweep(60 * rules.remindEvery + 1, painted('red'), attempt(60 * rules.remindEvery + 1));

    const counts = incidents().map(({ status, count }) => [status, count]);
    expect(counts).toEqual([
      ['attempted', 2],
      ['touched', 1],
      ['touched', 1],
      ['attempted', 1],
    ]);
  });

  test('that touch it are too many to be told one by one; that try it never make a digest', () => {
    const [touching, trying] = [office(), office()];
    for (let i = 0; i < 10; i += 1) {
      const at = i / 10;
      touching.sweep(at, painted('red'), call('StopLogging', at, `somebody-${i}`));
      trying.sweep(at, painted('red'), attempt(at, `somebody-${i}`));
    }

    const folded = touching.incidents().filter(({ isFolded }) => isFolded);
    expect(folded).toHaveLength(10 - rules.digestAfter);
    expect(touching.told.map(([, key]) => touching.rows.get(key))).not.toContainEqual(
      expect.objectContaining({ isFolded: true }),
    );
    expect(trying.events()).toEqual(Array.from({ length: 10 }, () => ownEvents.attempted));
    expect(trying.incidents().map(({ isFolded }) => isFolded)).not.toContain(true);
  });
});

describe('a time without record', () => {
  const outcome = enforced(painted('red'));
  const flipTo = (at: number) =>
    ({ how: 'stopped', from: minutes(at - 1), isFromKnown: true, to: minutes(at) }) as const;

  test('is told once, whoever sees it how often', () => {
    const { look, incidents, events } = office();
    const [first, second] = [flipTo(2), flipTo(4)];
    look(3, { outcome, flip: first });
    look(5, { outcome, flip: second });
    look(6, { outcome, flip: first });
    look(7, { outcome, flip: second, cause: call('AddTags', 6.9, 'bob', true) });

    expect(incidents()).toMatchObject([
      { status: 'touched', flip: first, endedAt: minutes(3) },
      { status: 'touched', flip: second, endedAt: minutes(5) },
      { status: 'attempted', flip: null },
    ]);
    expect(events()).toEqual([ownEvents.touched, ownEvents.touched, ownEvents.attempted]);
  });

  test('learns who made it from the event that comes late', () => {
    for (const [name, isCulprit] of [
      ['StopLogging', true],
      ['DeleteTrail', true],
      ['StartLogging', false],
    ] as const) {
      const { look, sweep, incidents, told } = office();
      look(3, { outcome, flip: flipTo(2) });
      const cause = call(name, 1);
      sweep(4, painted('red'), cause);

      expect(incidents()).toMatchObject([isCulprit ? { cause, also: [] } : { also: [cause] }]);
      expect(told).toHaveLength(2);
      expect(new Set(told.map(([, key]) => key)).size).toBe(1);
    }
  });

  test('is told with any call that makes one, and with no other', () => {
    for (const name of ['StopLogging', 'StartLogging', 'DeleteTrail', 'CreateTrail', 'AddTags']) {
      const { look, incidents } = office();
      look(3, { cause: call(name, 1), outcome, flip: flipTo(2) });

      expect(incidents()).toHaveLength(name === 'AddTags' ? 2 : 1);
    }
  });

  test('is told by itself though a digest tells the touch, and so is the next touch', () => {
    const { look, sweep, rows, told, incidents } = office();
    for (let i = 0; i < 7; i += 1) {
      sweep(i / 10, painted('red'), call('StopLogging', i / 10, `somebody-${i}`));
    }
    look(3, { cause: call('StopLogging', 1), outcome, flip: flipTo(2) });
    const [[key = '', row] = []] = [...rows].filter(([, { flip }]) => flip !== null);
    expect(row).toMatchObject({ status: 'touched', severity: 'critical', isFolded: false });
    expect(told.at(-1)).toEqual([ownEvents.touched, key]);

    const before = told.length;
    sweep(4, painted('red'), call('StopLogging', 4));
    expect(told.slice(before)).toEqual([[ownEvents.touched, key]]);
    expect(incidents().filter(({ flip }) => flip !== null)).toMatchObject([{ count: 2 }]);
  });

  test('is told in the digest where there are too many', () => {
    const { look, incidents, told, rows } = office();
    for (let i = 0; i < 10; i += 1) look(i / 10 + 0.01, { outcome, flip: flipTo(i / 10) });

    const flips = incidents().filter(({ flip }) => flip !== null);
    expect(flips).toHaveLength(10);
    expect(flips.filter(({ isFolded }) => isFolded)).toHaveLength(10 - rules.digestAfter);
    expect(incidents()).toContainEqual(
      expect.objectContaining({ status: 'digest', severity: 'critical' }),
    );
    const heard = told.map(([, key]) => rows.get(key));
    expect(heard).not.toContainEqual(expect.objectContaining({ isFolded: true }));
    for (const [key, { id }] of rows) {
      expect(id).not.toBe('');
      expect(key.split('#')).toEqual([expect.stringMatching(/Z$/), id]);
    }
  });
});
