import { describe, expect, test } from 'vitest';
import { mostEntries } from '#incident/incident.ts';
import { closeRetired } from '#incident/lifecycle/open-incident.ts';
import { emptyStatus } from '#incident/trail-status.ts';
import type { MaintenanceWindow } from '#reconcile/maintenance-window.ts';
import type { ApiCall } from '#trail/api-call.ts';
import { trail } from '../support/baseline.ts';
import {
  call,
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
} from '../support/incident-fixtures.ts';

const inSync = painted('red');
const second = 1 / 60;

describe('the calls of an incident', () => {
  const effects = ({ incidents }: ReturnType<typeof trailkeeper>) =>
    incidents()[0]?.calls.map(({ effect }) => effect);

  test('are listed when it is known what they did', () => {
    const { report, status } = trailkeeper();
    const cause = call('StopLogging', 1);
    report(1, { call: cause, phase: 'detected', outcome: enforced(painted('blue')) });

    expect(status().open?.incident.calls).toEqual([]);
  });

  test('have an event', () => {
    const { report, incidents } = trailkeeper();
    report(1, { call: { ...call('StopLogging', 1), eventId: null } });

    expect(incidents()).toEqual([]);
  });

  test('of one caller within seconds are all listed if they did something else', () => {
    const tracked = trailkeeper();
    tracked.observe(1, painted('blue'), call('StopLogging', 1));
    tracked.report(1 + second, {
      outcome: enforced(painted('blue')),
      call: call('StopLogging', 1 + second),
    });

    expect(effects(tracked)).toEqual(['caused', 'related']);
  });

  const made = (principal: Partial<ApiCall['principal']>, failed = false): ApiCall => {
    const one = call('Paint', 1, 'mallory', failed);
    return { ...one, principal: { ...one.principal, ...principal } };
  };
  const countOf = (...calls: readonly ApiCall[]) => {
    const { report, incidents } = trailkeeper();
    for (const one of calls) report(1, { call: one });
    return incidents()[0]?.callCount;
  };

  test('within seconds are one if sessions of a role made them', () => {
    const issuerArn = 'arn:aws:iam::111122223333:role/Painter';
    expect(countOf(made({ issuerArn, arn: 'one' }), made({ issuerArn, arn: 'two' }))).toBe(1);
    expect(countOf(made({ arn: 'one' }), made({ arn: 'two' }))).toBe(2);
    expect(countOf(made({ arn: 'one', name: 'x' }), made({ arn: 'one', name: 'y' }))).toBe(1);
    const nameless = { issuerArn: null, arn: null };
    expect(countOf(made({ ...nameless, name: 'x' }), made({ ...nameless, name: 'y' }))).toBe(2);
  });

  test('within seconds are two if they failed for different reasons', () => {
    const denied = made({}, true);
    const throttled = { ...made({}, true), error: { code: 'Throttling', message: null } as never };
    expect(countOf(denied, throttled)).toBe(2);
    expect(countOf(denied, made({}, true))).toBe(1);
  });

  test('are ten, and then one that failed every ten seconds, by any caller', () => {
    const { report, incidents } = trailkeeper();
    for (let i = 0; i < 30; i += 1) {
      report(i * second, { call: call('Paint', i * second, `user-${i}`, true) });
    }

    expect(incidents()).toMatchObject([{ callCount: mostEntries + 2 }]);
    expect(incidents()[0]?.calls[0]?.call.principal.name).toBe('user-0');
  });

  test('in a full list make room for those that say more, except the first', () => {
    const tracked = trailkeeper();
    const { report, observe } = tracked;
    report(0, { call: call('Paint', 0, 'bob', true) });
    report(1, { call: call('Paint', 1, 'bob') });
    for (let at = 2; at < mostEntries; at += 1) {
      observe(at, painted('blue'), call('StopLogging', at, `user-${at}`));
    }
    const full = ['failed', 'reverted', 'caused', ...Array.from({ length: 7 }, () => 'related')];
    expect(effects(tracked)).toEqual(full);

    observe(20, painted('blue'), call('StopLogging', 20));
    const without = ['failed', 'caused', ...Array.from({ length: 8 }, () => 'related')];
    expect(effects(tracked)).toEqual(without);
    report(21, { outcome: enforced(painted('blue')), call: call('Paint', 21, 'bob', true) });
    expect(effects(tracked)).toEqual(without);
  });
});

