import fc from 'fast-check';

/** A value whose lists are shuffled and contain duplicates. It is equal if lists are treated as sets. */
export const scrambled = (value: unknown): fc.Arbitrary<unknown> => {
  if (Array.isArray(value)) {
    return fc
      .tuple(...value.map(scrambled))
      .chain((members) =>
        fc.tuple(fc.shuffledSubarray(members, { minLength: members.length }), fc.subarray(members)),
      )
      .map(([members, again]) => [...members, ...again]);
  }
  if (typeof value !== 'object' || value === null) return fc.constant(value);
  const entries = Object.entries(value).map(([key, member]) =>
    scrambled(member).map((one) => [key, one] as const),
  );
  return fc.tuple(...entries).map((drawn) => Object.fromEntries(drawn));
};

/** A value and its scrambled form. */
export const withScrambled = <Value extends object>(
  arbitrary: fc.Arbitrary<Value>,
): fc.Arbitrary<readonly [Value, object]> =>
  arbitrary.chain((value) => scrambled(value).map((other) => [value, other as object] as const));
