import { expect, test } from 'vitest';
import { recordAction, recordRestore } from '#incident/lifecycle/record-action.ts';
import { storedStatus } from '#incident/trail-status.ts';
import type { Approval } from '#reconcile/approval.ts';
import type { MaintenanceWindow } from '#reconcile/maintenance-window.ts';
import { suppressSteps } from '#reconcile/suppress-steps.ts';
import { trail } from '../support/baseline.ts';
import {
  drift,
  enforced,
  minutes,
  planOf,
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
  const { status } = suspended();

  expect(recordAction(status, 'another', action(1))).toBe(status);
  expect(recordRestore(status, 'another', decision(1))).toBe(status);
});

test('the first decision to restore during a maintenance window counts', () => {
  const { status, id } = suspended();
  const first = recordRestore(status, id, decision(1));

  expect(first.open?.approvals).toMatchObject([{ decision: { by: 'alice' } }]);
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

test('a maintenance window suspends other drift than a person decided to restore', () => {
  const { status, id } = suspended();
  const approvals = recordRestore(status, id, decision(1)).open?.approvals ?? [];

  expect(suppressedFor('blue', approvals)).not.toHaveProperty('suppressed');
  expect(suppressedFor('green', approvals)).toHaveProperty('suppressed');
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
