import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, test } from 'vitest';

/** The rooms that each room may import from. Source: the arrows of the design. */
const arrows: Record<string, readonly string[]> = {
  functions: ['functions', 'shared', 'drift', 'alert', 'aws', 'core'],
  cli: ['cli', 'shared', 'drift', 'alert', 'aws', 'core'],
  infra: ['infra', 'shared', 'drift', 'alert', 'core'],
  shared: ['shared', 'drift', 'alert', 'aws', 'core'],
  drift: ['drift', 'aws', 'core'],
  alert: ['alert', 'aws', 'core'],
  aws: ['aws', 'core'],
  core: ['core'],
  sandbox: ['sandbox', 'infra', 'shared', 'alert', 'core'],
};

const files = ['functions', 'cli', 'infra', 'shared', 'sandbox']
  .flatMap((folder) =>
    readdirSync(folder, { recursive: true }).map((name) => join(folder, `${name}`)),
  )
  .filter((file) => file.endsWith('.ts'));

describe.each(files)('%s', (file) => {
  const text = readFileSync(file, 'utf8');
  const imported = [...text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map(
    ([, name = '']) => name,
  );
  const room = roomOf(file);

  test('imports only from the rooms that its own may see', () => {
    const rooms = imported
      .map((name) => resolved(file, name))
      .filter((path) => path !== null)
      .map(roomOf);

    expect(arrows).toHaveProperty(room);
    expect(rooms.filter((other) => !arrows[room]?.includes(other))).toEqual([]);
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

  test('sees no SDK and nothing of Node if it is of the core', () => {
    const outside = imported.filter((name) => /^(@aws-sdk|@aws-lambda|@smithy|node:)/.test(name));

    expect(room === 'core' ? outside : []).toEqual([]);
  });
});

/** The room of a file: its folder, or its folder in `shared/`. */
function roomOf(path: string): string {
  const [top = '', next = ''] = normalize(path).split('/');
  return top === 'shared' && !next.endsWith('.ts') ? next : top;
}

/** The file behind an import of ours, or null for a package. */
function resolved(file: string, name: string): string | null {
  if (name.startsWith('.')) return join(dirname(file), name);
  if (!name.startsWith('#')) return null;
  const { imports } = JSON.parse(readFileSync('package.json', 'utf8'));
  const [prefix = ''] = name.split('/');
  return name.replace(`${prefix}/`, imports[`${prefix}/*`].replace('*', ''));
}
