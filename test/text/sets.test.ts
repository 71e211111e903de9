import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { asSet, diffReported, fieldOf, isSame, without } from '#text/diff.ts';

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
