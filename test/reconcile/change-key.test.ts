import fc from 'fast-check';
import { expect, test } from 'vitest';
import { changeKey, stepKey } from '#reconcile/change-key.ts';

const one = fc.constantFrom('a', 'b');
const detailed = fc.record({
  ...{ kind: one, action: one, input: fc.record({ name: one }) },
  ...{ path: one, desired: one, actual: one },
});

test.each([
  ['steps', stepKey],
  ['changes', changeKey],
])('%s have the same short key only if they are the same in every detail', (what, keyOf) => {
  fc.assert(
    fc.property(detailed, detailed, (first, second) => {
      const [key, other] = [first, second].map(({ kind, ...more }) => keyOf(kind, more));

      expect(key).toMatch(/^[0-9a-f]{32}$/);
      expect(key === other).toBe(detailsOf(what, first) === detailsOf(what, second));
    }),
  );
});

const detailsOf = (
  what: string,
  { kind, action, input, path, desired, actual }: Readonly<Record<string, unknown>>,
): string =>
  JSON.stringify(what === 'steps' ? [kind, action, input] : [kind, path, desired, actual]);
