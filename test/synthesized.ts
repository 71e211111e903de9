import { rm } from 'node:fs/promises';
import type { TestProject } from 'vitest/node';
import { deployment } from '#sandbox/seed.ts';
import { synthesize } from '#sandbox/synth.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The CDK app, synthesised once for the whole run, by mode. */
    readonly cdkOut: { readonly observe: string; readonly enforce: string };
  }
}

/** Synthesises the app before the first test and removes it after the last. */
export async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const observe = await synthesize({ ...deployment, mode: 'observe' });
  const enforce = await synthesize({ ...deployment, mode: 'enforce' });
  provide('cdkOut', { observe, enforce });
  return async () => {
    for (const folder of [observe, enforce]) await rm(folder, { recursive: true });
  };
}
