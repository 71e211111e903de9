import { expect, test } from 'vitest';
import { recordAction, recordRestore } from '#incident/lifecycle/record-action.ts';
import { emptyStatus, parseStatus, storedStatus } from '#incident/trail-status.ts';
import type { Approval } from '#reconcile/approval.ts';
import { stepKey } from '#reconcile/change-key.ts';
import type { MaintenanceWindow } from '#reconcile/maintenance-window.ts';
import type { Finding } from '#reconcile/plan.ts';
import { suppressSteps } from '#reconcile/suppress-steps.ts';
import { trail } from '../support/baseline.ts';
import {
  drift,
  enforced,
  minutes,
  painted,
  planOf,
  repainted,
  repaintFailed,
  trailkeeper,
  waiting,
} from '../support/incident-fixtures.ts';

const decision = (at: number, by = 'alice') => ({
  ...{ treatment: 'restore' as const, at: minutes(at), by, via: 'slack' as const, reason: null },
});
const action = (at: number, by = 'alice') => ({
  ...{ type: 'acknowledged' as const, at: minutes(at), by, via: 'slack' as const, reason: null },
});

/** A trail whose drift a maintenance window suspends. */
function suspended() {
  const keeper = trailkeeper();
  keeper.report(0, { outcome: enforced(waiting('maintenance-window')) });
  const status = keeper.status();
  return { keeper, status, id: status.open?.incident.id ?? '' };
}

test('the first acknowledgement counts, and is published', () => {
  const { status, id } = suspended();
  const first = recordAction(status, id, action(1));

  expect(recordAction(first, id, action(2, 'bob'))).toBe(first);
  expect(Object.values(first.outbox)).toMatchObject([{ incident: { actions: [{ by: 'alice' }] } }]);
});

test('nothing is recorded of an incident that is not open', () => {
  for (const status of [suspended().status, emptyStatus]) {
    expect(recordAction(status, 'another', action(1))).toBe(status);
    expect(recordRestore(status, 'another', decision(1))).toBe(status);
  }
});

test('the first decision to restore during a maintenance window counts', () => {
  const { status, id } = suspended();
  const first = recordRestore(status, id, decision(1));

  expect(first.open?.approvals).toMatchObject([
    { id: `${id}-restore-1`, otherwise: 'restore', decision: { by: 'alice' } },
  ]);
  expect(recordRestore(first, id, decision(2, 'bob'))).toBe(first);
});

test('drift that no window suspends needs no such decision', () => {
  const keeper = trailkeeper();
  keeper.report(0, { outcome: enforced(waiting('backoff')) });
  const status = keeper.status();

  expect(recordRestore(status, status.open?.incident.id ?? '', decision(1))).toBe(status);
});

test('drift that is too long to be stored is restored as a whole, until none of its kind is left', () => {
  const keeper = trailkeeper();
  const long = waiting('maintenance-window', 'blue'.repeat(50_000) as 'blue');
  keeper.report(0, { outcome: enforced(long) });
  const stored = JSON.parse(storedStatus(keeper.status()));
  const asked = recordRestore(stored, stored.open.incident.id, decision(1));
  keeper.set(asked);
  const approvals = asked.open?.approvals ?? [];

  expect(suppressedFor('blue'.repeat(50_000), approvals)).not.toHaveProperty('suppressed');
  keeper.report(2, { outcome: enforced(waiting('maintenance-window', 'green')) });
  expect(keeper.status().open?.approvals).toMatchObject([{ endedAt: null }]);
  keeper.report(3, {});
  expect(keeper.status().open?.approvals).toMatchObject([{ endedAt: minutes(3) }]);
});

test('drift of more fields than can be stored is restored as a whole', () => {
  const keeper = trailkeeper();
  const [finding] = waiting('maintenance-window').findings;
  const fields = Array.from({ length: 100 }, (_, i) => ({
    ...drift('blue', 'low'),
    path: `field${i}`,
  }));
  const changes = [...fields, drift('blue'.repeat(50_000) as 'blue', 'low')];
  const plan = { ...waiting('maintenance-window'), findings: [{ ...finding, changes } as Finding] };
  keeper.report(0, { outcome: enforced(plan) });
  const stored = parseStatus(storedStatus(keeper.status()));
  const approvals = recordRestore(stored, stored.open?.incident.id ?? '', decision(1)).open;

  expect(suppressedFor('blue', approvals?.approvals ?? [])).not.toHaveProperty('suppressed');
});