describe('the cause of an incident', () => {
  test('is the call that made the drift, although another one was reverted before', () => {
    const { report, repair, incidents } = trailkeeper();
    report(0, { call: call('StopLogging', 0, 'alice') });
    expect(incidents()).toMatchObject([
      { state: 'reverted', cause: { principal: { name: 'alice' } } },
    ]);

    repair(1, painted('blue'), call('StopLogging', 1, 'mallory'));
    expect(incidents()).toMatchObject([{ cause: { principal: { name: 'mallory' } } }]);
  });
});

describe('what a run found', () => {
  test('counts only if it or an earlier run recorded or repaired it', () => {
    const { report, incidents } = trailkeeper();
    report(1, { outcome: enforced(painted('blue'), inSync) });
    expect(incidents()).toEqual([]);

    report(2, { outcome: enforced(painted('blue'), inSync, [repainted]) });
    expect(incidents()).toMatchObject([{ state: 'restored', severity: 'high', problemCount: 1 }]);
  });

  test('is one problem if the baseline cannot be used', () => {
    const { report, incidents } = trailkeeper();
    report(1, { outcome: null, baselineError: 'states: is missing' });

    expect(incidents()).toMatchObject([{ problemCount: 1, episodeCount: 0, episodes: [] }]);
  });

  test('is of high severity if the trail cannot be read', () => {
    const { observe, incidents } = trailkeeper();
    observe(1, unknown);

    expect(incidents()).toMatchObject([{ severity: 'high', problemCount: 1 }]);
  });

  test('is left until the run that repairs says otherwise', () => {
    const { report, observe, status } = trailkeeper();
    report(0, { run: 'a', phase: 'detected', outcome: enforced(painted('blue')) });
    observe(0.2, retagged(painted('blue')));

    expect(status().open?.unresolved).toHaveLength(2);
  });

  test('keeps the steps that were attempted, all kinds and each field once', () => {
    const { report, observe, incidents } = trailkeeper();
    report(0, { outcome: enforced(painted('blue'), painted('blue'), [repaintFailed]) });
    report(1, { outcome: enforced(paced) });
    expect(incidents()[0]?.episodes[0]?.outcome.applied).toEqual([repaintFailed]);

    observe(2, retagged(painted('green')));
    const tagsInSync = { kind: 'tags', status: 'in-sync' } as const;
    observe(3, { ...painted('blue'), findings: [...painted('black').findings, tagsInSync] });
    const [paint, tags] = incidents()[0]?.episodes[0]?.outcome.plan.findings ?? [];
    expect(paint).toMatchObject({ changes: [{ actual: 'black' }] });
    expect(paint).toHaveProperty('changes.length', 1);
    expect(tags).toMatchObject({ kind: 'tags', changes: [{ actual: 'retagged' }] });
  });

  test('in sync dates from the start of the run, restored from its end', () => {
    const { report, status } = trailkeeper();
    report(5, { startedAt: minutes(4.9) });
    expect(status().lastInSyncAt).toBe(minutes(4.9));
    report(6, { outcome: enforced(painted('blue')) });
    report(7, { startedAt: minutes(6.9) });
    expect(status().lastInSyncAt).toBe(minutes(6.9));

    report(7.5, { outcome: enforced(painted('blue')) });
    report(8, {
      startedAt: minutes(7.9),
      outcome: enforced(painted('blue'), inSync, [repainted]),
    });
    expect(status().lastInSyncAt).toBe(minutes(8));
  });
});

describe('repairs do not keep being reverted', () => {
  const times = Array.from({ length: rules.flappingAfter }, (_, i) => i);

  test('if the last drift was only observed', () => {
    const { repair, observe, incidents } = trailkeeper();
    for (const at of times) {
      if (at + 1 < rules.flappingAfter) repair(at, painted('blue'));
      else observe(at, painted('blue'));
    }

    expect(incidents()).toMatchObject([{ episodeCount: rules.flappingAfter, flapping: false }]);
  });

  test('if someone else undid the drift', () => {
    const { report, repair, observe, incidents } = trailkeeper();
    repair(0, painted('blue'));
    repair(0.1, painted('blue'));
    for (const at of times.slice(2)) {
      observe(at, painted('blue'));
      observe(at + 0.5, inSync);
    }
    report(6, { phase: 'detected', outcome: enforced(painted('blue')) });

    expect(incidents()).toMatchObject([{ episodeCount: rules.flappingAfter + 1, flapping: false }]);
  });
});

