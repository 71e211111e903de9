import { describe, expect, test } from 'vitest';
import { incidentEvents, mostEntries } from '#incident/incident.ts';
import { repairedElsewhere, repairsOfOthers } from '#incident/leases.ts';
import {
  type IncidentState,
  meanings,
  nextState,
  transitions,
} from '#incident/lifecycle/states.ts';
import type { MaintenanceWindow } from '#reconcile/maintenance-window.ts';
import type { ApiCall } from '#trail/api-call.ts';
import { trail } from '../support/baseline.ts';
import {
  call,
  capturedAs,
  drift,
  enforced,
  minutes,
  paced,
  painted,
  planOf,
  repainted,
  repaintFailed,
  retagged,
  rules,
  trailkeeper,
  unknown,
  waiting,
} from '../support/incident-fixtures.ts';

const inSync = painted('red');

describe('an incident', () => {
  test('opens with drift, is restored, and closes after ten minutes in sync', () => {
    const { observe, repair, incidents, status } = trailkeeper();
    const cause = call('StopLogging', 1);
    observe(0, inSync);
    repair(1, painted('blue'), cause);
    observe(10.9, inSync);
    expect(incidents()).toMatchObject([
      { state: 'restored', cause, closedAt: null, severity: 'high', openedAt: minutes(1) },
    ]);

    observe(11, inSync);
    expect(incidents()).toMatchObject([{ state: 'restored', closedAt: minutes(11) }]);
    expect(status().open).toBeNull();
  });

  test('lists each drift from its detection to its resolution', () => {
    const { repair, observe, incidents } = trailkeeper();
    const cause = call('StopLogging', 1);
    repair(1, painted('blue'), cause);
    observe(2, painted('green'));
    observe(3, inSync);

    const [first, second] = incidents()[0]?.episodes ?? [];
    expect(incidents()).toMatchObject([{ state: 'resolved', episodeCount: 2 }]);
    expect(first).toEqual({
      detectedAt: minutes(1),
      resolvedAt: minutes(1),
      resolution: 'restored',
      acceptedBy: null,
      trigger: cause,
      outcome: enforced(painted('blue'), inSync, [repainted]),
    });
    expect(second).toMatchObject({
      detectedAt: minutes(2),
      resolvedAt: minutes(3),
      resolution: 'external',
      trigger: null,
    });
  });

  test('is accepted by the principal who captured the version that the trail is in sync with', () => {
    const { observe, report, incidents } = trailkeeper();
    observe(1, painted('blue'));
    report(2, { outcome: enforced({ ...inSync, version: 2 }), baseline: capturedAs('blue') });

    expect(incidents()).toMatchObject([
      {
        state: 'resolved',
        episodes: [{ resolution: 'accepted', acceptedBy: 'arn:aws:iam::111122223333:user/alice' }],
      },
    ]);
  });

  test('is accepted if the new version ignores the drifted field', () => {
    const { observe, report, incidents } = trailkeeper();
    observe(1, painted('blue'));
    const baseline = { ...capturedAs('red'), policy: { paint: { color: 'ignore' } } } as const;
    report(2, { outcome: enforced({ ...inSync, version: 2 }), baseline });

    expect(incidents()).toMatchObject([{ episodes: [{ resolution: 'accepted' }] }]);
  });

  test.each(['red', 'green'])(
    'is not accepted by a new version that is captured after someone else made the trail %s',
    (color) => {
      const { observe, report, incidents } = trailkeeper();
      observe(1, painted('blue'));
      report(2, { outcome: enforced({ ...inSync, version: 2 }), baseline: capturedAs(color) });

      expect(incidents()).toMatchObject([
        { state: 'resolved', episodes: [{ resolution: 'external', acceptedBy: null }] },
      ]);
    },
  );

  test('is judged by the drift that was left, not by drift that was undone before', () => {
    const { observe, report, incidents } = trailkeeper();
    observe(1, painted('blue'));
    observe(2, painted('green'));
    report(3, { outcome: enforced({ ...inSync, version: 2 }), baseline: capturedAs('green') });

    expect(incidents()).toMatchObject([{ episodes: [{ resolution: 'accepted' }] }]);
  });

  const twice = (...colors: readonly string[]) =>
    planOf({
      ...{ kind: 'paint', status: 'drifted', steps: [] },
      changes: colors.map((color, i) => ({ ...drift(color), path: ['color', 'coats'][i] ?? '' })),
    });

  test('is not accepted by a new version that has only one of two changes', () => {
    const { observe, report, incidents } = trailkeeper();
    observe(1, twice('blue', 'thick'));
    report(2, { outcome: enforced({ ...inSync, version: 2 }), baseline: capturedAs('blue') });

    expect(incidents()).toMatchObject([{ episodes: [{ resolution: 'external' }] }]);
  });

  test('is not accepted by a new version that has the drift of only one of two kinds', () => {
    const { observe, report, incidents } = trailkeeper();
    observe(1, retagged(painted('blue')));
    const { states, ...baseline } = capturedAs('blue');
    const tags = { color: 'red' };
    report(2, {
      outcome: enforced({ ...inSync, version: 2 }),
      baseline: { ...baseline, states: { ...states, tags } },
    });

    expect(incidents()).toMatchObject([{ episodes: [{ resolution: 'external' }] }]);
  });

  test('is accepted by a new version without the kind that drifted', () => {
    const { observe, report, incidents } = trailkeeper();
    observe(1, painted('blue'));
    const baseline = { ...capturedAs('red'), states: {} };
    report(2, { outcome: enforced({ ...inSync, version: 2 }), baseline });

    expect(incidents()).toMatchObject([{ episodes: [{ resolution: 'accepted' }] }]);
  });

  test('of a trail that could not be read is not accepted by anyone', () => {
    const { observe, incidents } = trailkeeper();
    observe(1, unknown);
    observe(2, inSync);

    expect(incidents()).toMatchObject([{ episodes: [{ resolution: 'external' }] }]);
  });

  test('lists calls that changed something rather than calls that failed', () => {
    const { report, incidents } = trailkeeper();
    for (let i = 0; i < 10; i += 1) report(i, { call: call('Paint', i, `user-${i}`, true) });
    report(10, { call: call('Paint', 10, 'alice') });
    for (let i = 11; i < 30; i += 1) report(i, { call: call('Paint', i, `user-${i}`, true) });

    const calls = incidents()[0]?.calls.map(({ call: { principal }, effect }) => [
      principal.name,
      effect,
    ]);
    expect(calls).toHaveLength(10);
    expect(calls).toContainEqual(['alice', 'reverted']);
  });

  test('records one of a flood of equal calls every ten seconds', () => {
    const { report, incidents } = trailkeeper();
    for (let second = 0; second < 60; second += 1) {
      const at = second / 60;
      report(at, { call: call('Paint', at, 'mallory', true) });
    }

    expect(incidents()).toMatchObject([{ callCount: 6 }]);
  });

  test('gathers all that happens to a trail, and lists the first and the latest of it', () => {
    const { repair, incidents } = trailkeeper();
    const count = 30;
    for (let at = 0; at < count; at += 1) repair(at, painted('blue'), call('StopLogging', at));

    const [incident, ...others] = incidents();
    expect(others).toEqual([]);
    expect(incident).toMatchObject({ episodeCount: count, callCount: count });
    const latest = Array.from({ length: mostEntries - 1 }, (_, i) => count - mostEntries + 1 + i);
    expect(incident?.episodes.map(({ detectedAt }) => detectedAt)).toEqual(
      [0, ...latest].map(minutes),
    );
    expect(incident?.calls).toHaveLength(mostEntries);
  });

  test('has the highest severity of its entries', () => {
    const { repair, observe, incidents } = trailkeeper();
    repair(0, painted('blue', 'low'));
    repair(1, painted('blue', 'critical'));
    observe(2, inSync, call('StopLogging', 2, 'bob', true));

    expect(incidents()).toMatchObject([{ severity: 'critical' }]);
  });

  test('says when repairs keep being reverted', () => {
    const { repair, published } = trailkeeper();
    for (let at = 0; at < 2 * rules.flappingAfter; at += 1) repair(at, painted('blue'));

    const flapping = published.map((one) => one.flapping);
    const first = flapping.indexOf(true);
    expect(flapping).toEqual(flapping.map((_, i) => i >= first));
    expect(published[first]?.episodeCount).toBe(rules.flappingAfter);
  });

  test('is a remediation loop as soon as a repair backs off', () => {
    const { report, incidents } = trailkeeper();
    report(0, { outcome: enforced(paced) });

    expect(incidents()).toMatchObject([{ state: 'backing-off', flapping: true }]);
  });

  test('is no remediation loop if trailkeeper restores nothing', () => {
    const { observe, incidents } = trailkeeper();
    for (let at = 0; at < 20; at += 2) {
      observe(at, painted('blue'));
      observe(at + 1, inSync);
    }

    expect(incidents()).toMatchObject([{ state: 'resolved', flapping: false }]);
  });

  test('that is closed stays closed when its event arrives again', () => {
    const { repair, observe, incidents } = trailkeeper();
    const cause = call('StopLogging', 0);
    repair(0, painted('blue'), cause);
    observe(20, inSync);
    observe(21, inSync, cause);
    expect(incidents()).toHaveLength(1);

    repair(22, painted('blue'), cause);
    expect(incidents()).toMatchObject([{ openedAt: minutes(0) }, { openedAt: minutes(22) }]);
  });
});

