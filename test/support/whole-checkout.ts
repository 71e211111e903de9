import { cp, symlink } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { tempFolder } from './temp-files.ts';

/** A copy of the checkout after `npm ci`, without the tests. */
export async function wholeCheckout(): Promise<string> {
  const folder = await tempFolder();
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
