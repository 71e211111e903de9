import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The hash of the sources and the dependencies of the app, and of what is made of them. */
export function sourceHash(made: string): string {
  const hash = createHash('sha256').update(made);
  for (const folder of ['functions', 'infra', 'shared']) {
    const entries = readdirSync(join(top, folder), { recursive: true, encoding: 'utf8' });
    for (const entry of entries.toSorted()) {
      const file = join(top, folder, entry);
      if (statSync(file).isFile()) hash.update(entry).update(readFileSync(file));
    }
  }
  for (const file of ['package.json', 'package-lock.json']) {
    hash.update(readFileSync(join(top, file)));
  }
  return hash.digest('hex');
}

const top = fileURLToPath(new URL('..', import.meta.url));