test('a maintenance window suspends other drift than a person decided to restore', () => {
  const { status, id } = suspended();
  const approvals = recordRestore(status, id, decision(1)).open?.approvals ?? [];

  expect(suppressedFor('blue', approvals)).not.toHaveProperty('suppressed');
  expect(suppressedFor('green', approvals)).toHaveProperty('suppressed');
});

test('a decision to restore is an action of its person, before or after an acknowledgement', () => {
  const { status, id } = suspended();
  const typesIn = (after: typeof status) =>
    after.open?.incident.actions.map(({ type, by }) => [type, by]);
  const restored = recordRestore(status, id, decision(1));

  expect(typesIn(recordAction(restored, id, action(2, 'bob')))).toEqual([
    ['restore', 'alice'],
    ['acknowledged', 'bob'],
  ]);
  expect(
    typesIn(recordRestore(recordAction(status, id, action(1, 'bob')), id, decision(2))),
  ).toEqual([
    ['acknowledged', 'bob'],
    ['restore', 'alice'],
  ]);
  expect(Object.values(restored.outbox)).toMatchObject([
    { incident: { actions: [{ type: 'restore', at: minutes(1), by: 'alice', via: 'slack' }] } },
  ]);
});

test('a decision to restore counts after one to leave the drift, or one that is used up', () => {
  const { status, id } = suspended();
  const first = recordRestore(status, id, decision(1));
  const changed = (more: object) => {
    const { open } = first;
    if (open === null) throw new Error('no incident is open');
    const approvals = open.approvals.map((one) => ({ ...one, ...more }));
    return { ...first, open: { ...open, approvals } };
  };
  const left = changed({ decision: { ...decision(1), treatment: 'alert' } });
  const undecided = changed({ decision: null });
  const usedUp = changed({ endedAt: minutes(2) });

  for (const before of [left, undecided, usedUp]) {
    const approvals = recordRestore(before, id, decision(3, 'bob')).open?.approvals ?? [];

    expect(approvals.map((one) => one.decision?.by).at(-1)).toBe('bob');
    expect(new Set(approvals.map((one) => one.id)).size).toBe(2);
  }
});

test('a decision to restore is about what a window suspends, not about the rest', () => {
  const keeper = trailkeeper();
  const [suspendedPaint] = waiting('maintenance-window').findings;
  const plan = { ...waiting('backoff'), findings: [] as Finding[] };
  plan.findings.push(
    ...(suspendedPaint ? [suspendedPaint] : []),
    { kind: 'tags', status: 'unknown', reason: 'denied', retryable: false },
    { kind: 'logging', status: 'drifted', changes: [drift('off', 'low')], steps: [] },
  );
  keeper.report(0, { outcome: enforced(plan) });
  const status = keeper.status();

  const after = recordRestore(status, status.open?.incident.id ?? '', decision(1));

  expect(after.open?.approvals.flatMap(({ changes }) => changes)).toMatchObject([
    { kind: 'paint', path: 'color' },
  ]);
});

test('a call that AWS denied is remembered, and others are not', () => {
  const keeper = trailkeeper();
  const step = { action: 'Paint', input: { coats: 2 } };
  const throttled = { ...repaintFailed, input: { coats: 3 }, error: 'ThrottlingException' };
  keeper.report(0, { outcome: enforced(painted('blue'), painted('blue'), [repaintFailed]) });
  keeper.report(1, { outcome: enforced(painted('blue'), painted('blue'), [throttled, repainted]) });
  keeper.report(2, {
    outcome: enforced(painted('blue'), painted('blue'), [{ ...repaintFailed, ...step }]),
  });

  expect(keeper.status().refusals).toEqual({
    [stepKey('paint', repaintFailed)]: minutes(0),
    [stepKey('paint', step)]: minutes(2),
  });
});

/** What is done in a maintenance window about a trail that is painted. */
function suppressedFor(color: string, approvals: readonly Approval[]) {
  const window: MaintenanceWindow = {
    ...{ schema: 1, id: 'w', trail: trail.arn, kinds: ['paint'], by: 'alice', reason: 'x' },
    ...{ from: minutes(-1), until: minutes(60) },
  };
  const steps = [{ action: 'Paint', input: {} }];
  const plan = planOf({
    ...{ kind: 'paint', status: 'drifted', steps },
    changes: [drift(color as 'blue', 'low')],
  });
  const inputs = { windows: [window], repairs: null, approvals };
  const rules = { maxWindowHours: 4, repairsBeforeBackoff: 3 };
  return suppressSteps(plan, inputs, rules, new Date(minutes(2))).findings[0];
}
