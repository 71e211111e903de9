import { describe, expect, test } from 'vitest';
import type { LoggingCheckpoint } from '#gaps/logging-interruption.ts';
import type { Incident } from '#incident/incident.ts';
import type { ReconcileReport } from '#incident/lifecycle/report.ts';
import {
  call,
  drift,
  enforced,
  minutes,
  painted,
  planOf,
  repainted,
  retagged,
  trailkeeper,
  unknown,
} from '../support/incident-fixtures.ts';

const inSync = painted('red');
const effects = (incidents: readonly Incident[]) =>
  incidents.flatMap(({ calls }) => calls.map((one) => [one.call.eventName, one.effect]));

describe('a call that leaves no drift', () => {
  test('was undone before it was observed: the incident is reverted', () => {
    const { observe, incidents } = trailkeeper();
    const cause = call('StopLogging', 0);
    observe(1, inSync, cause);
    observe(1.1, inSync, call('StartLogging', 0.5, 'bob'));

    expect(incidents()).toMatchObject([
      { state: 'reverted', severity: 'high', cause, callCount: 2 },
    ]);
  });

  test('and failed is an attempt of low severity, gathered until the reminder interval', () => {
    const { observe, incidents } = trailkeeper();
    for (let at = 0; at < 300; at += 10) {
      observe(at, inSync, call('StopLogging', at, 'mallory', true));
    }

    expect(incidents()).toMatchObject([
      { state: 'attempted', severity: 'low', cause: null, callCount: 30, closedAt: null },
    ]);
  });

  test('is recorded once, however often its event arrives', () => {
    const { observe, published } = trailkeeper();
    const cause = call('StopLogging', 0);
    for (const at of [1, 2, 3]) observe(at, inSync, cause);

    expect(published).toHaveLength(1);
  });

  test.each([false, true])('raises an incident of lesser drift (late: %s)', (isLate) => {
    const { repair, observe, incidents } = trailkeeper();
    const stop = call('StopLogging', 0);
    const tags = retagged(inSync);
    if (!isLate) observe(0.2, tags, stop);
    repair(0.3, tags, call('AddTags', 0.1, 'bob'));
    if (isLate) observe(0.4, inSync, stop);

    expect(incidents()).toMatchObject([{ severity: 'high', callCount: 2 }]);
    expect(effects(incidents())).toContainEqual(['StopLogging', 'reverted']);
  });
});

describe('a call that sets only what the baseline says', () => {
  test('opens no incident', () => {
    const { report, published } = trailkeeper();
    report(1, { call: call('StartLogging', 0), isNoOp: true });

    expect(published).toEqual([]);
  });

  test('is not in an open incident', () => {
    const { report, observe, incidents } = trailkeeper();
    observe(1, inSync, call('StopLogging', 0));
    report(1, { call: call('StartLogging', 0.5), isNoOp: true });

    expect(incidents()).toMatchObject([{ state: 'reverted', callCount: 1 }]);
  });

  test('is not the cause of drift that is found after it', () => {
    const { report, observe, incidents } = trailkeeper();
    report(1, { call: call('StartLogging', 0), isNoOp: true, outcome: enforced(painted('blue')) });
    expect(incidents()).toMatchObject([{ state: 'drifted', cause: null, calls: [] }]);

    const cause = call('StopLogging', 0.5, 'bob');
    observe(2, painted('blue'), cause);
    expect(incidents()).toMatchObject([{ state: 'drifted', cause }]);
  });
});

