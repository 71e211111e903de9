import { expect, test } from 'vitest';
import type { AppliedStep } from '#reconcile/outcome.ts';
import {
  drift,
  enforced,
  minutes,
  painted,
  planOf,
  repainted,
  repaintFailed,
  trailkeeper,
} from '../support/incident-fixtures.ts';

const retagged = { ...repainted, kind: 'tags', action: 'AddTags' } as const;
const retagFailed = { ...repaintFailed, kind: 'tags', action: 'AddTags' } as const;
const twice = { ...repainted, input: { coats: 2 } } as const;

/** The steps that an episode lists after runs that sent these, while the drift changed again and again. */
function stepsAfter(...runs: readonly (readonly AppliedStep[])[]): readonly AppliedStep[] {
  const keeper = trailkeeper();
  runs.forEach((applied, i) => {
    const plan = painted(`color ${i}`);
    keeper.report(i, { outcome: enforced(plan, plan, applied) });
  });
  return keeper.incidents().at(-1)?.episodes.at(-1)?.outcome.applied ?? [];
}

test.each<[string, readonly (readonly AppliedStep[])[], readonly AppliedStep[]]>([
  ['each step that succeeded', [[repainted], [twice]], [repainted, twice]],
  ['one that succeeded again once', [[repainted], [repainted]], [repainted]],
  ['steps of other kinds', [[repainted], [retagged]], [repainted, retagged]],
  ['no failure before its kind was attempted again', [[repaintFailed], [twice]], [twice]],
  ['the last of two failures', [[repaintFailed], [repaintFailed]], [repaintFailed]],
  ['failures of other kinds', [[retagFailed], [repainted]], [retagFailed, repainted]],
  ['a success before a failure', [[repainted], [repaintFailed]], [repainted, repaintFailed]],
  [
    'another call of the same kind',
    [[repainted], [{ ...repainted, action: 'Scrape' }]],
    [repainted, { ...repainted, action: 'Scrape' }],
  ],
])('an episode lists %s', (_what, runs, steps) => {
  expect(stepsAfter(...runs)).toEqual(steps);
});

test('an episode lists the last fifty steps', () => {
  const runs = Array.from({ length: 60 }, (_, coats) => [{ ...repainted, input: { coats } }]);

  expect(stepsAfter(...runs)).toEqual(runs.slice(10).flat());
});

test('an episode lists a call that was made once, however many others followed', () => {
  const created = { ...repainted, kind: 'bucket', action: 'CreateBucket' } as const;
  const others = Array.from({ length: 60 }, (_, coats) => ({ ...repainted, input: { coats } }));

  expect(stepsAfter([created], others)).toEqual([created, ...others.slice(11)]);
});

test('an episode lists all that drifted, each field as it drifted last', () => {
  const keeper = trailkeeper();
  const left = (...changes: readonly ReturnType<typeof drift>[]) =>
    planOf({ kind: 'paint', status: 'drifted', changes, steps: [] });
  const coat = { ...drift('thin'), path: 'coat' };
  for (const [at, plan] of [left(drift('blue')), left(coat), left(drift('green'))].entries()) {
    keeper.report(at, { outcome: enforced(plan) });
  }

  const [finding] = keeper.incidents().at(-1)?.episodes.at(-1)?.outcome.plan.findings ?? [];
  const changes = finding?.status === 'drifted' ? finding.changes : [];

  expect(changes.map(({ path, actual }) => [path, actual])).toEqual([
    ['coat', 'thin'],
    ['color', 'green'],
  ]);
});

test('a repair is news once, although nothing else changed', () => {
  const keeper = trailkeeper();
  const plan = painted('blue');
  const publishedAfter = (at: number, ...applied: readonly AppliedStep[]) => {
    const before = keeper.published.length;
    keeper.report(at, { outcome: enforced(plan, plan, applied) });
    return keeper.published.length > before;
  };
  publishedAfter(0, repaintFailed);

  expect(publishedAfter(1, repaintFailed)).toBe(false);
  expect(publishedAfter(2, repainted)).toBe(true);
  expect(publishedAfter(3, repainted)).toBe(false);
  expect(publishedAfter(4, twice)).toBe(true);
  expect(keeper.status().open?.incident.updatedAt).toBe(minutes(4));
});
