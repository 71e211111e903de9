import fc from 'fast-check';
import { expect, test } from 'vitest';
import { changeKey, stepKey } from '#reconcile/change-key.ts';

const short = fc.constantFrom('a', 'b');
const step = fc.record({ kind: short, action: short, input: fc.record({ name: short }) });
const change = fc.record({ kind: short, path: short, desired: short, actual: short });

test.each([
  ['steps', step, ({ kind, ...one }: never) => stepKey(kind, one as never)],
  ['changes', change, ({ kind, ...one }: never) => changeKey(kind, one as never)],
])('%s have the same short key only if they are the same in every detail', (_what, any, keyOf) => {
  fc.assert(
    fc.property(any as fc.Arbitrary<never>, any as fc.Arbitrary<never>, (one, other) => {
      const isSame = JSON.stringify(one) === JSON.stringify(other);

      expect(keyOf(one)).toMatch(/^[0-9a-f]{32}$/);
      expect(keyOf(one) === keyOf(other)).toBe(isSame);
    }),
  );
});
