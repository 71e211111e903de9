import { cp, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { onTestFinished } from 'vitest';

/** A copy of the checkout after `npm ci`, without the tests. */
export async function wholeCheckout(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'trailkeeper-test-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  for (const part of [
    'cdk.json',
    'cli',
    'functions',
    'infra',
    'package-lock.json',
    'package.json',
    'shared',
    'tsconfig.json',
  ]) {
    await cp(part, join(folder, part), { recursive: true });
  }
  await symlink(resolve('node_modules'), join(folder, 'node_modules'));
  return folder;
}
