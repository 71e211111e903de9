import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Policy } from '#baseline/policy.ts';
import { delivery } from '#drift/delivery.ts';
import { trailIsGone } from '#drift/impact.ts';
import type { Observation } from '#drift/observe.ts';
import {
  type Finding,
  findingOf,
  isOfMissingTrail,
  type Plan,
  type Planner,
  stepsOf,
} from '#reconcile/plan.ts';
import { baseline, settings, trail } from '../support/baseline.ts';

const topic = settings.SnsTopicARN.split(':').at(-1);

/** A kind that can be restored. */
const kind: Planner = {
  name: 'paint',
  impact: ({ path }, desired, actual) => ({
    description: `${path} of ${JSON.stringify(desired)} in ${JSON.stringify(actual)}`,
    severity: 'medium',
    losesCoverage: false,
  }),
  repair: (desired, actual, { arn }) => [{ action: 'Paint', input: { arn, desired, actual } }],
};

/** A kind that only an operator can restore. */
const alertOnly: Planner = { ...kind, repair: () => [] };

const seen = (state: object | null): Observation => ({ status: 'observed', state });
const find = (
  desired: object,
  actual: object | null,
  policy: Policy = {},
  planner: Planner = kind,
): Finding => findingOf(planner, { states: { paint: desired }, policy }, seen(actual), trail);

describe('a finding', () => {
  test('is in sync if the observed state is the desired one', () => {
    expect(find({ color: 'red' }, { color: 'red' })).toStrictEqual({
      kind: 'paint',
      status: 'in-sync',
    });
  });

  test('is in sync if only a field changed that the baseline does not have', () => {
    expect(find({ color: 'red' }, { color: 'red', gloss: true }).status).toBe('in-sync');
  });

  test('is drifted, with the changes, their impact and the steps', () => {
    const desired = { color: 'red', coats: 2 };
    const actual = { color: 'blue', coats: 2 };

    expect(find(desired, actual)).toStrictEqual({
      kind: 'paint',
      status: 'drifted',
      changes: [
        {
          path: 'color',
          desired: 'red',
          actual: 'blue',
          impact: {
            description: 'color of {"color":"red","coats":2} in {"color":"blue","coats":2}',
            severity: 'medium',
            losesCoverage: false,
          },
          treatment: 'restore',
        },
      ],
      steps: [{ action: 'Paint', input: { arn: trail.arn, desired, actual } }],
    });
  });

  test.each([
    ['LatestDeliveryError', 'bucket the-logs (account 222233334444): log files'],
    ['LatestDigestDeliveryError', 'bucket the-logs (account 222233334444): digest files'],
    ['NotDeliveredSince', 'bucket the-logs (account 222233334444): no log file'],
    ['LatestCloudWatchLogsDeliveryError', 'log group trail (account 111122223333): events'],
    ['LatestNotificationError', `topic ${topic} (account 111122223333): no notifications`],
  ])('of kind delivery names the destination of %s', (field, description) => {
    const failed = { ...baseline.states.delivery, [field]: 'AccessDenied' };

    const found = findingOf(delivery, baseline, seen(failed), trail);

    expect(found).toMatchObject({
      changes: [{ path: field, impact: { description: expect.stringContaining(description) } }],
    });
  });

  test('is drifted if the trail does not exist, with that impact', () => {
    const desired = { color: 'red' };

    expect(find(desired, null)).toStrictEqual({
      kind: 'paint',
      status: 'drifted',
      changes: [{ path: '', desired, actual: null, impact: trailIsGone, treatment: 'restore' }],
      steps: [{ action: 'Paint', input: { arn: trail.arn, desired, actual: null } }],
    });
  });

  test('has steps that name what the settings of the baseline name', () => {
    const states = { paint: { color: 'red' }, settings: { S3BucketName: 'the-logs' } };
    const planner: Planner = {
      ...kind,
      repair: (_desired, _actual, _trail, { settings = {} } = {}) => [
        { action: 'Paint', input: settings },
      ],
    };

    const finding = findingOf(planner, { states, policy: {} }, seen({ color: 'blue' }), trail);

    expect(finding).toMatchObject({
      steps: [{ action: 'Paint', input: { S3BucketName: 'the-logs' } }],
    });
  });

  test('is drifted without steps if only an operator can act', () => {
    const finding = find({ color: 'red' }, { color: 'blue' }, {}, alertOnly);

    expect(finding).toMatchObject({ status: 'drifted', steps: [] });
  });

  test('is unknown without steps if the trail cannot be read', () => {
    const unread = { status: 'unknown', reason: 'AccessDenied: no', retryable: false } as const;
    const baseline = { states: { paint: { color: 'red' } }, policy: {} };

    expect(findingOf(kind, baseline, unread, trail)).toStrictEqual({ kind: 'paint', ...unread });
  });

  test('is unmanaged if the baseline does not have the kind', () => {
    const finding = findingOf(kind, { states: {}, policy: {} }, seen({ color: 'red' }), trail);

    expect(finding).toStrictEqual({ kind: 'paint', status: 'unmanaged' });
  });
});

