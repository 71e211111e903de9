import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { defaultOf, mayBe, NotReportedError } from '#drift/reported.ts';

const scalar = fc.oneof(fc.boolean(), fc.integer(), fc.string());
const name = fc.constantFrom('a', 'b', 'c');
/** A state of a trail: members, lists of members, and scalars. */
const state = fc.dictionary(
  name,
  fc.oneof(scalar, fc.array(scalar, { maxLength: 3 }), fc.dictionary(name, scalar)),
);

/** Selects members, by one number for each. */
const part = (all: object, kept: readonly number[]): object =>
  Object.fromEntries(Object.entries(all).filter((_, i) => (kept[i] ?? 0) > 0));

describe('an incomplete answer', () => {
  test('may be any state that has all its members', () => {
    fc.assert(
      fc.property(state, fc.array(fc.integer({ min: 0, max: 1 })), (desired, kept) => {
        expect(mayBe(part(desired, kept), desired)).toBe(true);
        expect(mayBe({ list: [part(desired, kept)] }, { list: [desired] })).toBe(true);
      }),
    );
  });

  test('is no state that differs from it in a member', () => {
    fc.assert(
      fc.property(state, name, scalar, (desired, member, value) => {
        fc.pre(desired[member] !== value);
        const answer = { ...desired, [member]: value };

        expect(mayBe(answer, desired)).toBe(false);
        expect(mayBe({ nested: answer }, { nested: desired })).toBe(false);
        expect(mayBe([answer], [desired])).toBe(false);
      }),
    );
  });

  test.each([undefined, null])('of %s may be any state', (answer) => {
    for (const desired of [null, 0, '', [], {}, { a: 1 }])
      expect(mayBe(answer, desired)).toBe(true);
  });

  test('has as many items in a list as the state, in any order', () => {
    const [one, other] = [{ a: 1 }, { a: 2, b: 3 }];

    expect(mayBe([{ a: 2 }, one], [one, other])).toBe(true);
    expect(mayBe([one, one], [one, other])).toBe(false);
    expect(mayBe([one], [one, other])).toBe(false);
    expect(mayBe([one, other], [one])).toBe(false);
    expect(mayBe([], {})).toBe(false);
  });

  test.each([[{ a: 1 }], [{}]])('of %j is no scalar, nothing and no list of others', (answer) => {
    for (const desired of [1, 'a', true, null]) expect(mayBe(answer, desired)).toBe(false);
    for (const desired of [{ b: 1 }, [1]]) expect(mayBe({ a: 1 }, desired)).toBe(false);
    expect(mayBe(1, answer)).toBe(false);
  });
});

describe('a state that AWS does not report', () => {
  const none = { list: [] };

  test('is the default at a capture, or if the baseline asks for that', () => {
    expect(defaultOf(none, undefined, 'nothing')).toBe(none);
    expect(defaultOf(none, { list: [] }, 'nothing')).toBe(none);
  });

  test('is unknown if the baseline asks for another', () => {
    expect(() => defaultOf(none, { list: [1] }, 'nothing was returned')).toThrow(NotReportedError);
    expect(() => defaultOf(none, { list: [1] }, 'nothing was returned')).toThrow(
      /^nothing was returned$/,
    );
  });
});
