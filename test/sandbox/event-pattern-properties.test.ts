import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { matchesPattern, validatePattern } from '#sandbox/event-pattern.ts';
import { AwsError } from '#sandbox/service.ts';
import { at, errorOf, leaf } from '../support/event-patterns.ts';
import { runs } from '../support/property-runs.ts';

const key = fc.constantFrom('a', 'b', 'c', '__proto__', 'constructor', 'toString', 'prefix', '');

const { tree, flatTree } = fc.letrec<{ node: unknown; tree: object; flatTree: object }>((tie) => ({
  node: fc.oneof({ maxDepth: 4 }, leaf, fc.array(tie('node'), { maxLength: 3 }), tie('tree')),
  tree: fc.array(fc.tuple(key, tie('node')), { maxLength: 4 }).map(Object.fromEntries),
  flatTree: fc
    .array(fc.tuple(key, fc.oneof({ maxDepth: 4 }, leaf, tie('flatTree'))), { maxLength: 4 })
    .map(Object.fromEntries),
}));

describe('an arbitrary event', () => {
  test('is matched by a pattern of its leaves', () => {
    fc.assert(
      fc.property(tree, fc.nat(), (event, choice) => {
        const pattern = patternOf(event, choice);
        fc.pre(pattern !== null);

        expect(matchesPattern(pattern, event)).toBe(true);
      }),
    );
  });

  test('is not matched after a leaf was changed', () => {
    fc.assert(
      fc.property(flatTree, fc.nat(), leaf, (event, choice, value) => {
        const pattern = patternOf(event, 0);
        fc.pre(pattern !== null);
        const changed = structuredClone(event);
        const [parent, name] = at(leavesOf(changed), choice);
        fc.pre(parent[name] !== value);
        parent[name] = value;

        expect(matchesPattern(pattern, changed)).toBe(false);
      }),
    );
  });

  test('is not matched after a leaf was removed', () => {
    fc.assert(
      fc.property(flatTree, fc.nat(), (event, choice) => {
        const pattern = patternOf(event, 0);
        fc.pre(pattern !== null);
        const shorter = structuredClone(event);
        const [parent, name] = at(leavesOf(shorter), choice);
        delete parent[name];

        expect(matchesPattern(pattern, shorter)).toBe(false);
      }),
    );
  });
});

describe('an arbitrary JSON pattern', () => {
  const operator = fc.constantFrom(
    ...['prefix', 'suffix', 'equals-ignore-case', 'wildcard', 'anything-but', 'exists'],
    ...['numeric', 'cidr', 'exactly', '$or', '__proto__', 'valueOf'],
  );
  const word = fc.constantFrom('=', '<', '>=', '**', 'a*', '\\', '10.0.0.0/8', '::/0', '/', '');
  const { pattern } = fc.letrec((tie) => ({
    pattern: fc.oneof(
      { maxDepth: 6, withCrossShrink: true },
      fc.oneof(leaf, word),
      fc.array(tie('pattern'), { maxLength: 4 }),
      fc.array(fc.tuple(operator, tie('pattern')), { maxLength: 2 }).map(Object.fromEntries),
      fc.array(fc.tuple(key, tie('pattern')), { maxLength: 2 }).map(Object.fromEntries),
    ),
  }));

  test('is either a valid or an invalid pattern for all events', () => {
    fc.assert(
      fc.property(fc.oneof(pattern, fc.jsonValue()), fc.jsonValue(), (input, event) => {
        const refusal = errorOf(() => validatePattern(input));

        if (refusal === null) expect(matchesPattern(input, event)).toBeTypeOf('boolean');
        else {
          expect(refusal).toBeInstanceOf(AwsError);
          expect(refusal).toHaveProperty('code', 'InvalidEventPatternException');
          expect(errorOf(() => matchesPattern(input, event))).toStrictEqual(refusal);
        }
      }),
      { numRuns: runs(1000) },
    );
  });
});

/** A pattern of a value's leaves, with one element of each list; null if there are no leaves. */
function patternOf(value: unknown, choice: number): unknown {
  if (Array.isArray(value)) {
    const patterns = value.map((element) => patternOf(element, choice)).filter((it) => it !== null);
    return patterns.length === 0 ? null : patterns[choice % patterns.length];
  }
  if (typeof value !== 'object' || value === null) return [value];
  const fields = Object.entries(value)
    .map(([name, inner]) => [name, patternOf(inner, choice)] as const)
    .filter(([, pattern]) => pattern !== null);
  return fields.length === 0 ? null : Object.fromEntries(fields);
}

type Slot = readonly [parent: Record<string, unknown>, name: string];

function leavesOf(parent: object): readonly Slot[] {
  return Object.entries(parent).flatMap(([name, value]) =>
    typeof value === 'object' && value !== null
      ? leavesOf(value)
      : [[parent as Record<string, unknown>, name] as const],
  );
}