describe('a policy', () => {
  const desired = { color: 'red', coats: 2, gloss: true };
  const actual = { color: 'blue', coats: 1, gloss: true };

  test('is restore by default', () => {
    expect(find(desired, actual, { paint: 'restore' })).toStrictEqual(find(desired, actual));
    expect(find(desired, actual, { paint: {} })).toStrictEqual(find(desired, actual));
    expect(find(desired, actual, { roof: 'ignore' })).toStrictEqual(find(desired, actual));
  });

  test('of alert for a kind reports every change and has no step', () => {
    const finding = find(desired, actual, { paint: 'alert' });

    expect(finding).toMatchObject({
      status: 'drifted',
      changes: [
        { path: 'color', treatment: 'alert' },
        { path: 'coats', treatment: 'alert' },
      ],
      steps: [],
    });
  });

  test('of ignore for a kind reports nothing', () => {
    expect(find(desired, actual, { paint: 'ignore' }).status).toBe('in-sync');
  });

  test.each(['alert', 'ignore'] as const)('of %s restores a missing trail completely', (rule) => {
    expect(find(desired, null, { paint: rule })).toStrictEqual(find(desired, null));
  });

  test('of alert for a field reports its change and keeps its live value', () => {
    const finding = find(desired, actual, { paint: { color: 'alert' } });

    expect(finding).toMatchObject({
      changes: [
        { path: 'color', treatment: 'alert' },
        { path: 'coats', treatment: 'restore' },
      ],
      steps: [{ input: { desired: { color: 'blue', coats: 2, gloss: true } } }],
    });
  });

  test('of ignore for a field reports nothing and keeps its live value', () => {
    const finding = find(desired, actual, { paint: { color: 'ignore' } });

    expect(finding).toMatchObject({
      changes: [{ path: 'coats' }],
      steps: [{ input: { desired: { color: 'blue', coats: 2, gloss: true } } }],
    });
  });

  test('for fields restores a missing trail with all fields of the baseline', () => {
    const finding = find(desired, null, { paint: { color: 'alert', coats: 'ignore' } });

    expect(finding).toMatchObject({
      changes: [{ path: '', treatment: 'restore' }],
      steps: [{ input: { desired } }],
    });
  });

  test('that restores none of the changed fields has no step', () => {
    const finding = find(desired, { ...desired, coats: 1 }, { paint: { coats: 'alert' } });

    expect(finding).toMatchObject({ status: 'drifted', steps: [] });
  });

  test('decides field by field', () => {
    const treatment = fc.constantFrom('restore', 'alert', 'ignore');
    const fields = fc.dictionary(
      fc.constantFrom('a', 'b', 'constructor', 'toString'),
      fc.record({ treatment, differs: fc.boolean() }),
      { noNullPrototype: true },
    );
    fc.assert(
      fc.property(fields, (drawn) => {
        const entries = Object.entries(drawn);
        const state = (of: (field: (typeof entries)[number][1]) => unknown) =>
          Object.fromEntries(entries.map(([name, field]) => [name, of(field)]));
        const finding = find(
          state(() => 'ours'),
          state(({ differs }) => (differs ? 'theirs' : 'ours')),
          { paint: state((field) => field.treatment) as Policy[string] },
        );

        const reported = entries.filter(([, one]) => one.differs && one.treatment !== 'ignore');
        const restored = reported.filter(([, one]) => one.treatment === 'restore');
        expect(finding.status).toBe(reported.length > 0 ? 'drifted' : 'in-sync');
        if (finding.status !== 'drifted') return;
        expect(finding.changes.map((change) => [change.path, change.treatment])).toStrictEqual(
          reported.map(([name, one]) => [name, one.treatment]),
        );
        expect(finding.steps.length > 0).toBe(restored.length > 0);
      }),
    );
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

  test('are in the order of its finding', () => {
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

  test('are empty for a kind that is not in the plan', () => {
    expect(stepsOf(plan(drifted('door', 'Lock')), 'paint')).toStrictEqual([]);
  });
});

describe('a kind of a missing trail', () => {
  const plan = (...findings: Finding[]): Plan => ({ trail: trail.arn, version: 1, findings });

  test('is one that found no trail', () => {
    const made = plan(find({ color: 'red' }, null));

    expect(isOfMissingTrail(made, 'paint')).toBe(true);
    expect(isOfMissingTrail(made, 'roof')).toBe(false);
  });

  test.each<[string, Finding]>([
    ['drifted in a field', find({ color: 'red' }, { color: 'blue' })],
    ['is in sync', { kind: 'paint', status: 'in-sync' }],
  ])('is none that %s', (_what, finding) => {
    expect(isOfMissingTrail(plan(finding), 'paint')).toBe(false);
  });
});
