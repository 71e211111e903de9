import { cp, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { zipSync } from 'fflate';
import { expect, inject, onTestFinished, test } from 'vitest';
import { tablePolicy } from '#baseline/signing/table-policy.ts';
import { bundling } from '#infra/build-function.ts';
import { builtFunction, bundle } from '#sandbox/bundle.ts';
import { startSandbox } from '#sandbox/sandbox.ts';
import { tempFolder } from '../support/temp-files.ts';

test('a bundle runs without the node_modules of the checkout', async () => {
  const cdkOut = await tempFolder();
  await cp(inject('deployed').enforce, cdkOut, { recursive: true });
  const { outputFiles } = buildSync({
    entryPoints: ['functions/sweep.ts'],
    outfile: 'index.mjs',
    write: false,
    bundle: true,
    platform: 'node',
    format: 'esm',
    external: ['@aws-sdk/*'],
  });
  const zip = zipSync({ 'index.mjs': outputFiles[0]?.contents ?? new Uint8Array() });
  for (const asset of (await readdir(cdkOut)).filter((name) => name.endsWith('.zip'))) {
    await writeFile(join(cdkOut, asset), zip);
  }
  const sandbox = await startSandbox({ cdkOut });
  onTestFinished(sandbox.stop);

  const invocation = await sandbox.sweep();

  expect(invocation).toMatchObject({
    error: { errorMessage: expect.stringContaining("Cannot find package '@aws-sdk/") },
  });
});

test('a function that restores trails starts with the code of no other client than it needs', () => {
  const { outputs } = buildSync({
    ...bundling,
    entryPoints: ['functions/remediate.ts'],
    outdir: '.',
    splitting: true,
    metafile: true,
  }).metafile;
  const loaded = new Set(['remediate.js']);
  for (const file of loaded) {
    const imports = outputs[file]?.imports ?? [];
    for (const { kind, path } of imports) if (kind === 'import-statement') loaded.add(path);
  }
  const clients = [...loaded]
    .flatMap((file) => Object.keys(outputs[file]?.inputs ?? {}))
    .flatMap((file) => /@aws-sdk\/client-[^/]+/.exec(file) ?? []);

  expect(new Set(clients)).toEqual(
    new Set(['@aws-sdk/client-cloudtrail', '@aws-sdk/client-dynamodb']),
  );
});

const at = { account: '111122223333', region: 'us-east-1' };
const facts = {
  tablePolicy: tablePolicy(at, 'the table', []),
  signing: { keys: ['a key'], trails: [] },
  organization: 'o-a1b2c3d4e5',
};

test('the zip depends on the code and the facts only', () => {
  const { sha256 } = bundle('remediate', facts);
  const others = { ...facts, signing: { ...facts.signing, keys: ['another key'] } };

  expect(bundle('remediate', facts).sha256).toBe(sha256);
  expect(bundle('remediate', others).sha256).not.toBe(sha256);
  expect(bundle('sweep', facts).sha256).not.toBe(sha256);
});

test.each(['remediate', 'sweep', 'self-check', 'alert', 'audit', 'backfill'])(
  '%s does not import http as an ES module, which would load fetch in a cold start',
  (name) => {
    const code = Object.values(builtFunction(name)).map((file) => Buffer.from(file).toString());

    expect(code.join('\n')).not.toMatch(/(from|import\()"(node:)?http"/);
  },
);
