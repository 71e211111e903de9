import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  asSet,
  type Change,
  diff,
  diffReported,
  fieldOf,
  isSame,
  type Json,
  without,
} from '#text/diff.ts';

const prototypeKeys = ['__proto__', 'constructor', 'toString', 'valueOf', 'hasOwnProperty'];

const scalar = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  fc.integer({ min: -3, max: 3 }),
  fc.constantFrom('', 'a', 'b'),
);
const key = fc.oneof(fc.constantFrom('a', 'b', 'c'), fc.constantFrom(...prototypeKeys));
const flat = fc.array(fc.tuple(key, scalar), { maxLength: 2 }).map(Object.fromEntries<Json>);
const list = fc.array(fc.oneof(scalar, flat), { maxLength: 3 });
const record: fc.Arbitrary<Json> = fc.letrec<{ value: Json; record: Json }>((tie) => ({
  value: fc.oneof({ maxDepth: 3 }, scalar, list, tie('record')),
  record: fc
    .array(fc.tuple(key, tie('value')), { maxLength: 4 })
    .map((entries) => Object.fromEntries(entries)),
})).record;
const value = fc.oneof({ weight: 4, arbitrary: record }, list, scalar);

describe('two states', () => {
  test('that are equal have no changes', () => {
    fc.assert(
      fc.property(value, (state) => {
        expect(diff(state, structuredClone(state))).toStrictEqual([]);
      }),
    );
  });

  test('have changes at paths that lead to the desired and the actual value', () => {
    fc.assert(
      fc.property(value, value, (desired, actual) => {
        for (const change of diff(desired, actual)) {
          expect(at(desired, change.path)).toBe(change.desired);
          expect(at(actual, change.path)).toBe(change.actual);
          expect(isDeepStrictEqual(change.desired, change.actual)).toBe(false);
        }
      }),
    );
  });

  test('have no changes after the changes are applied', () => {
    fc.assert(
      fc.property(value, value, (desired, actual) => {
        const repaired = diff(desired, actual).reduce(applied, actual);

        expect(diff(desired, repaired)).toStrictEqual([]);
      }),
    );
  });

  test('have no change for a field that desired does not name', () => {
    fc.assert(
      fc.property(record, record, (desired, others) => {
        const actual = withFields(others, desired);

        expect(diff(desired, actual)).toStrictEqual([]);
      }),
    );
  });

  test('have a change for every field that an outsider changed', () => {
    const flat = fc.dictionary(key, scalar, { minKeys: 1, noNullPrototype: true });

    fc.assert(
      fc.property(flat, flat, (desired, actual) => {
        const drifted = Object.keys(desired).filter(
          (field) => at(actual, field) !== at(desired, field),
        );

        expect(diff(desired, actual).map(({ path }) => path)).toStrictEqual(drifted);
      }),
    );
  });
});

describe('a change', () => {
  test('has the field, the desired and the actual value', () => {
    expect(
      diff({ prefix: 'org', validate: true }, { prefix: 'evil', validate: true }),
    ).toStrictEqual([{ path: 'prefix', desired: 'org', actual: 'evil' }]);
  });

  test('of a nested field has its path', () => {
    expect(diff({ a: { b: { c: 1, d: 2 } } }, { a: { b: { c: 3, d: 2 } } })).toStrictEqual([
      { path: 'a.b.c', desired: 1, actual: 3 },
    ]);
  });

  test('of the whole state has an empty path: the trail does not exist', () => {
    const desired = { prefix: null };

    expect(diff(desired, null)).toStrictEqual([{ path: '', desired, actual: null }]);
  });

  test('is in the order of the fields of desired', () => {
    const changes = diff({ z: 1, a: 1, m: 1 }, { a: 2, m: 2, z: 2 });

    expect(changes.map(({ path }) => path)).toStrictEqual(['z', 'a', 'm']);
  });

  test('is reported for an added field that must be absent', () => {
    expect(diff({ key: null }, { key: 'theirs' })).toStrictEqual([
      { path: 'key', desired: null, actual: 'theirs' },
    ]);
  });

  test('is reported for a missing field', () => {
    expect(diff({ key: 'ours' }, {})).toStrictEqual([
      { path: 'key', desired: 'ours', actual: null },
    ]);
  });

  test.each([
    ['false and absent', false, null],
    ['an empty string and absent', '', null],
    ['an empty list and absent', [], null],
    ['an empty record and absent', {}, null],
    ['a list and a record', [], {}],
    ['a number and its text', 1, '1'],
    ['false and zero', false, 0],
  ] as const)('distinguishes %s', (_what, desired, actual) => {
    expect(diff({ field: desired }, { field: actual })).toHaveLength(1);
    expect(diff({ field: actual }, { field: desired })).toHaveLength(1);
  });

  test('is not reported for a missing field that must be absent', () => {
    expect(diff({ key: null }, {})).toStrictEqual([]);
  });

  test('of a list is the whole list including its order', () => {
    expect(diff({ list: [1, 2] }, { list: [2, 1] })).toStrictEqual([
      { path: 'list', desired: [1, 2], actual: [2, 1] },
    ]);
  });
});

