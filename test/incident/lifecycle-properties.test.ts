import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { severities } from '#drift/impact.ts';
import { type Incident, incidentSk } from '#incident/incident.ts';
import { isQuiet } from '#incident/lifecycle/states.ts';
import {
  call,
  enforced,
  minutes,
  paced,
  painted,
  repaintFailed,
  rules,
  trailkeeper,
  unknown,
  waiting,
} from '../support/incident-fixtures.ts';
import { runs } from '../support/property-runs.ts';

const inSync = painted('red');
const step = fc.oneof(
  fc.record({
    does: fc.constant('observe' as const),
    outcome: fc.constantFrom(
      enforced(inSync),
      enforced(painted('blue')),
      enforced(painted('green', 'critical')),
      enforced(unknown),
      enforced(paced),
      enforced(waiting('maintenance-window')),
      enforced(painted('blue'), painted('blue'), [repaintFailed]),
    ),
  }),
  fc.record({
    does: fc.constant('repair' as const),
    color: fc.constantFrom('blue', 'green'),
    left: fc.constantFrom('red', 'green'),
    eventName: fc.constantFrom('StopLogging', 'AddTags', null),
  }),
  fc.record({ does: fc.constant('detect' as const), color: fc.constantFrom('blue', 'green') }),
  fc.record({
    does: fc.constant('call' as const),
    eventName: fc.constantFrom('StopLogging', 'AddTags'),
    failed: fc.boolean(),
    isNoOp: fc.boolean(),
  }),
  fc.record({ does: fc.constant('interrupt' as const) }),
  fc.record({ does: fc.constant('break' as const) }),
  fc.record({ does: fc.constant('wait' as const), minutes: fc.integer({ min: 1, max: 500 }) }),
);
type Step = typeof step extends fc.Arbitrary<infer One> ? One : never;
type Keeper = ReturnType<typeof trailkeeper>;

const interrupted = (at: number) => ({
  readings: [
    { IsLogging: true, StartLoggingTime: minutes(at - 0.1), StopLoggingTime: minutes(at - 0.2) },
  ],
  isGone: false,
  capturedAt: minutes(-60),
});

/** One run, and how many calls it brings that belong into an incident. */
function run(one: Step, at: number, { report, repair }: Keeper): number {
  switch (one.does) {
    case 'observe':
      report(at, { outcome: one.outcome });
      return 0;
    case 'repair': {
      const cause = one.eventName === null ? null : call(one.eventName, at);
      repair(at, painted(one.color), cause, painted(one.left));
      return cause === null ? 0 : 1;
    }
    case 'detect':
      report(at, { phase: 'detected', outcome: enforced(painted(one.color)) });
      return 0;
    case 'call': {
      const made = call(one.eventName, at, 'mallory', one.failed);
      report(at, { call: made, isNoOp: one.isNoOp });
      return one.isNoOp ? 0 : 1;
    }
    case 'interrupt':
      report(at, { logging: interrupted(at) });
      return 0;
    case 'break':
      report(at, { outcome: null, baselineError: 'states: is missing' });
      return 0;
    case 'wait':
      return 0;
  }
}

/** Plays a sequence of runs, half a minute apart. */
function play(steps: readonly Step[]) {
  const keeper = trailkeeper();
  let at = 0;
  let calls = 0;
  for (const one of steps) {
    at += one.does === 'wait' ? one.minutes : 0.5;
    calls += run(one, at, keeper);
  }
  return { ...keeper, at, calls };
}

const sequence = fc.array(step, { maxLength: 30 });
const check = (property: (steps: readonly Step[]) => void): void =>
  fc.assert(fc.property(sequence, property), { numRuns: runs(1000) });

describe('in any sequence of runs', () => {
  test('everything that opened closes once the trail is in sync and quiet', () => {
    check((steps) => {
      const { observe, incidents, status, at } = play(steps);
      for (const later of [3, 14, 14 + 60 * rules.remindEvery]) observe(at + later, inSync);

      expect(status().open).toBeNull();
      for (const { closedAt, state } of incidents()) {
        expect(closedAt).not.toBeNull();
        expect(isQuiet(state)).toBe(true);
      }
    });
  });

  test('no two incidents are open at a time', () => {
    check((steps) => {
      const all = play(steps).incidents();
      for (const [i, { closedAt }] of all.slice(0, -1).entries()) {
        expect(closedAt !== null && closedAt <= (all[i + 1]?.openedAt ?? '')).toBe(true);
      }
    });
  });

  test('each call is in one incident, and one that changes nothing only if it ended drift', () => {
    check((steps) => {
      const { incidents, calls } = play(steps);
      const counted = incidents().reduce((sum, { callCount }) => sum + callCount, 0);
      const changeNothing = steps.filter((one) => one.does === 'call' && one.isNoOp);

      expect(counted).toBeGreaterThanOrEqual(calls);
      expect(counted).toBeLessThanOrEqual(calls + changeNothing.length);
    });
  });

  test('each interruption is in one incident', () => {
    check((steps) => {
      const { incidents } = play(steps);
      const listed = incidents().flatMap(({ interruptions }) => interruptions.map(({ to }) => to));
      const isWhole = incidents().every(({ interruptions }) => interruptions.length < 10);

      expect(new Set(listed).size).toBe(listed.length);
      const expected = steps.filter(({ does }) => does === 'interrupt').length;
      if (isWhole) expect(listed).toHaveLength(expected);
    });
  });

  test('drift that is found is published, in an incident that is at least as severe', () => {
    check((steps) => {
      const { observe, published, at } = play(steps);
      observe(at + 3, painted('black', 'critical'));

      const last = published.at(-1);
      const changes = JSON.stringify(last?.episodes.at(-1)?.outcome.plan);
      expect(changes).toContain('black');
      expect(last?.severity).toBe('critical');
    });
  });

  test('the severity of an incident never falls', () => {
    check((steps) => {
      for (const all of Map.groupBy(play(steps).published, incidentSk).values()) {
        const ranks = all.map(({ severity }: Incident) => severities.indexOf(severity));
        expect(ranks).toEqual(ranks.toSorted((one, other) => other - one));
      }
    });
  });

  test('a finding that repeats is not published again', () => {
    const outcome = fc.constantFrom(enforced(painted('blue')), enforced(inSync), enforced(unknown));
    const property = fc.property(sequence, outcome, (steps, found) => {
      const { report, published, status, at } = play(steps);
      report(at + 3, { outcome: found });
      const [before, count] = [status(), published.length];
      report(at + 3.1, { outcome: found });

      expect(published).toHaveLength(count);
      expect(status()).toEqual(before);
    });
    fc.assert(property, { numRuns: runs(1000) });
  });
});