describe('a call that sets what the baseline says again', () => {
  test('is listed as the one that restored the trail', () => {
    const { report, observe, incidents } = trailkeeper();
    observe(1, painted('blue'), call('StopLogging', 0.5));
    const restored = call('StartLogging', 2, 'bob');
    report(3, { call: restored, isNoOp: true });

    expect(incidents()).toMatchObject([{ state: 'resolved' }]);
    expect(effects(incidents())).toEqual([
      ['StopLogging', 'caused'],
      ['StartLogging', 'restored'],
    ]);
  });

  test.each([
    ['before the drift was detected', call('StartLogging', 0.9)],
    ['after the trail was in sync again', call('StartLogging', 3.1)],
    ['and failed', call('StartLogging', 2, 'bob', true)],
    ['of another part of the trail', call('AddTags', 2)],
  ])('is not, if it was made %s', (_what, again) => {
    const { report, observe, incidents } = trailkeeper();
    observe(1, painted('blue'));
    observe(3, inSync);
    report(4, { call: again, isNoOp: true });

    expect(effects(incidents())).toEqual([]);
  });

  test('is not, while the drift is left', () => {
    const { report, observe, incidents } = trailkeeper();
    observe(1, painted('blue'));
    report(3, {
      ...{ call: call('StartLogging', 2), isNoOp: true },
      outcome: enforced(painted('blue')),
    });

    expect(effects(incidents())).toEqual([]);
  });

  test('is not, if trailkeeper restored the trail', () => {
    const { report, repair, incidents } = trailkeeper();
    repair(1, painted('blue'));
    report(2, { call: call('StartLogging', 1), isNoOp: true });

    expect(incidents()).toMatchObject([{ state: 'restored' }]);
    expect(effects(incidents())).toEqual([]);
  });
});

test('while the baseline cannot be used, every call that changes the trail may have to do with it', () => {
  const { report, incidents } = trailkeeper();
  const invalid = { outcome: null, baselineError: 'states: is missing' };
  report(1, { ...invalid, call: call('AddTags', 0.5) });

  expect(incidents()).toMatchObject([{ state: 'baseline-invalid', cause: null }]);
  expect(effects(incidents())).toEqual([['AddTags', 'related']]);
});

