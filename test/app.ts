import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject, onTestFinished } from 'vitest';

export type Template = {
  // biome-ignore lint/suspicious/noExplicitAny: a template holds resources of any shape
  readonly Resources: Record<string, { readonly Type: string; readonly Properties: any }>;
};

const file = 'Trailkeeper.template.json';

/** The synthesised template of an app. */
export const templateOf = async (cdkOut: string): Promise<Template> =>
  JSON.parse(await readFile(join(cdkOut, file), 'utf8'));

/** The app in enforce mode with its template changed, for the length of a test. */
export async function editedApp(edit: (template: Template) => void): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'trailkeeper-test-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await cp(inject('cdkOut').enforce, folder, { recursive: true });
  const template = await templateOf(folder);
  edit(template);
  await writeFile(join(folder, file), JSON.stringify(template));
  return folder;
}