describe('a status', () => {
  test('has the latest 500 problems, however many fields drift', () => {
    const { observe, status } = trailkeeper();
    const changes = Array.from({ length: 600 }, (_, i) => ({ ...drift('blue'), path: `${i}` }));
    observe(1, planOf({ kind: 'paint', status: 'drifted', changes, steps: [] }));

    expect(status().open?.known).toHaveLength(500);
    expect(status().open?.unresolved).toEqual(status().open?.known);
    expect(status().open?.incident.problemCount).toBe(600);
  });

  test('has no repair of a step that failed, but the ids of all requests', () => {
    const { report, status } = trailkeeper();
    report(1, {
      outcome: enforced(painted('blue'), painted('blue'), [repaintFailed]),
      requestIds: ['request'],
    });

    expect(status()).toMatchObject({ repairs: {}, ownRequests: ['request'] });
  });

  test('keeps when the destinations were last in sync until they are read again', () => {
    const { report, status } = trailkeeper();
    const outsideInSync = { version: 1, at: minutes(1) };
    report(1, { outsideInSync });
    report(2, {});

    expect(status().outsideInSync).toEqual(outsideInSync);
  });

  test('announces one window, and not the other again, when one of two has ended', () => {
    const { report, notices, status } = trailkeeper();
    const window: MaintenanceWindow = {
      ...{ schema: 1, id: 'a', trail: trail.arn, kinds: ['paint'], by: 'alice', reason: 'new' },
      from: minutes(0),
      until: minutes(60),
    };
    const other = { ...window, id: 'b' };
    report(1, { windows: [window, other] });
    report(2, { windows: [other] });
    report(3, { windows: [other] });

    expect(notices.map(({ id, endedAt }) => [id, endedAt])).toEqual([
      ['a', null],
      ['b', null],
      ['a', minutes(2)],
    ]);
    expect(Object.keys(status().windows)).toEqual(['b']);
  });

  test('of a trail that is retired has no incident: it is closed, and says by whom and why', () => {
    const { observe, status } = trailkeeper();
    observe(1, painted('blue'));
    const retirement = { at: minutes(2), by: 'alice', reason: 'it moves' };

    const { open, outbox } = closeRetired(status(), retirement);

    expect(open).toBeNull();
    expect(Object.values(outbox)).toMatchObject([
      {
        incident: {
          state: 'drifted',
          closedAt: minutes(2),
          updatedAt: minutes(2),
          retired: { by: 'alice', reason: 'it moves' },
        },
      },
    ]);
    expect(closeRetired(emptyStatus, retirement)).toBe(emptyStatus);
  });
});

describe('people are not reminded', () => {
  const due = 60 * rules.remindEvery + 1;
  const left = enforced(painted('blue'));

  test.each<[string, Parameters<ReturnType<typeof trailkeeper>['report']>[1]]>([
    ['by an event', { outcome: left, call: call('AddTags', due, 'bob', true) }],
    ['while a repair begins', { outcome: left, phase: 'detected' }],
  ])('%s', (_, more) => {
    const { report, incidents } = trailkeeper();
    report(0, { outcome: left });
    report(due, more);

    expect(incidents()).toMatchObject([{ reminders: 0 }]);
  });

  test('while another run repairs', () => {
    const { report, incidents } = trailkeeper();
    report(0, { outcome: left });
    report(due - 0.5, { run: 'a', phase: 'detected', outcome: left });
    report(due, { run: 'b', outcome: left });
    expect(incidents()).toMatchObject([{ reminders: 0 }]);

    report(due + 0.1, { run: 'a', outcome: left });
    expect(incidents()).toMatchObject([{ reminders: 1 }]);
  });

  test('of calls that failed', () => {
    const { report, incidents } = trailkeeper();
    report(0, { call: call('Paint', 0, 'bob', true) });
    report(due - 60, { call: call('Paint', due - 60, 'bob', true) });
    report(due, {});

    expect(incidents()).toMatchObject([{ state: 'attempted', reminders: 0, closedAt: null }]);
  });
});