describe('the cause', () => {
  test('is no call from before the trail was last in sync', () => {
    const { observe, repair, incidents } = trailkeeper();
    for (let at = 0; at < 60; at += 1) observe(at, inSync);
    repair(60, painted('blue'), call('StopLogging', 10, 'alice'));

    expect(incidents()).toMatchObject([{ cause: null, callCount: 1 }]);
    expect(effects(incidents())).toEqual([['StopLogging', 'related']]);
  });

  test.each<[what: string, more: Partial<ReconcileReport>]>([
    ['drift was left', { outcome: enforced(painted('blue')) }],
    ['the trail could not be read', { outcome: enforced(unknown) }],
    ['the baseline could not be used', { outcome: null, baselineError: 'states: is missing' }],
  ])('may be a call from before a run at which %s', (_what, more) => {
    const { report, observe, incidents } = trailkeeper();
    observe(0, inSync);
    report(20, more);
    const found = retagged(painted('red', 'critical'));
    const cause = call('AddTags', 10, 'bob');
    observe(40, found, cause);

    expect(incidents().at(-1)?.calls).toMatchObject([{ call: cause }]);
    expect(effects(incidents())).not.toContainEqual(['AddTags', 'reverted']);
  });

  test('may be a call from just before the trail was read as in sync: reads lag', () => {
    const { observe, repair, incidents } = trailkeeper();
    observe(0.1, inSync);
    const cause = call('StopLogging', 0);
    repair(1, painted('blue'), cause);

    expect(incidents()).toMatchObject([{ cause }]);
  });

  test('is the call that could have caused the worst finding, whichever event comes first', () => {
    const { repair, observe, incidents } = trailkeeper();
    const [lesser, worse] = [call('AddTags', 0, 'bob'), call('StopLogging', 0)];
    repair(0.1, retagged(painted('blue', 'critical')), lesser);
    observe(0.2, inSync, worse);

    expect(incidents()).toMatchObject([{ cause: worse }]);
    expect(effects(incidents())).toEqual([
      ['AddTags', 'related'],
      ['StopLogging', 'caused'],
    ]);
  });

  test('is the first such call, until a worse finding has its own', () => {
    const { repair, incidents } = trailkeeper();
    const [first, second, worse] = [0, 1, 2].map((at) => call('StopLogging', at, `user-${at}`));
    repair(0, painted('blue'), first);
    repair(1, painted('blue'), second);
    expect(incidents()).toMatchObject([{ cause: first }]);

    repair(2, painted('blue', 'critical'), worse);
    expect(incidents()).toMatchObject([{ cause: worse }]);
  });

  test('is no call that could not have made such drift', () => {
    const { repair, incidents } = trailkeeper();
    repair(0.01, painted('blue'), call('AddTags', 0, 'bob'));

    expect(incidents()).toMatchObject([{ state: 'restored', cause: null }]);
    expect(effects(incidents())).toEqual([['AddTags', 'reverted']]);
  });

  test('of drift that a sweep found becomes known from an event that comes late', () => {
    const { repair, observe, incidents } = trailkeeper();
    repair(1, painted('blue'));
    const cause = call('StopLogging', 0.5);
    observe(2, inSync, cause);

    expect(incidents()).toMatchObject([{ state: 'restored', cause }]);
  });

  test('is judged by the worst change of each kind', () => {
    const changes = [drift('black', 'critical'), { ...drift('dull', 'low'), path: 'gloss' }];
    const paint = planOf({ kind: 'paint', status: 'drifted', changes, steps: [] });
    const tags = planOf({
      ...{ kind: 'tags', status: 'drifted', steps: [] },
      changes: [drift('retagged', 'high')],
    });
    const { observe, incidents } = trailkeeper();
    observe(1, { ...paint, findings: [...tags.findings, ...paint.findings] }, call('AddTags', 0));

    expect(incidents()).toMatchObject([{ cause: null, severity: 'critical' }]);
  });

  test('is found though what was stored of the findings is truncated', () => {
    const { observe, incidents } = trailkeeper();
    const truncated = JSON.parse(
      JSON.stringify(painted('blue')).replaceAll('"steps":[', '"steps":["… (9 more)",'),
    );
    observe(1, truncated);
    const cause = call('StopLogging', 0.5);
    observe(2, truncated, cause);

    expect(incidents()).toMatchObject([{ cause }]);
  });
});

