import { describe, expect, test } from 'vitest';
import type { Cause } from '#core/cause.ts';
import type { Look } from '#core/follow.ts';
import type { Plan } from '#core/plan.ts';
import { call, minutes, office, painted, retagged, unknown } from './office.ts';

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
    sweep(1, painted('red'), { ...call('StartLogging', 0), isOwn: true });

    expect(told).toEqual([]);
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

const outcomeOf = (plan: Plan) => ({ mode: 'observe', plan, applied: [], verified: plan }) as const;

describe('who is to blame', () => {
  test('is nobody whose call was before the trail was last in sync', () => {
    const { sweep, repair, incidents } = office();
    for (let at = 0; at < 60; at += 1) sweep(at, painted('red'));
    const old = call('StopLogging', 10, 'alice');
    repair(60, painted('blue'), old);

    expect(incidents()).toMatchObject([{ cause: null, also: [old] }]);
  });

  test.each<[what: string, more: Partial<Look>]>([
    ['something was wrong', { outcome: outcomeOf(painted('blue')) }],
    ['it could not be read', { outcome: outcomeOf(unknown) }],
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
  const echo = (at: number): Cause => ({ ...call('StartLogging', at), isOwn: true });

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
