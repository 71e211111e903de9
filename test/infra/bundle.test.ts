import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { expect, inject, onTestFinished, test } from 'vitest';
import { startSandbox } from '#sandbox/sandbox.ts';

test('a bundle that needs the node_modules of the checkout does not pass for one that runs', async () => {
  const cdkOut = await mkdtemp(join(tmpdir(), 'trailkeeper-test-'));
  onTestFinished(() => rm(cdkOut, { recursive: true }));
  await cp(inject('cdkOut').enforce, cdkOut, { recursive: true });
  const assets = (await readdir(cdkOut)).filter((name) => name.startsWith('asset.'));
  for (const asset of assets) {
    await build({
      entryPoints: ['functions/sweep.ts'],
      outfile: join(cdkOut, asset, 'index.mjs'),
      bundle: true,
      platform: 'node',
      format: 'esm',
      external: ['@aws-sdk/*'],
      allowOverwrite: true,
    });
  }
  const sandbox = await startSandbox({ cdkOut });
  onTestFinished(sandbox.stop);

  const invocation = await sandbox.sweep();

  expect(invocation).toMatchObject({
    error: { errorMessage: expect.stringContaining("Cannot find package '@aws-sdk/") },
  });
});
