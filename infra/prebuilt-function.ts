import { readdirSync, readFileSync } from 'node:fs';
import type { FunctionFiles } from './bundle.ts';

/** The code of a function as the package contains it. */
export function prebuiltFunction(name: string): FunctionFiles {
  const folder = new URL(`functions/${name}/`, import.meta.url);
  return Object.fromEntries(
    readdirSync(folder).map((file) => [file, readFileSync(new URL(file, folder))]),
  );
}