describe('drift that is left', () => {
  test('is published once, and again at the reminder interval', () => {
    const { observe, published } = trailkeeper();
    for (let at = 0; at < 24 * 60; at += 10) observe(at, painted('blue'));

    expect(published.map(({ reminders }) => reminders)).toEqual([0, 1, 2, 3]);
  });

  test('is reminded of as it is by then', () => {
    const { report, incidents } = trailkeeper();
    const failing = enforced(painted('blue'), painted('blue'), [repaintFailed]);
    const refused = { ...repaintFailed, message: 'an SCP denies it' };
    report(0, { outcome: failing });
    report(60 * rules.remindEvery, { outcome: { ...failing, applied: [refused] } });

    expect(incidents()).toMatchObject([
      { state: 'degraded', reminders: 1, episodes: [{ outcome: { applied: [refused] } }] },
    ]);
  });

  test('is published again if more is found, or less is left', () => {
    const { observe, published } = trailkeeper();
    observe(0, painted('blue'));
    observe(1, retagged(painted('blue')));
    observe(2, retagged(painted('blue')));
    observe(3, painted('blue'));

    expect(published.map(({ problemCount }) => problemCount)).toEqual([1, 2, 2]);
    expect(published.at(-1)?.episodes[0]?.outcome.verified).toEqual(painted('blue'));
  });

  test('stays known while the trail cannot be read, and that is published', () => {
    const { observe, incidents, published } = trailkeeper();
    observe(0, painted('blue'));
    observe(1, unknown);
    observe(2, unknown);

    expect(incidents()).toMatchObject([{ state: 'drifted', problemCount: 2 }]);
    expect(published).toHaveLength(2);
  });

  test('is suspended during a maintenance window, and failed if events are lost', () => {
    const { report, incidents, repair } = trailkeeper();
    const black = painted('black', 'critical');
    report(0, { outcome: enforced(waiting('maintenance-window')) });
    expect(incidents()).toMatchObject([{ state: 'suspended' }]);
    report(1, { outcome: enforced(black, black, [repaintFailed]) });
    expect(incidents()).toMatchObject([{ state: 'failed' }]);
    repair(2, black);
    expect(incidents()).toMatchObject([{ state: 'restored' }]);
  });

  test('and gone after our step failed is resolved externally', () => {
    const { observe, report, incidents } = trailkeeper();
    observe(0, painted('blue'));
    report(1, { outcome: enforced(painted('blue'), inSync, [repaintFailed]) });

    expect(incidents()).toMatchObject([
      { state: 'resolved', episodes: [{ resolution: 'external' }] },
    ]);
  });

  test('because the baseline cannot be used is resolved when it can', () => {
    const { report, observe, incidents, published } = trailkeeper();
    for (const at of [0, 1]) report(at, { outcome: null, baselineError: 'states: is missing' });
    expect(published).toMatchObject([{ state: 'baseline-invalid', severity: 'critical' }]);

    report(2, { outcome: null, baselineError: 'policy: is missing' });
    expect(published).toMatchObject([{}, { baselineError: 'policy: is missing' }]);
    observe(3, inSync);
    expect(incidents()).toMatchObject([
      { state: 'resolved', baselineError: 'policy: is missing', episodes: [] },
    ]);
  });
});

