import { fileURLToPath } from 'node:url';
import { type BuildOptions, buildSync } from 'esbuild';
import { bundleOf, type FunctionFiles } from './bundle.ts';

const known = new Map<string, FunctionFiles>();

/** Builds the code of an entry point in `functions/`: once a process. */
export function buildFunction(name: string): FunctionFiles {
  const before = known.get(name);
  if (before !== undefined) return before;
  const { outputFiles } = buildSync({
    ...bundling,
    entryPoints: [{ in: fromTop(`functions/${name}.ts`), out: 'index' }],
    outdir: '.',
    outExtension: { '.js': '.mjs' },
    // What is imported while a function runs is a file that is loaded only then.
    splitting: true,
  });
  const files = outputFiles.map(({ path, contents }) => [path.split('/').at(-1), contents]);
  known.set(name, Object.fromEntries(files));
  return Object.fromEntries(files);
}

/** Bundles functions from the sources of the checkout. */
export const bundle = bundleOf(buildFunction);

const fromTop = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));

/** How code is bundled. */
export const bundling: BuildOptions & { write: false } = {
  absWorkingDir: fromTop(''),
  write: false,
  bundle: true,
  platform: 'node',
  format: 'esm',
  // The SDK's CommonJS entry points would need `require`, which an ES module does not have.
  mainFields: ['module', 'main'],
  banner: {
    js: [
      // Slack's packages have no other: what they require is Node's own.
      "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
      // zod compiles a parser for each schema, which costs more than it saves in a process that parses a few rows.
      'globalThis.__zod_globalConfig = { jitless: true };',
    ].join(' '),
  },
  alias: { http: fromTop('infra/http-module.cjs'), 'node:http': fromTop('infra/http-module.cjs') },
  target: 'node24',
  minify: true,
  keepNames: true,
};
