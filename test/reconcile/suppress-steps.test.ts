import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { MaintenanceWindow } from '#reconcile/maintenance-window.ts';
import type { Drift, Finding, Plan } from '#reconcile/plan.ts';
import { suppressSteps } from '#reconcile/suppress-steps.ts';
import { trail } from '../support/baseline.ts';

const now = new Date('2026-11-22T12:00:00Z');
const ago = (minutes: number): string => new Date(now.getTime() - minutes * 60_000).toISOString();
const rules = { maxWindowHours: 4, repairsBeforeBackoff: 3 };
const noWindow = { holds: [], restores: {} };

const drift = (path: string, more: Partial<Drift> = {}): Drift => ({
  path,
  desired: 'red',
  actual: 'blue',
  impact: { words: 'it is blue', severity: 'medium', losesCoverage: false },
  treatment: 'restore',
  ...more,
});
const losesCoverage = {
  words: 'no one sees it',
  severity: 'critical',
  losesCoverage: true,
} as const;

const planOf = (...changes: readonly Drift[]): Plan => ({
  trail: trail.arn,
  version: 1,
  findings: [
    { kind: 'paint', status: 'drifted', changes, steps: [{ action: 'Paint', input: {} }] },
  ],
});

const hold = (more: Partial<MaintenanceWindow> = {}): MaintenanceWindow => ({
  schema: 1,
  id: 'a-hold',
  trail: trail.arn,
  kinds: ['paint'],
  from: ago(10),
  until: ago(-10),
  by: 'alice',
  reason: 'painting',
  ...more,
});

/** What is kept back of a plan, and by what. */
const withheldIn = ({ findings: [finding] }: Plan) => {
  if (finding?.status !== 'drifted') return null;
  expect(finding.steps).toHaveLength(finding.withheld === undefined ? 1 : 0);
  return finding.withheld ?? null;
};

describe('a Hold', () => {
  const held = (given: Partial<MaintenanceWindow>, plan = planOf(drift('color'))) =>
    withheldIn(
      suppressSteps(plan, { ...noWindow, holds: [hold(given)], restores: null }, rules, now),
    );

  test('keeps back what repairs its kinds', () => {
    expect(held({})).toEqual({ by: 'hold', hold: 'a-hold', until: ago(-10), askedBy: 'alice' });
  });

  test('keeps back what loses events, too: a person asked for it', () => {
    expect(held({}, planOf(drift('color', { impact: losesCoverage })))).not.toBeNull();
  });

  test.each([
    ['is over', { from: ago(60), until: ago(1) }],
    ['ends now', { until: ago(0) }],
    ['has not begun', { from: ago(-1) }],
    ['has lasted as long as one may', { from: ago(4 * 60), until: ago(-1000) }],
    ['is of another kind', { kinds: ['roof'] }],
  ])('keeps nothing back that %s', (_, given) => {
    expect(held(given)).toBeNull();
  });

  test('of a trail that is gone keeps nothing back: it comes back whole', () => {
    expect(held({}, planOf(drift('', { actual: null })))).toBeNull();
  });

  test('that ends last is the one that is reported', () => {
    const holds = [hold({ id: 'first' }), hold({ id: 'last', until: ago(-20) })];

    const plan = suppressSteps(planOf(drift('color')), { holds, restores: null }, rules, now);

    expect(withheldIn(plan)).toEqual({
      by: 'hold',
      hold: 'last',
      until: ago(-20),
      askedBy: 'alice',
    });
  });
});

describe('the pace', () => {
  const paced = (restores: Record<string, string[]> | null, plan = planOf(drift('color'))) =>
    withheldIn(suppressSteps(plan, { holds: [], restores }, rules, now));
  const worn = [ago(9), ago(5), ago(1)];

  test('keeps back what was restored too often lately', () => {
    expect(paced({ 'paint.color': worn })).toEqual({ by: 'pace' });
  });

  test.each([
    ['was restored less often', { 'paint.color': worn.slice(1) }],
    ['was restored long ago', { 'paint.color': [ago(30), ago(20), ago(1)] }],
    ['is another field', { 'paint.gloss': worn }],
    ['is found by a sweep', null],
  ])('keeps nothing back that %s', (_, restores) => {
    expect(paced(restores)).toBeNull();
  });

  test('keeps nothing back while one of the fields is new, or loses events', () => {
    const restores = { 'paint.color': worn, 'paint.gloss': worn };

    expect(paced(restores, planOf(drift('color'), drift('gloss')))).not.toBeNull();
    expect(paced(restores, planOf(drift('color'), drift('coat')))).toBeNull();
    const costly = drift('gloss', { impact: losesCoverage });
    expect(paced(restores, planOf(drift('color'), costly))).toBeNull();
  });

  test('does not count what is only reported', () => {
    const reported = drift('gloss', { treatment: 'alert', impact: losesCoverage });

    expect(paced({ 'paint.color': worn }, planOf(drift('color'), reported))).toEqual({
      by: 'pace',
    });
  });
});

test('without a window a plan is as it was', () => {
  const plan = planOf(drift('color'));

  expect(suppressSteps(plan, noWindow, rules, now)).toEqual(plan);
});

test('whatever the windows, findings stay the same but for their steps, and what loses events is never paced', () => {
  const path = fc.constantFrom('color', 'gloss', 'coat');
  const change = fc
    .record({ path, losesEvents: fc.boolean() })
    .map(({ path: at, losesEvents }) => drift(at, losesEvents ? { impact: losesCoverage } : {}));
  const times = fc.array(fc.integer({ min: 0, max: 20 }).map(ago), { maxLength: 6 });
  const restores = fc.dictionary(
    path.map((at) => `paint.${at}`),
    times,
  );
  fc.assert(
    fc.property(fc.array(change, { minLength: 1 }), restores, (changes, restored) => {
      const plan = planOf(...changes);

      const { findings } = suppressSteps(plan, { holds: [], restores: restored }, rules, now);

      const [{ steps: _, withheld, ...finding }] = findings as [
        Extract<Finding, { status: 'drifted' }>,
      ];
      const [{ steps: __, ...asPlanned }] = plan.findings as [
        Extract<Finding, { status: 'drifted' }>,
      ];
      expect(finding).toEqual(asPlanned);
      if (changes.some(({ impact }) => impact.losesCoverage)) expect(withheld).toBeUndefined();
    }),
  );
});
