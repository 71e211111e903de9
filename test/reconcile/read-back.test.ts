import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Drift, Finding } from '#reconcile/plan.ts';
import {
  type Attempt,
  foundSoFar,
  freshIn,
  pathsIn,
  pendingIn,
  type Reading,
  type Readings,
  withAttempts,
} from '#reconcile/read-back.ts';
import { drift, drifted, inSync, unknown } from '../support/outcomes.ts';

const now = Date.parse('2026-11-22T12:00:00Z');
const repaint = { action: 'Paint', input: { coats: 2, color: 'red' } };
const coat: Drift = { ...drift, path: 'coat' };
const retryable: Finding = { ...unknown, retryable: true };
const withSteps = (...steps: readonly (typeof repaint)[]): Finding => ({ ...drifted, steps });
const withChanges = (...changes: readonly Drift[]): Finding => ({ ...drifted, changes });

const read = (finding: Finding, more: Partial<Reading> = {}): Reading => ({
  finding,
  at: now + 500,
  since: null,
  ...more,
});
const attempt = (more: Partial<Attempt> = {}): Attempt => ({
  result: 'applied',
  paths: new Set(['color']),
  steps: [...drifted.steps],
  failed: [],
  refusedFor: new Set(),
  at: now,
  until: now + 1000,
  ...more,
});
const of = <Of>(one: Of | null, others: Readonly<Record<string, Of>> = {}) =>
  new Map([...(one === null ? [] : [['paint', one] as const]), ...Object.entries(others)]);

const isFresh = (reading: Reading, made: Attempt | null, others: Record<string, Attempt> = {}) =>
  freshIn(of(reading), of(made, others)).has('paint');
const isPending = (reading: Reading, made: Attempt | null, others: Record<string, Attempt> = {}) =>
  pendingIn(of(reading), of(made, others)).has('paint');

const refusedForKey = { result: 'failed', refusedFor: new Set(['key']) } as const;
const restoredKey = { key: attempt({ until: now + 1 }) };

describe('drift is written', () => {
  test.each<[string, Reading, Attempt | null]>([
    ['if it was never attempted', read(drifted), null],
    ['if a field drifted that no attempt restored', read(withChanges(drift, coat)), attempt()],
    ['again if it came after the write', read(drifted, { since: now + 1001 }), attempt()],
    [
      'again with other steps after the trail changed',
      read(withSteps(repaint)),
      attempt({ result: 'stale' }),
    ],
    [
      'once another run had its time to restore it',
      read(drifted, { at: now + 1000 }),
      attempt({ result: 'elsewhere' }),
    ],
    ['in a field that failed before', read(withChanges(coat)), attempt({ result: 'failed' })],
  ])('%s', (_when, reading, made) => {
    expect(isFresh(reading, made)).toBe(true);
  });

  test.each<[string, Reading, Attempt | null]>([
    ['if it is none', read(inSync), null],
    ['if it is unknown', read(retryable), null],
    ['if nothing can restore it', read({ ...drifted, steps: [] }), null],
    ['if it is what an attempt restored', read(drifted), attempt()],
    ['if it failed', read(drifted), attempt({ result: 'failed' })],
    [
      'if it came with the write, as far as clocks agree',
      read(drifted, { since: now + 1000 }),
      attempt(),
    ],
    [
      'if it came after a write that failed',
      read(drifted, { since: now + 1001 }),
      attempt({ result: 'failed' }),
    ],
    [
      'in a part of a trail that was created',
      read(withChanges(coat)),
      attempt({ paths: new Set(['']) }),
    ],
    [
      'with the same steps after the trail changed',
      read(withChanges(coat)),
      attempt({ result: 'stale' }),
    ],
    ['while another run restores it', read(drifted), attempt({ result: 'elsewhere' })],
    [
      'in a field that is only reported',
      read(withChanges(drift, { ...coat, treatment: 'alert' })),
      attempt(),
    ],
  ])('but not %s', (_when, reading, made) => {
    expect(isFresh(reading, made)).toBe(false);
  });

  test('in a part of a trail whose creation failed', () => {
    const failed = attempt({ result: 'failed', paths: new Set(['']) });

    expect(isFresh(read(withChanges(coat)), failed)).toBe(true);
  });
});

describe('drift that was written is read again', () => {
  test.each<[string, Reading, Attempt]>([
    ['while reads may lag', read(withSteps(repaint)), attempt()],
    ['while it cannot be read for a moment', read(retryable), attempt()],
    [
      'if a step succeeded beside one that failed',
      read(withSteps(repaint)),
      attempt({ failed: [{ action: 'Paint', input: { coats: 2 } }] }),
    ],
    [
      'if the step that failed had another value',
      read(withSteps(repaint)),
      attempt({ failed: [{ action: 'Paint', input: { coats: 1, color: 'red' } }] }),
    ],
    [
      'if another step failed',
      read(withSteps(repaint)),
      attempt({ failed: [{ ...repaint, action: 'Scrape' }] }),
    ],
    [
      'if one of two steps failed',
      read(withSteps(repaint, { ...repaint, action: 'Scrape' })),
      attempt({ failed: [repaint] }),
    ],
  ])('%s', (_when, reading, made) => {
    expect(isPending(reading, made)).toBe(true);
  });

  test.each<[string, Reading, Attempt | null]>([
    ['if it was not attempted', read(drifted), null],
    ['if it failed', read(drifted), attempt({ result: 'failed' })],
    ['once reads cannot lag', read(drifted, { at: now + 1000 }), attempt()],
    ['if it is restored', read(inSync), attempt()],
    ['if it cannot be read for good', read(unknown), attempt()],
    [
      'if all that is left has failed',
      read(withSteps(repaint)),
      attempt({
        failed: [
          { action: 'Paint', input: { coats: 2 } },
          { action: 'Paint', input: { color: 'red' } },
        ],
      }),
    ],
  ])('but not %s', (_when, reading, made) => {
    expect(isPending(reading, made)).toBe(false);
  });

  test('if a step that failed left a member out that is null', () => {
    const step = { action: 'Paint', input: { coats: null } } as never;
    const failed = [{ action: 'Paint', input: { color: 'red' } }];

    expect(isPending(read(withSteps(step)), attempt({ failed }))).toBe(false);
  });
});

