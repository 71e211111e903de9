import { readdirSync, readFileSync } from 'node:fs';
import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inject } from 'vitest';
import { tempFolder } from './temp-files.ts';

export type Template = {
  // biome-ignore lint/suspicious/noExplicitAny: a template holds resources of any shape
  readonly Resources: Record<string, { readonly Type: string; readonly Properties: any }>;
};

const ending = '.template.json';

/** The synthesized template of the trailkeeper stack, or of another one. */
export const templateOf = (cdkOut: string, stack = 'Trailkeeper'): Template =>
  JSON.parse(readFileSync(join(cdkOut, `${stack}${ending}`), 'utf8'));

/** The templates of all stacks of an app. */
export const templatesOf = (cdkOut: string): readonly Template[] =>
  readdirSync(cdkOut)
    .filter((name) => name.endsWith(ending))
    .map((name) => templateOf(cdkOut, name.slice(0, -ending.length)));

/** The app in enforce mode with a changed main template, for one test. */
export async function editedApp(edit: (template: Template) => void): Promise<string> {
  const folder = await tempFolder();
  await cp(inject('deployed').enforce, folder, { recursive: true });
  const template = templateOf(folder);
  edit(template);
  await writeFile(join(folder, `Trailkeeper${ending}`), JSON.stringify(template));
  return folder;
}
