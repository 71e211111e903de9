import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareSeverity, severities, trailIsGone } from '#drift/impact.ts';

test('critical comes first, then high, medium and low', () => {
  const drawn = fc.shuffledSubarray([...severities], { minLength: severities.length });

  fc.assert(
    fc.property(drawn, (some) => {
      expect(some.toSorted(compareSeverity)).toStrictEqual(['critical', 'high', 'medium', 'low']);
    }),
  );
});

test('a missing trail loses all events', () => {
  expect(trailIsGone).toMatchObject({ severity: 'critical', losesCoverage: true });
  expect(trailIsGone.description).toContain('nothing is recorded');
});
