import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, test } from 'vitest';

/** The rooms of the product, top floor first. A file imports from its own room and from lower floors. */
const floors = [
  ['functions', 'cli', 'infra'],
  ['watchtower'],
  ['deployment'],
  ['decisions'],
  ['recovery', 'prevention'],
  ['backfill'],
  ['evidence'],
  ['alert'],
  ['incident'],
  ['gaps'],
  ['reconcile'],
  ['baseline'],
  ['drift'],
  ['log-files'],
  ['trail'],
  ['aws'],
  ['text'],
];

/** Rooms of pure code: no SDK, nothing of Node. */
const pure = new Set(['text', 'trail', 'gaps', 'evidence', 'prevention']);

const files = ['functions', 'cli', 'infra', 'shared', 'sandbox']
  .flatMap((folder) =>
    readdirSync(folder, { recursive: true }).map((name) => join(folder, `${name}`)),
  )
  .filter((file) => file.endsWith('.ts'));

describe.each(files)('%s', (file) => {
  const text = readFileSync(file, 'utf8');
  const imported = specifiersIn(text);
  const room = roomOf(file);

  test('imports from its own room and from lower floors', () => {
    const rooms = imported
      .map((name) => resolved(file, name))
      .filter((path) => path !== null)
      .map(roomOf);

    expect(rooms.filter((other) => other !== room && !isBelow(other, room))).toEqual([]);
  });

  test('names another room by its subpath', () => {
    const relative = imported.filter((name) => name.startsWith('.'));

    const elsewhere = relative.filter((name) => roomOf(join(dirname(file), name)) !== room);
    expect(elsewhere).toEqual([]);
  });

  test('reads the clock, chance and the environment only where an entry point may', () => {
    if (['functions', 'cli', 'sandbox'].includes(room) || file === 'infra/app.ts') return;

    const forbidden =
      /process\.env|Date\.now\(\)|new Date\(\)|performance\.now\(\)|Math\.random\(\)/g;
    expect(text.match(forbidden)).toBeNull();
  });

  // `createHandler` makes a function that remembers nothing, so nothing may be remembered outside of it.
  test('keeps no state in its module if functions run it', () => {
    if (!/^(functions|shared)\//.test(file)) return;

    expect(
      text.match(/^(export )?let |^(export )?const .* = new (Map|Set)(<.*>)?\(\)/gm),
    ).toBeNull();
  });

  test('sees no SDK and nothing of Node if its room is pure', () => {
    const outside = imported.filter((name) => /^(@aws-sdk|@aws-lambda|@smithy|node:)/.test(name));

    expect(pure.has(room) ? outside : []).toEqual([]);
  });
});

test('no files of the product import each other in a circle, types included', () => {
  const imports = new Map(files.map((file) => [file, importsOf(file)]));

  // Whatever imports nothing that is left is taken away, until only circles are left.
  for (let before = -1; before !== imports.size; ) {
    before = imports.size;
    for (const [file, targets] of imports) {
      if (!targets.some((target) => imports.has(target))) imports.delete(file);
    }
  }

  expect([...imports.keys()]).toEqual([]);
});

function importsOf(file: string): readonly string[] {
  return specifiersIn(readFileSync(file, 'utf8'))
    .map((name) => resolved(file, name))
    .filter((path) => path !== null)
    .map(normalize);
}

function specifiersIn(text: string): readonly string[] {
  return [...text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)]
    .map(([, name = '']) => name)
    .filter((name) => !name.endsWith('/package.json'));
}

/** Whether a room is on a lower floor than another. The sandbox boots the product, so it is above it. */
function isBelow(lower: string, upper: string): boolean {
  const floorOf = (room: string) => floors.findIndex((rooms) => rooms.includes(room));
  return floorOf(lower) !== -1 && floorOf(lower) > floorOf(upper);
}

/** The room of a file: its folder, or its folder in `shared/`. */
function roomOf(path: string): string {
  const [top = '', next = ''] = normalize(path).split('/');
  return top === 'shared' ? next : top;
}

/** The file behind an import of ours, or null for a package. */
function resolved(file: string, name: string): string | null {
  if (name.startsWith('.')) return join(dirname(file), name);
  if (!name.startsWith('#')) return null;
  const { imports } = JSON.parse(readFileSync('package.json', 'utf8'));
  const [prefix = ''] = name.split('/');
  return name.replace(`${prefix}/`, imports[`${prefix}/*`].replace('*', ''));
}