describe.each(prototypeKeys)('a field called %s', (name) => {
  const state = (value: Json): Json => Object.fromEntries([[name, value]]);

  test('has no change if it is equal', () => {
    expect(diff(state('x'), state('x'))).toStrictEqual([]);
    expect(diff(state({ a: 1 }), state({ a: 1 }))).toStrictEqual([]);
  });

  test('has a change if it differs', () => {
    expect(diff(state('x'), state('y'))).toStrictEqual([{ path: name, desired: 'x', actual: 'y' }]);
  });

  test('is absent, not inherited, if actual does not have it', () => {
    expect(diff(state('x'), {})).toStrictEqual([{ path: name, desired: 'x', actual: null }]);
    expect(diff(state(null), {})).toStrictEqual([]);
  });

  test('is unmanaged if desired does not name it', () => {
    expect(diff({}, state('x'))).toStrictEqual([]);
  });
});

const isRecord = (value: Json): value is { readonly [key: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The value at a path, null if there is none. */
const at = (state: Json, path: string): Json => {
  if (path === '') return state;
  return path.split('.').reduce((value: Json, key) => {
    if (!isRecord(value)) throw new Error(`${path} leads nowhere`);
    return Object.hasOwn(value, key) ? (value[key] ?? null) : null;
  }, state);
};

const withFields = (state: Json, fields: Json): Json =>
  Object.fromEntries([...Object.entries(state ?? {}), ...Object.entries(fields ?? {})]);

/** The state with the desired value of a change. */
const applied = (state: Json, { path, desired }: Change): Json =>
  path === '' ? desired : written(state, path.split('.'), desired);

const written = (state: Json, [key = '', ...rest]: readonly string[], value: Json): Json =>
  withFields(
    state,
    Object.fromEntries([[key, rest.length === 0 ? value : written(at(state, key), rest, value)]]),
  );

test('the field of a change is the first part of its path', () => {
  expect(fieldOf({ path: 'tags.team' })).toBe('tags');
  expect(fieldOf({ path: '' })).toBe('');
});

describe('a difference in fields that AWS returned', () => {
  test('omits a field that is missing in the response', () => {
    expect(diffReported({ a: 1, b: 2 }, { b: 3 })).toEqual([{ path: 'b', desired: 2, actual: 3 }]);
  });

  test('keeps a nested field', () => {
    expect(diffReported({ a: { b: 1 } }, { a: { b: 2 } })).toEqual([
      { path: 'a.b', desired: 1, actual: 2 },
    ]);
  });

  test.each([null, 'x', [[1]]])('is the whole state if that is %j', (actual) => {
    expect(diffReported({ a: 1 }, actual)).toEqual([{ path: '', desired: { a: 1 }, actual }]);
  });
});

test('list difference compares members by value', () => {
  expect(without([{ a: 1, b: 2 }, { a: 2 }, 'x'], [{ b: 2, a: 1 }, 'y'])).toEqual([{ a: 2 }, 'x']);
});

test('a set has each member once, sorted by JSON', () => {
  expect(asSet(['b', 'a', 'c', 'a'])).toEqual(['a', 'b', 'c']);
  fc.assert(
    fc.property(fc.array(fc.integer()), (items) => {
      expect(asSet(items)).toEqual(asSet([...new Set(items)].reverse()));
    }),
  );
});

test('equality ignores the order of keys but not of list members', () => {
  expect(isSame({ a: 1, b: 2 }, { b: 2, a: 1 })).toBe(true);
  expect(isSame([1, 2], [2, 1])).toBe(false);
});
