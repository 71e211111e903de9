import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { least } from './synthesized.ts';

/** A directory with a `cdk.json` that has this `signing` and these other keys. */
export async function checkoutWith(signing: object, more: object = {}): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'trailkeeper-test-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const { context, ...rest } = JSON.parse(await readFile('cdk.json', 'utf8'));
  context.trailkeeper = { ...least, signing, ...more };
  await writeFile(join(folder, 'cdk.json'), JSON.stringify({ ...rest, context }));
  return folder;
}
