import { buildSync } from 'esbuild';
import { bundling } from '#infra/build-function.ts';

/** The floor's code by file name: one file, the default of a bundler. */
export function buildFloor(): Readonly<Record<string, Uint8Array>> {
  const { outputFiles } = buildSync({
    ...bundling,
    alias: {},
    entryPoints: ['bench/floor/handler.ts'],
    outfile: 'index.mjs',
  });
  return Object.fromEntries(outputFiles.map(({ contents }) => ['index.mjs', contents]));
}
