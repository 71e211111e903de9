import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareSeverity, severities, trailIsGone } from '#drift/impact.ts';

test('what is critical comes first, then high, medium and low', () => {
  const drawn = fc.shuffledSubarray([...severities], { minLength: severities.length });

  fc.assert(
    fc.property(drawn, (some) => {
      expect(some.toSorted(compareSeverity)).toStrictEqual(['critical', 'high', 'medium', 'low']);
    }),
  );
});

test('a trail that does not exist costs all of the record', () => {
  expect(trailIsGone).toMatchObject({ severity: 'critical', losesCoverage: true });
  expect(trailIsGone.words).toContain('nothing is recorded');
});
