import { describe, expect, test } from 'vitest';
import { type Finding, findingOf, type Plan, type Repair, stepsOf } from '#core/plan.ts';
import { trail } from '../baseline.ts';

/** A kind whose repair writes back what it was asked for, where it was asked. */
const kind: Repair = {
  name: 'paint',
  repair: (desired, actual, { arn }) => [{ action: 'Paint', input: { arn, desired, actual } }],
};

/** A kind that only a person may repair. */
const alertOnly: Repair = { name: 'paint', repair: () => [] };

describe('a finding', () => {
  test('is in sync where what was observed is what is desired', () => {
    const finding = findingOf(
      kind,
      { colour: 'red' },
      { status: 'observed', state: { colour: 'red' } },
      trail,
    );

    expect(finding).toStrictEqual({ kind: 'paint', status: 'in-sync' });
  });

  test('is in sync where only a field that the baseline does not name has changed', () => {
    const finding = findingOf(
      kind,
      { colour: 'red' },
      { status: 'observed', state: { colour: 'red', gloss: true } },
      trail,
    );

    expect(finding.status).toBe('in-sync');
  });

  test('is drifted, with the changes and the steps that repair them', () => {
    const desired = { colour: 'red', coats: 2 };
    const actual = { colour: 'blue', coats: 2 };

    const finding = findingOf(kind, desired, { status: 'observed', state: actual }, trail);

    expect(finding).toStrictEqual({
      kind: 'paint',
      status: 'drifted',
      changes: [{ path: 'colour', desired: 'red', actual: 'blue' }],
      steps: [{ action: 'Paint', input: { arn: trail.arn, desired, actual } }],
    });
  });

  test('is drifted where the trail does not exist', () => {
    const desired = { colour: 'red' };

    const finding = findingOf(kind, desired, { status: 'observed', state: null }, trail);

    expect(finding).toStrictEqual({
      kind: 'paint',
      status: 'drifted',
      changes: [{ path: '', desired, actual: null }],
      steps: [{ action: 'Paint', input: { arn: trail.arn, desired, actual: null } }],
    });
  });

  test('is drifted without steps where only a person may act', () => {
    const finding = findingOf(
      alertOnly,
      { colour: 'red' },
      { status: 'observed', state: { colour: 'blue' } },
      trail,
    );

    expect(finding).toMatchObject({ status: 'drifted', steps: [] });
  });

  test('is unknown where the trail could not be read, and then has no steps', () => {
    const finding = findingOf(
      kind,
      { colour: 'red' },
      { status: 'unknown', reason: 'AccessDenied: no', retryable: false },
      trail,
    );

    expect(finding).toStrictEqual({
      kind: 'paint',
      status: 'unknown',
      reason: 'AccessDenied: no',
      retryable: false,
    });
  });
});

describe('the steps of a kind', () => {
  const step = (action: string) => ({ action, input: {} });
  const drifted = (kind: string, ...actions: string[]): Finding => ({
    kind,
    status: 'drifted',
    changes: [],
    steps: actions.map(step),
  });
  const plan = (...findings: Finding[]): Plan => ({ trail: trail.arn, version: 1, findings });

  test('are those of its drift, in their order', () => {
    const made = plan(drifted('door', 'Lock'), drifted('paint', 'Sand', 'Paint'));

    expect(stepsOf(made, 'paint')).toStrictEqual([step('Sand'), step('Paint')]);
    expect(stepsOf(made, 'door')).toStrictEqual([step('Lock')]);
  });

  test.each<Finding>([
    { kind: 'paint', status: 'in-sync' },
    { kind: 'paint', status: 'unmanaged' },
    { kind: 'paint', status: 'unknown', reason: 'AccessDenied: no', retryable: false },
    { kind: 'paint', status: 'drifted', changes: [], steps: [] },
  ])('are none where it is $status', (finding) => {
    expect(stepsOf(plan(finding, drifted('door', 'Lock')), 'paint')).toStrictEqual([]);
  });

  test('are none of a kind that the plan does not have', () => {
    expect(stepsOf(plan(drifted('door', 'Lock')), 'paint')).toStrictEqual([]);
  });
});