describe('a repair in flight', () => {
  test('decides the state: other runs only add problems', () => {
    const { report, observe, incidents } = trailkeeper();
    report(0, { run: 'a', phase: 'detected', outcome: enforced(painted('blue')) });
    observe(0.1, inSync);
    expect(incidents()).toMatchObject([{ state: 'detected', problemCount: 1 }]);
    observe(0.2, retagged(painted('blue')));
    expect(incidents()).toMatchObject([{ state: 'detected', problemCount: 2 }]);

    report(0.3, { run: 'a', outcome: enforced(painted('blue'), inSync, [repainted]) });
    expect(incidents()).toMatchObject([{ state: 'restored' }]);
  });

  test('leaves the lease of another one', () => {
    const { report, status, incidents } = trailkeeper();
    report(0, { run: 'a', phase: 'detected', outcome: enforced(painted('blue')) });
    report(0.1, { run: 'b', phase: 'detected', outcome: enforced(retagged(painted('blue'))) });
    report(0.2, { run: 'a', outcome: enforced(painted('blue'), inSync, [repainted]) });
    expect(repairsOfOthers(status(), { run: 'c', at: minutes(0.2) })).toHaveLength(1);

    const tags = retagged(inSync);
    report(0.3, { run: 'b', outcome: enforced(tags, tags, [repaintFailed]) });
    expect(incidents()).toMatchObject([{ state: 'degraded' }]);
    expect(repairsOfOthers(status(), { run: 'c', at: minutes(0.3) })).toEqual([]);
  });

  test('that creates the trail again claims every problem', () => {
    const { report, status } = trailkeeper();
    const gone = planOf({
      ...{ kind: 'paint', status: 'drifted', steps: [] },
      changes: [{ ...drift('none', 'critical'), path: '' }],
    });
    const kindsLeft = (at: number, call: ApiCall | null = null) => [
      ...repairedElsewhere(
        retagged(gone),
        status(),
        { run: 'b', startedAt: minutes(at), call },
        { now: () => new Date(minutes(at)), readLagMs: 1000 },
      ).keys(),
    ];
    report(0, { run: 'a', phase: 'detected', outcome: enforced(gone) });
    expect(kindsLeft(0.1)).toEqual(['paint', 'tags']);
    expect(kindsLeft(0.1, call('StopLogging', 0.1))).toEqual([]);
    expect(kindsLeft(3)).toEqual([]);

    report(0, { run: 'a', phase: 'detected', outcome: enforced(painted('blue')) });
    expect(kindsLeft(0.1)).toEqual([]);
  });

  test('that began after the run of an event covers its call, even within the same second', () => {
    const { report, status } = trailkeeper();
    const second = 1 / 60;
    report(0.5 * second, { run: 'a', phase: 'detected', outcome: enforced(painted('blue')) });
    const leftBy = (startedAt: number) => [
      ...repairedElsewhere(
        painted('blue'),
        status(),
        { run: 'b', startedAt: minutes(startedAt), call: call('StopLogging', 0) },
        { now: () => new Date(minutes(0.7 * second)), readLagMs: 1000 },
      ).keys(),
    ];
    expect(leftBy(0.4 * second)).toEqual(['paint']);
    expect(leftBy(0.6 * second)).toEqual([]);
  });

  test('is not said to be undone by others if another run came too late to repair', () => {
    const { report, published } = trailkeeper();
    report(0, { run: 'a', phase: 'detected', outcome: enforced(painted('blue')) });
    report(0.1, { run: 'b', phase: 'detected', outcome: enforced(painted('blue')) });
    report(0.2, { run: 'b', outcome: enforced(painted('blue'), inSync, [repaintFailed]) });
    report(0.3, { run: 'a', outcome: enforced(painted('blue'), inSync, [repainted]) });

    expect(published.map(({ state }) => state)).toEqual(['detected', 'restored']);
  });

  test('whose run was cut short is resolved by a later sweep', () => {
    const { report, observe, incidents, status } = trailkeeper();
    report(0, { run: 'a', phase: 'detected', outcome: enforced(painted('blue')) });
    observe(3, inSync);

    expect(status().leases).toEqual({});
    expect(incidents()).toMatchObject([{ state: 'resolved' }]);
  });

  test('of known drift publishes nothing when it fails again', () => {
    const { repair, published } = trailkeeper();
    for (const at of [0, 1, 2]) repair(at, painted('blue'), null, painted('blue'));

    expect(published.map(({ state }) => state)).toEqual(['detected', 'degraded']);
  });
});

