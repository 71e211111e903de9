#!/usr/bin/env node
// Runs a bundle of the CLI, which starts several times faster than its sources. The sources are bundled when they are first used, and
// again after they changed. This file is JavaScript, because it runs before anything is built.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import module from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const top = fileURLToPath(new URL('..', import.meta.url));
const cache = join(top, 'node_modules/.cache/trailkeeper');

// Node.js that the checkout installs. npm runs on an older one too, which lacks what the sources use.
const ownNode = join(top, 'node_modules/node/bin/node');

if (Number.parseInt(process.versions.node, 10) < 22 && existsSync(ownNode)) runIn(ownNode);
else await import(pathToFileURL(await entryPoint()).href);

function runIn(node) {
  const argv = [fileURLToPath(import.meta.url), ...process.argv.slice(2)];
  // Ctrl-C reaches the child as well, which ends in its own way.
  process.on('SIGINT', () => {});
  spawn(node, argv, { stdio: 'inherit' }).on('exit', (code) => {
    process.exitCode = code ?? 1;
  });
}

async function entryPoint() {
  const bundle = join(cache, hashOfSources());
  try {
    if (!existsSync(bundle)) await build(bundle);
  } catch (error) {
    // A checkout that this user cannot write to.
    if (error.code === 'EACCES' || error.code === 'EROFS') return join(top, 'cli/main.ts');
    throw error;
  }
  module.enableCompileCache?.(join(cache, 'compiled'));
  return join(bundle, 'main.js');
}

function hashOfSources() {
  const hash = createHash('sha256').update(readFileSync(join(top, 'package-lock.json')));
  for (const folder of ['cli', 'shared']) {
    for (const name of readdirSync(join(top, folder), { recursive: true }).toSorted()) {
      if (/\.[jt]s$/.test(name)) hash.update(name).update(readFileSync(join(top, folder, name)));
    }
  }
  return hash.digest('hex').slice(0, 16);
}

async function build(bundle) {
  const { build: esbuild } = await import('esbuild');
  mkdirSync(cache, { recursive: true });
  const outdir = mkdtempSync(join(cache, 'build-'));
  await esbuild({
    absWorkingDir: top,
    entryPoints: ['cli/main.ts'],
    outdir,
    bundle: true,
    // Each command is a file that is loaded when it is used.
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    minify: true,
    // Errors are known by the names of their classes.
    keepNames: true,
    mainFields: ['module', 'main'],
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
  });
  // Two first runs at the same time build the same files, and one of them is kept.
  if (!existsSync(bundle)) renameSync(outdir, bundle);
}
