import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type BuildOptions, buildSync } from 'esbuild';
import { buildFunction } from '#infra/build-function.ts';
import { declarations } from './declarations.ts';
import { noticesFile } from './third-party-notices.ts';

/** The functions that are deployed, by their entry points. */
export const functionNames = [
  'alert',
  'audit',
  'backfill',
  'interact',
  'recover',
  'remediate',
  'self-check',
  'sweep',
];

/** The entry points of what a release bundles. */
export const entryPoints = [
  'cli/main.ts',
  'infra/trailkeeper.ts',
  ...functionNames.map((name) => `functions/${name}.ts`),
];

/**
 * Writes the npm package: the construct with its type declarations, the command line and the built functions. It depends on no package
 * but the CDK of its user, because a dependency of it would be code that no one has reviewed.
 */
export function writeNpmPackage(folder: string, notices: string): void {
  mkdirSync(folder, { recursive: true });
  build({
    entryPoints: ['infra/trailkeeper.ts'],
    outfile: join(folder, 'index.js'),
    format: 'cjs',
    external: ['aws-cdk-lib', 'constructs'],
    define: { 'import.meta.url': 'moduleUrl' },
    banner: { js: "const moduleUrl = require('node:url').pathToFileURL(__filename).href;" },
  });
  build({
    entryPoints: [{ in: 'cli/main.ts', out: 'trailkeeper' }],
    outdir: join(folder, 'cli'),
    outExtension: { '.js': '.mjs' },
    format: 'esm',
    // Each command is a file that is loaded when it is used.
    splitting: true,
    banner: {
      js: "#!/usr/bin/env node\nimport { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
  });
  for (const name of functionNames) {
    const at = join(folder, 'functions', name);
    mkdirSync(at, { recursive: true });
    for (const [file, contents] of Object.entries(buildFunction(name))) {
      writeFileSync(join(at, file), contents);
    }
  }
  writeFileSync(join(folder, noticesFile), notices);
  writeFileSync(join(folder, 'index.d.ts'), declarations());
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest(), null, 2)}\n`);
  for (const file of ['CHANGELOG.md', 'LICENSE', 'README.md']) cpSync(file, join(folder, file));
}

/** Writes the tarball of a package. */
export function packNpm(folder: string, destination: string): void {
  // npm takes a relative path without a point for the name of a repository.
  const args = ['pack', resolve(folder), '--pack-destination', destination, '--silent'];
  execFileSync('npm', args, { stdio: ['ignore', 'ignore', 'inherit'] });
}

const build = (options: BuildOptions): void => {
  buildSync({
    bundle: true,
    platform: 'node',
    target: 'node20',
    minify: true,
    keepNames: true,
    mainFields: ['module', 'main'],
    legalComments: 'none',
    ...options,
  });
};

/** The manifest of the package, made of that of the checkout. */
function manifest(): object {
  const checkout = JSON.parse(readFileSync('package.json', 'utf8'));
  const { name, version, description, license, engines, devDependencies } = checkout;
  return {
    name,
    version,
    description,
    license,
    keywords: ['aws', 'aws-cdk', 'cloudtrail', 'security'],
    engines,
    bin: { trailkeeper: 'cli/trailkeeper.mjs' },
    main: 'index.js',
    types: 'index.d.ts',
    exports: {
      '.': { types: './index.d.ts', default: './index.js' },
      './package.json': './package.json',
    },
    peerDependencies: {
      'aws-cdk-lib': `^${devDependencies['aws-cdk-lib']}`,
      constructs: devDependencies.constructs,
    },
  };
}