describe('a maintenance window', () => {
  const window: MaintenanceWindow = {
    schema: 1,
    id: 'a-window',
    trail: trail.arn,
    kinds: ['paint'],
    from: minutes(0),
    until: minutes(60),
    by: 'alice',
    reason: 'painting',
  };

  test('is announced when it begins and when it has ended, once each', () => {
    const { report, notices, incidents } = trailkeeper();
    for (const at of [1, 2, 3]) report(at, { windows: [window] });
    const notice = { id: window.id, trail: trail.arn, window, startedAt: minutes(1) };
    expect(notices).toEqual([{ ...notice, endedAt: null }]);

    for (const at of [61, 62]) report(at, { windows: [] });
    expect(notices.slice(1)).toEqual([{ ...notice, endedAt: minutes(61) }]);
    expect(incidents()).toEqual([]);
  });

  test('has not ended because windows could not be read', () => {
    const { report, notices } = trailkeeper();
    const windows = [window, { ...window, id: 'another' }];
    report(1, { windows });
    report(2, { windows: null });
    report(3, { windows });

    expect(notices).toHaveLength(2);
  });
});

describe('a trail status', () => {
  test('does not change in sweeps of a trail in sync, for ten minutes', () => {
    const { observe, status } = trailkeeper();
    observe(0, inSync);
    const before = status();
    for (let at = 1; at < 10; at += 1) observe(at, inSync);
    expect(status()).toEqual(before);

    observe(10, inSync);
    expect(status()).toEqual({ ...before, lastInSyncAt: minutes(10) });
  });

  test('has the request ids of our writes, and when each field was repaired', () => {
    const { repair, observe, status } = trailkeeper();
    repair(1, painted('blue'));
    repair(2, painted('blue'));
    expect(status().ownRequests).toHaveLength(2);
    expect(status().repairs).toEqual({ 'paint.color': [minutes(1), minutes(2)] });

    observe(11.5, inSync);
    expect(status().repairs).toEqual({ 'paint.color': [minutes(2)] });
  });

  test('keeps what the bus refused until it is published', () => {
    const { repair, observe, incidents, refuse, status } = trailkeeper();
    refuse(true);
    repair(0, painted('blue'));
    observe(20, inSync);
    repair(21, painted('blue'));
    expect(Object.keys(status().outbox)).toHaveLength(2);

    refuse(false);
    observe(22, inSync);
    expect(incidents()).toMatchObject([{ closedAt: minutes(20) }, { state: 'restored' }]);
    expect(status().outbox).toEqual({});
  });

  test('has a lost bucket once for each version of the baseline', () => {
    const { report, status } = trailkeeper();
    const loss = { version: 1, at: minutes(1) };
    report(1, { bucketLoss: loss });
    report(2, { bucketLoss: { version: 1, at: minutes(2) } });
    report(3, {});
    expect(status().bucketLoss).toEqual(loss);

    const newer = { version: 2, at: minutes(4) };
    report(4, { bucketLoss: newer });
    expect(status().bucketLoss).toEqual(newer);
  });
});

describe('the transitions', () => {
  const states = Object.keys(transitions) as (IncidentState | 'none')[];

  test('have an event for every state', () => {
    const named = states.filter((state) => state !== 'none');
    expect(Object.keys(incidentEvents).toSorted()).toEqual(named.toSorted());
  });

  test('lead from every state to a closed incident', () => {
    for (const state of states) {
      const restored = nextState(state, 'restored') as IncidentState;
      expect(nextState(restored, 'quiet')).toBe('closed');
    }
  });
});

test('each state has its own meaning for people', () => {
  const texts = Object.values(meanings);

  expect(new Set(texts).size).toBe(texts.length);
  for (const text of texts) expect(text).toMatch(/^[a-z].{15,}[a-z]$/);
  expect(texts.length).toBeGreaterThan(10);
});
