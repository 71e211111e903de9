import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Step } from '#drift/kind.ts';
import type { Approval } from '#reconcile/approval.ts';
import { changeKey, kindKey } from '#reconcile/change-key.ts';
import type { MaintenanceWindow } from '#reconcile/maintenance-window.ts';
import type { Drift, Finding, Plan } from '#reconcile/plan.ts';
import { recentRepairs, repairedFields, suppressSteps } from '#reconcile/suppress-steps.ts';
import { trail } from '../support/baseline.ts';
import { done, refused } from '../support/outcomes.ts';

const now = new Date('2026-11-22T12:00:00Z');
const ago = (minutes: number): string => new Date(now.getTime() - minutes * 60_000).toISOString();
const rules = { maxWindowHours: 4, repairsBeforeBackoff: 3 };
const noWindow = { windows: [], repairs: {} };

const drift = (path: string, more: Partial<Drift> = {}): Drift => ({
  path,
  desired: 'red',
  actual: 'blue',
  impact: { description: 'it is blue', severity: 'medium', losesCoverage: false },
  treatment: 'restore',
  ...more,
});
const losesCoverage = {
  description: 'no one sees it',
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

const openWindow = (more: Partial<MaintenanceWindow> = {}): MaintenanceWindow => ({
  schema: 1,
  id: 'a-window',
  trail: trail.arn,
  kinds: ['paint'],
  from: ago(10),
  until: ago(-10),
  by: 'alice',
  reason: 'painting',
  ...more,
});

/** What suppressed the only finding of a plan; null if nothing did. */
const suppressionIn = ({ findings: [finding] }: Plan) => {
  if (finding?.status !== 'drifted') return null;
  expect(finding.steps).toHaveLength(finding.suppressed === undefined ? 1 : 0);
  return finding.suppressed ?? null;
};

describe('a maintenance window', () => {
  const suspended = (given: Partial<MaintenanceWindow>, plan = planOf(drift('color'))) =>
    suppressionIn(
      suppressSteps(plan, { ...noWindow, windows: [openWindow(given)], repairs: null }, rules, now),
    );

  test('suppresses the repair of its kinds', () => {
    expect(suspended({})).toEqual({
      by: 'maintenance-window',
      window: 'a-window',
      until: ago(-10),
      requestedBy: 'alice',
    });
  });

  test('suppresses a repair that loses events, too: a person requested it', () => {
    expect(suspended({}, planOf(drift('color', { impact: losesCoverage })))).not.toBeNull();
  });

  test.each([
    ['has ended', { from: ago(60), until: ago(1) }],
    ['ends now', { until: ago(0) }],
    ['has not started', { from: ago(-1) }],
    ['has reached its maximum length', { from: ago(4 * 60), until: ago(-1000) }],
    ['names another kind', { kinds: ['roof'] }],
  ])('suppresses nothing if it %s', (_, given) => {
    expect(suspended(given)).toBeNull();
  });

  test('suppresses nothing of a missing trail', () => {
    expect(suspended({}, planOf(drift('', { actual: null })))).toBeNull();
  });

  test('is reported if it ends last', () => {
    const windows = [openWindow({ id: 'first' }), openWindow({ id: 'last', until: ago(-20) })];

    const plan = suppressSteps(planOf(drift('color')), { windows, repairs: null }, rules, now);

    expect(suppressionIn(plan)).toEqual({
      by: 'maintenance-window',
      window: 'last',
      until: ago(-20),
      requestedBy: 'alice',
    });
  });
});

describe('a decision to restore drift in spite of a maintenance window', () => {
  const color = drift('color');
  const [coat, gloss] = [drift('coat'), drift('gloss', { treatment: 'alert' })];
  const meaning = (key: string) => ({ key, kind: 'paint', path: 'color' });
  const decided = (more: Partial<Approval> = {}, changes = [color]): Approval => ({
    id: 'one',
    changes: changes.map((change) => meaning(changeKey('paint', change))),
    requestedAt: ago(9),
    until: ago(-9),
    otherwise: 'alert',
    decision: { treatment: 'restore', at: ago(1), by: 'alice', via: 'cli', reason: null },
    endedAt: null,
    ...more,
  });
  const isSuspended = (approvals: readonly Approval[], ...changes: readonly Drift[]) => {
    const inputs = { windows: [openWindow()], repairs: null, approvals };
    return suppressionIn(suppressSteps(planOf(...changes), inputs, rules, now)) !== null;
  };
  const decision = (more: object) => ({ ...decided().decision, ...more }) as Approval['decision'];

  test('lets its change be restored, and what is only reported beside it', () => {
    expect(isSuspended([decided()], color)).toBe(false);
    expect(isSuspended([decided()], color, gloss)).toBe(false);
    expect(isSuspended([decided({}, [color, coat])], color, coat)).toBe(false);
    expect(isSuspended([decided(), decided({ id: 'two' }, [coat])], color, coat)).toBe(false);
  });

  test('for the whole kind lets every change of it be restored', () => {
    const whole = (kind: string) => [decided({ changes: [meaning(kindKey(kind))] })];

    expect(isSuspended(whole('paint'), color, coat)).toBe(false);
    expect(isSuspended(whole('roof'), color)).toBe(true);
  });

  test.each<[string, readonly Approval[]]>([
    ['there is none', []],
    ['is used up', [decided({ endedAt: ago(0) })]],
    ['is not made yet', [decided({ decision: null })]],
    ['is to leave the drift', [decided({ decision: decision({ treatment: 'alert' }) })]],
    ['was made by the deadline', [decided({ decision: decision({ by: null }) })]],
    ['is about another change', [decided({}, [drift('color', { actual: 'green' })])]],
  ])('does not count if it %s', (_when, approvals) => {
    expect(isSuspended(approvals, color)).toBe(true);
  });

  test('does not count for the changes that it is not about', () => {
    expect(isSuspended([decided()], color, coat)).toBe(true);
  });
});

test('the fields that a run repaired are those that drifted in the kinds that it wrote', () => {
  const [door, paint] = ['door', 'paint'].map(
    (kind): Finding => ({
      kind,
      status: 'drifted',
      changes: [drift('color'), drift('coat')],
      steps: [],
    }),
  );
  const plan = { ...planOf(), findings: [door, paint] as Finding[] };
  const failed = { ...refused, kind: 'door' };

  expect(repairedFields({ plan, applied: [done, failed, done] })).toEqual([
    'paint.color',
    'paint.coat',
  ]);
  expect(repairedFields({ plan, applied: [failed] })).toEqual([]);
});

test('repairs are remembered for ten minutes, and the latest ones if there are many', () => {
  const repairs = { 'paint.color': [ago(11), ago(10), ago(9), ago(1)], 'paint.coat': [ago(12)] };

  expect(recentRepairs(repairs, ago(0))).toEqual({ 'paint.color': [ago(9), ago(1)] });
  expect(recentRepairs(repairs, ago(0), 1)).toEqual({ 'paint.color': [ago(1)] });
});

describe('the backoff', () => {
  const backedOff = (repairs: Record<string, string[]> | null, plan = planOf(drift('color'))) =>
    suppressionIn(suppressSteps(plan, { windows: [], repairs }, rules, now));
  const often = [ago(9), ago(5), ago(1)];

  test('suppresses the repair of a field that was repaired too often', () => {
    expect(backedOff({ 'paint.color': often })).toEqual({ by: 'backoff' });
  });

  test.each([
    ['the field was repaired less often', { 'paint.color': often.slice(1) }],
    ['the repairs are older than ten minutes', { 'paint.color': [ago(30), ago(20), ago(1)] }],
    ['another field was repaired', { 'paint.gloss': often }],
    ['a sweep found it', null],
  ])('suppresses nothing if %s', (_, repairs) => {
    expect(backedOff(repairs)).toBeNull();
  });

  test('suppresses nothing while one field is new or loses events', () => {
    const repairs = { 'paint.color': often, 'paint.gloss': often };

    expect(backedOff(repairs, planOf(drift('color'), drift('gloss')))).not.toBeNull();
    expect(backedOff(repairs, planOf(drift('color'), drift('coat')))).toBeNull();
    const costly = drift('gloss', { impact: losesCoverage });
    expect(backedOff(repairs, planOf(drift('color'), costly))).toBeNull();
  });

  test('ignores fields that are only reported', () => {
    const reported = drift('gloss', { treatment: 'alert', impact: losesCoverage });

    expect(backedOff({ 'paint.color': often }, planOf(drift('color'), reported))).toEqual({
      by: 'backoff',
    });
  });
});

test('a plan stays the same without windows and repairs', () => {
  const plan = planOf(drift('color'));

  expect(suppressSteps(plan, noWindow, rules, now)).toEqual(plan);
});

test('only steps change, and no backoff applies to what loses events', () => {
  const path = fc.constantFrom('color', 'gloss', 'coat');
  const change = fc
    .record({ path, losesEvents: fc.boolean() })
    .map(({ path: at, losesEvents }) => drift(at, losesEvents ? { impact: losesCoverage } : {}));
  const times = fc.array(fc.integer({ min: 0, max: 20 }).map(ago), { maxLength: 6 });
  const repairs = fc.dictionary(
    path.map((at) => `paint.${at}`),
    times,
  );
  fc.assert(
    fc.property(fc.array(change, { minLength: 1 }), repairs, (changes, restored) => {
      const plan = planOf(...changes);

      const { findings } = suppressSteps(plan, { windows: [], repairs: restored }, rules, now);

      const [{ steps: _, suppressed, ...finding }] = findings as [
        Extract<Finding, { status: 'drifted' }>,
      ];
      const [{ steps: __, ...asPlanned }] = plan.findings as [
        Extract<Finding, { status: 'drifted' }>,
      ];
      expect(finding).toEqual(asPlanned);
      if (changes.some(({ impact }) => impact.losesCoverage)) expect(suppressed).toBeUndefined();
    }),
  );
});

describe('a step that AWS refused', () => {
  const paint = { action: 'Paint', input: {} };
  const repaint = { action: 'Paint', input: { coats: 2 } };
  const isRefused = (kind: string, step: object) =>
    kind === 'paint' && JSON.stringify(step) === JSON.stringify(paint);
  const left = (...steps: readonly Step[]) => {
    const [finding] = planOf(drift('color')).findings;
    const plan = { ...planOf(), findings: [{ ...finding, steps } as Finding] };
    return suppressSteps(plan, { ...noWindow, isRefused }, rules, now).findings[0];
  };

  test('is not sent again', () => {
    expect(left(paint)).toMatchObject({ steps: [], suppressed: { by: 'refusal' } });
  });

  test('does not keep others from being sent', () => {
    expect(left(paint, repaint)).toMatchObject({ steps: [repaint] });
    expect(left(paint, repaint)).not.toHaveProperty('suppressed');
  });
});

describe('nothing is suppressed', () => {
  const windows = [openWindow()];

  test.each<[string, Finding]>([
    ['in a kind that is in sync', { kind: 'paint', status: 'in-sync' }],
    [
      'in a kind that could not be read',
      { kind: 'paint', status: 'unknown', reason: 'denied', retryable: false },
    ],
    [
      'where only people can restore',
      { kind: 'paint', status: 'drifted', changes: [drift('color')], steps: [] },
    ],
  ])('%s', (_, finding) => {
    const plan: Plan = { trail: trail.arn, version: 1, findings: [finding] };

    expect(suppressSteps(plan, { ...noWindow, windows }, rules, now)).toEqual(plan);
  });
});

test('of two windows the one that ends last suppresses, whichever is listed first', () => {
  const [first, last] = [openWindow(), openWindow({ id: 'longer', until: ago(-20) })];
  for (const windows of [
    [first, last],
    [last, first],
  ]) {
    const plan = suppressSteps(planOf(drift('color')), { ...noWindow, windows }, rules, now);

    expect(suppressionIn(plan)).toMatchObject({ window: 'longer', until: last?.until });
  }
});

test('a window begins at its beginning, not before', () => {
  const suppressed = (from: string) =>
    suppressionIn(
      suppressSteps(
        planOf(drift('color')),
        { ...noWindow, windows: [openWindow({ from })] },
        rules,
        now,
      ),
    );

  expect(suppressed(ago(0))).toMatchObject({ window: 'a-window' });
  expect(suppressed(ago(-1))).toBeNull();
});
