import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** Writes JSON to a file, which is removed after the test. */
export async function jsonFile(content: object): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'trailkeeper-test-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'document.json'), JSON.stringify(content));
  return join(folder, 'document.json');
}
