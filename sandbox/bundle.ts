import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildFunction } from '#infra/build-function.ts';
import { bundleOf, type FunctionFiles } from '#infra/bundle.ts';
import { cacheFolder, fillOnce } from './cache.ts';
import { sourceHash } from './source-hash.ts';

/** The built code of a function: built once for all processes, because esbuild takes a second. */
export function builtFunction(name: string): FunctionFiles {
  const folder = cacheFolder('bundles', sourceHash(name));
  fillOnce(folder, (made) => {
    for (const [file, contents] of Object.entries(buildFunction(name))) {
      writeFileSync(join(made, file), contents);
    }
  });
  const files = readdirSync(folder);
  return Object.fromEntries(files.map((file) => [file, readFileSync(join(folder, file))]));
}

/** Bundles functions from the sources of the checkout. */
export const bundle = bundleOf(builtFunction);
