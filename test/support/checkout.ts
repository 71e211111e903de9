import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { least } from './synthesized.ts';
import { tempFolder } from './temp-files.ts';

/** A directory with a `cdk.json` that has this `signing` and these other keys. */
export async function checkoutWith(signing: object, more: object = {}): Promise<string> {
  const folder = await tempFolder();
  const { context, ...rest } = JSON.parse(await readFile('cdk.json', 'utf8'));
  context.trailkeeper = { ...least, signing, ...more };
  await writeFile(join(folder, 'cdk.json'), JSON.stringify({ ...rest, context }));
  return folder;
}
