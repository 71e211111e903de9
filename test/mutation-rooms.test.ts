import { globSync } from 'node:fs';
import { expect, test } from 'vitest';
import { rooms, testsOf } from '../scripts/mutation-rooms.ts';

const isExcluded = (pattern: string) => pattern.startsWith('!');

/** The patterns that a pattern with alternatives in braces stands for. */
function alternatives(pattern: string): readonly string[] {
  const [braces, options] = /\{([^{}]*)\}/.exec(pattern) ?? [];
  return braces === undefined
    ? [pattern]
    : (options ?? '').split(',').flatMap((one) => alternatives(pattern.replace(braces, one)));
}

/** The files that a room changes. */
function filesOf(patterns: readonly string[]): readonly string[] {
  const excluded = globSync(patterns.filter(isExcluded).map((one) => one.slice(1)));
  return globSync(patterns.filter((one) => !isExcluded(one))).filter(
    (file) => !excluded.includes(file),
  );
}

test.each(Object.entries(rooms))(
  'every file and test that the room %s names exists',
  (room, of) => {
    const named = [...of.filter((one) => !isExcluded(one)), ...testsOf(room)].flatMap(alternatives);

    expect(named.filter((one) => globSync(one).length === 0)).toEqual([]);
  },
);

test('every file of a dependency that calls nothing is in one room', () => {
  const changed = Object.values(rooms).flatMap(filesOf);
  const calling = globSync(
    'shared/drift/dependencies/{*-{calls,reads,writes,probe},bucket-identity}.ts',
  );
  const pure = globSync('shared/drift/dependencies/*.ts').filter((one) => !calling.includes(one));

  expect(changed.filter((one) => pure.includes(one)).toSorted()).toEqual(pure.toSorted());
});