describe('an interruption of logging', () => {
  const reading = (start: number, stop: number): LoggingCheckpoint => ({
    IsLogging: true,
    StartLoggingTime: minutes(start),
    StopLoggingTime: minutes(stop),
  });
  const seen = (start: number, stop: number): Pick<ReconcileReport, 'logging'> => ({
    logging: { readings: [reading(start, stop)], isGone: false, capturedAt: minutes(-60) },
  });
  const interruption = (stop: number, start: number) => ({
    how: 'stopped',
    isFromKnown: true,
    from: minutes(stop),
    to: minutes(start),
  });

  test('is critical, and caused by the call that stopped logging', () => {
    const { report, incidents } = trailkeeper();
    const cause = call('StopLogging', 1);
    report(3, { call: cause, ...seen(2, 1) });

    expect(incidents()).toMatchObject([
      { state: 'reverted', severity: 'critical', cause, interruptions: [interruption(1, 2)] },
    ]);
  });

  test('is recorded once, and its cause becomes known from an event that comes late', () => {
    const { report, incidents, published } = trailkeeper();
    for (const at of [3, 4]) report(at, seen(2, 1));
    expect(published).toMatchObject([{ cause: null, interruptions: [interruption(1, 2)] }]);

    const cause = call('StopLogging', 1);
    report(5, { call: cause, ...seen(2, 1) });
    expect(incidents()).toMatchObject([{ cause, interruptions: [interruption(1, 2)] }]);
  });

  test('is recorded each time', () => {
    const { report, incidents } = trailkeeper();
    for (const at of [1, 3, 5]) {
      report(at + 1.5, { call: call('StopLogging', at), ...seen(at + 1, at) });
    }

    const interruptions = [1, 3, 5].map((at) => interruption(at, at + 1));
    expect(incidents()).toMatchObject([{ interruptions, callCount: 3 }]);
  });

  test('includes the call that ended it, whatever that set', () => {
    const { report, incidents } = trailkeeper();
    report(3, { call: call('StartLogging', 2), isNoOp: true, ...seen(2, 1) });
    report(4, { call: call('StartLogging', 3.5), isNoOp: true, ...seen(2, 1) });

    expect(incidents()).toMatchObject([{ cause: null, callCount: 1 }]);
    expect(effects(incidents())).toEqual([['StartLogging', 'related']]);
  });

  test('is not caused by a call that failed', () => {
    const { report, incidents } = trailkeeper();
    report(3, { call: call('StopLogging', 2, 'bob', true), ...seen(2, 1) });

    expect(incidents()).toMatchObject([{ state: 'reverted', severity: 'critical', cause: null }]);
    expect(effects(incidents())).toEqual([['StopLogging', 'failed']]);
  });

  test.each(['StopLogging', 'DeleteTrail'])('is caused by %s, whatever else was called', (name) => {
    const { report, incidents } = trailkeeper();
    report(3, seen(2, 1));
    const [other, cause] = [call('AddTags', 0.5, 'bob'), call(name, 1)];
    report(4, { call: other, ...seen(2, 1) });
    report(5, { call: cause, ...seen(2, 1) });
    report(6, { call: call('StopLogging', 1, 'carol'), ...seen(2, 1) });

    expect(incidents()).toMatchObject([{ cause }]);
    expect(effects(incidents())).toEqual([
      ['AddTags', 'reverted'],
      [name, 'caused'],
      ['StopLogging', 'related'],
    ]);
  });

  test('takes the place of a lesser finding, with its own cause', () => {
    const { report, incidents } = trailkeeper();
    const lesser = call('AddTags', 0.5, 'bob');
    report(0.6, { call: lesser });
    expect(incidents()).toMatchObject([{ cause: lesser }]);

    report(3, seen(2, 1));
    expect(incidents()).toMatchObject([{ cause: null }]);
    const cause = call('StopLogging', 1);
    report(4, { call: cause, ...seen(2, 1) });
    expect(incidents()).toMatchObject([{ cause }]);
  });

  test('leaves the cause of a finding that is as severe', () => {
    const { repair, report, incidents } = trailkeeper();
    const cause = call('StopLogging', 0);
    repair(0.1, painted('blue', 'critical'), cause);
    report(3, seen(2, 1));

    expect(incidents()).toMatchObject([{ cause }]);
  });

  test('is not caused by the call that ended it', () => {
    const { report, incidents } = trailkeeper();
    report(3, seen(2, 1));
    report(4, { call: call('CreateTrail', 2), ...seen(2, 1) });

    expect(incidents()).toMatchObject([{ cause: null }]);
    expect(effects(incidents())).toEqual([['CreateTrail', 'related']]);
  });

  test('keeps the latest ten', () => {
    const { report, incidents } = trailkeeper();
    const stops = Array.from({ length: 12 }, (_, i) => 1 + 2 * i);
    for (const at of stops) report(at + 1.5, seen(at + 1, at));

    const kept = stops.slice(-10).map((at) => interruption(at, at + 1));
    expect(incidents().at(-1)?.interruptions).toEqual(kept);
  });

  describe('is none, if trailkeeper started logging', () => {
    const stopped = planOf({
      ...{ kind: 'logging', status: 'drifted' },
      changes: [{ ...drift('off', 'critical'), path: 'IsLogging' }],
      steps: [{ action: 'StartLogging', input: {} }],
    });
    const started = { ...repainted, kind: 'logging', action: 'StartLogging' };
    const inRunA = { run: 'a', startedAt: minutes(1) };
    const interruptions = (incidents: readonly Incident[]) =>
      incidents.flatMap((one) => one.interruptions);

    test('in a run that is in flight', () => {
      const { report, incidents, status } = trailkeeper();
      report(1, { ...inRunA, phase: 'detected', outcome: enforced(stopped) });
      report(1.1, { ...inRunA, phase: 'detected', outcome: enforced(stopped) });
      expect(status().logging.ownStarts).toEqual([{ run: 'a', from: minutes(1), to: null }]);

      report(1.5, { run: 'b', outcome: enforced(inSync), ...seen(1.2, 0.5) });

      expect(interruptions(incidents())).toEqual([]);
    });

    test('in a run that has ended', () => {
      const { report, incidents } = trailkeeper();
      report(1, { ...inRunA, phase: 'detected', outcome: enforced(stopped) });
      report(1.4, { ...inRunA, outcome: enforced(stopped, inSync, [started]) });
      report(1.5, { run: 'b', outcome: enforced(inSync), ...seen(1.2, 0.5) });
      expect(interruptions(incidents())).toEqual([]);

      report(9, { run: 'c', outcome: enforced(inSync), ...seen(8, 7) });
      expect(interruptions(incidents())).toEqual([interruption(7, 8)]);
    });

    test('in either of two runs, each remembered until it ends', () => {
      const { report, status } = trailkeeper();
      const inRunB = { run: 'b', startedAt: minutes(1.1) };
      report(1.2, { ...inRunB, phase: 'detected', outcome: enforced(stopped) });
      report(1.3, { ...inRunA, phase: 'detected', outcome: enforced(stopped) });
      report(1.4, { ...inRunA, outcome: enforced(stopped, inSync, [started]) });
      const [ofA, ofB] = [
        { run: 'a', from: minutes(1.3), to: minutes(1.4) },
        { run: 'b', from: minutes(1.2), to: null },
      ];
      expect(status().logging.ownStarts).toEqual([ofB, ofA]);

      report(1.5, { ...inRunB, outcome: enforced(stopped, stopped, [repainted]) });
      expect(status().logging.ownStarts).toEqual([ofA]);
    });

    test('which a run that restores something else does not', () => {
      const { report, status } = trailkeeper();
      report(1, { ...inRunA, phase: 'detected', outcome: enforced(painted('blue')) });

      expect(status().logging.ownStarts).toEqual([]);
    });

    test('in the run that reads it, if its reading before failed', () => {
      const { logging } = seen(1.2, 0.5);
      const interruptionsAfter = (first: LoggingCheckpoint | null) => {
        const { report, incidents } = trailkeeper();
        report(1.4, {
          ...inRunA,
          outcome: enforced(stopped, inSync, [started]),
          logging: { ...logging, readings: [first, ...logging.readings] },
        });
        return interruptions(incidents());
      };

      expect(interruptionsAfter(null)).toEqual([]);
      expect(interruptionsAfter(reading(1.2, 0.5))).toHaveLength(1);
    });
  });

  test('is measured from the last reading: one that failed changes nothing', () => {
    const { report, status } = trailkeeper();
    const readings = [reading(0.2, 0.1), reading(0.4, 0.3), null];
    report(0.5, { logging: { readings, isGone: false, capturedAt: minutes(-60) } });

    expect(status().logging.lastSeen).toEqual(reading(0.4, 0.3));
  });

  test('is recorded, if someone started logging before trailkeeper did something else', () => {
    const { report, incidents } = trailkeeper();
    report(1, { run: 'a', phase: 'detected', outcome: enforced(painted('blue')) });
    report(1.4, {
      ...{ run: 'a', startedAt: minutes(1), ...seen(1.2, 0.5) },
      outcome: enforced(painted('blue'), inSync, [repainted]),
    });

    expect(incidents().at(-1)?.interruptions).toEqual([interruption(0.5, 1.2)]);
  });
});
