import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isAny, overlap } from '#drift/dependencies/policy-pattern.ts';
import { runs } from '../support/property-runs.ts';

/** Every text of at most six letters. */
const texts = [''];
for (let from = 0; texts.length < 127; from += 1) texts.push(`${texts[from]}a`, `${texts[from]}b`);
const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), maxLength: 4 });
const short = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), maxLength: 3 });
/** Patterns are short, so many runs take little time. */
const numRuns = 20 * runs(1000);

/** What a pattern matches, by a regular expression. */
const matching = (of: string) => {
  const expression = new RegExp(`^${of.replaceAll('*', '.*').replaceAll('?', '.')}$`);
  return (text: string) => expression.test(text);
};

test('a pattern matches a value as IAM says: * is any text, ? is one character', () => {
  fc.assert(
    fc.property(pattern, (one) => {
      expect(texts.filter((text) => isAny([one], text))).toEqual(texts.filter(matching(one)));
    }),
    { numRuns },
  );
  expect(isAny(['a', 'b'], 'b')).toBe(true);
  expect(isAny([], '')).toBe(false);
});

test('two patterns overlap if a value matches both', () => {
  fc.assert(
    fc.property(short, short, (one, other) => {
      const both = texts.filter(matching(one)).some(matching(other));

      expect(overlap(one, other)).toBe(both);
      expect(overlap(other, one)).toBe(both);
    }),
    { numRuns },
  );
});

test('a policy variable may be any text', () => {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a policy variable
  const own = 'logs/${aws:SourceAccount}/x${aws:SourceArn}';

  expect(overlap(own, 'logs/111122223333/x')).toBe(true);
  expect(overlap('logs/111122223333/xyz', own)).toBe(true);
  expect(overlap(own, 'logs/111122223333/y')).toBe(false);
});