describe('what AWS refused for a dependency', () => {
  const refused = attempt(refusedForKey);
  const soon = read(drifted, { at: now + 499 });
  const later = read(drifted, { at: now + 500 });

  test('is written again half a second after the dependency was restored', () => {
    expect([isFresh(soon, refused, restoredKey), isPending(soon, refused, restoredKey)]).toEqual([
      false,
      true,
    ]);
    expect([isFresh(later, refused, restoredKey), isPending(later, refused, restoredKey)]).toEqual([
      true,
      false,
    ]);
  });

  test.each<[string, Record<string, Attempt>]>([
    ['was not restored', {}],
    ['could not be restored', { key: attempt({ result: 'failed' }) }],
    ['was restored long before', { key: attempt({ until: now }) }],
    ['is another one', { topic: attempt() }],
  ])('is not if the dependency %s', (_which, others) => {
    expect(isFresh(later, refused, others)).toBe(false);
    expect(isPending(soon, refused, others)).toBe(false);
  });

  test('is written again if one of two dependencies was restored', () => {
    const both = attempt({ ...refusedForKey, refusedFor: new Set(['topic', 'key']) });

    expect(isFresh(later, both, restoredKey)).toBe(true);
  });
});

describe('what was found', () => {
  const found = (before: Finding | null, now: Finding) =>
    foundSoFar(of(before && read(before)), of(read(now))).get('paint')?.finding;

  test('stays found when it is gone or cannot be read', () => {
    expect(found(drifted, inSync)).toEqual(drifted);
    expect(found(drifted, unknown)).toEqual(drifted);
    expect(found(inSync, unknown)).toEqual(inSync);
    expect(found(null, inSync)).toEqual(inSync);
  });

  test('is what drifts, even if nothing drifted before', () => {
    expect(found(null, drifted)).toEqual(drifted);
    expect(found(inSync, drifted)).toEqual(drifted);
    expect(found(unknown, drifted)).toEqual(drifted);
  });

  test('gets what drifted in addition, and its steps, once', () => {
    const both = {
      ...withChanges({ ...drift, actual: 'green' }, coat),
      steps: [...drifted.steps, repaint],
    };

    expect(found(drifted, both)).toEqual({
      ...drifted,
      changes: [drift, coat],
      steps: [...drifted.steps, repaint],
    });
  });

  test('stays the same if the same field drifts with other steps', () => {
    expect(found(drifted, withSteps(repaint))).toEqual(drifted);
  });

  test('of kinds that are not meant stays as it was', () => {
    const latest = of(read(drifted), { door: read(drifted) });

    const after = foundSoFar(of(read(inSync)), latest, new Set(['door']));

    expect([...after].map(([kind, { finding }]) => [kind, finding.status])).toEqual([
      ['paint', 'in-sync'],
      ['door', 'drifted'],
    ]);
  });

  test('never shrinks', () => {
    const finding = fc.constantFrom<Finding>(
      ...[inSync, unknown, drifted, withChanges(coat), withChanges(drift, coat)],
    );
    fc.assert(
      fc.property(fc.array(finding, { minLength: 1 }), (findings) => {
        let latest: Readings = new Map();
        for (const one of findings) latest = foundSoFar(latest, of(read(one)));

        const paths = (one: Finding) =>
          (one.status === 'drifted' ? one.changes : []).map(({ path }) => path);
        const result = latest.get('paint')?.finding ?? inSync;
        expect(new Set(paths(result))).toEqual(new Set(findings.flatMap(paths)));
      }),
    );
  });
});

test('an attempt restores what earlier ones of its kind did, too', () => {
  const { at: _, until: __, ...made } = attempt({ paths: new Set(['coat']), result: 'failed' });

  const after = withAttempts(of(attempt(), { door: attempt() }), new Map([['paint', made]]), {
    at: now + 5,
    until: now + 9,
  });

  expect(after.get('paint')).toEqual({
    ...made,
    paths: new Set(['color', 'coat']),
    at: now + 5,
    until: now + 9,
  });
  expect(after.get('door')).toEqual(attempt());
  expect(
    withAttempts(new Map(), new Map([['paint', made]]), { at: 1, until: 2 }).get('paint'),
  ).toEqual({
    ...made,
    at: 1,
    until: 2,
  });
});

test('the fields that are restored are those that the policy restores', () => {
  expect(pathsIn(withChanges(drift, { ...coat, treatment: 'alert' }))).toEqual(['color']);
  expect(pathsIn(inSync)).toEqual([]);
  expect(pathsIn(unknown)).toEqual([]);
});
