import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import * as z from 'zod';
import { bundling } from '#infra/build-function.ts';

export const noticesFile = 'THIRD-PARTY-NOTICES';

/** The packages whose code these entry points are bundled with, by license text. */
export function thirdPartyNotices(entryPoints: readonly string[]): string {
  const packages = foldersIn(entryPoints).map(readPackage);
  const parts = [...Map.groupBy(packages, ({ text }) => text)].map(([text, licensed]) =>
    [...licensed.map(({ title }) => title), '', text].join('\n'),
  );
  const head = 'trailkeeper contains code of the packages below, under their licenses.';
  return `${[head, ...parts].join(`\n\n${'-'.repeat(80)}\n\n`)}\n`;
}

/** The folders in `node_modules` from which the bundles have code. */
function foldersIn(entryPoints: readonly string[]): readonly string[] {
  const { metafile } = buildSync({
    ...bundling,
    entryPoints: [...entryPoints],
    outdir: '.',
    external: ['aws-cdk-lib', 'constructs'],
    metafile: true,
  });
  const folders = Object.values(metafile.outputs)
    .flatMap(({ inputs }) => Object.entries(inputs))
    .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
    .flatMap(([path]) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path) ?? []);
  return [...new Set(folders)].toSorted();
}

const manifest = z.object({
  name: z.string(),
  version: z.string(),
  license: z.string(),
  author: z
    .union([z.string(), z.object({ name: z.string() }).transform(({ name }) => name)])
    .optional(),
});

function readPackage(folder: string): { readonly title: string; readonly text: string } {
  const { name, version, license, author } = manifest.parse(
    JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')),
  );
  const files = readdirSync(folder).filter((file) => /^(license|notice)/i.test(file));
  const texts = files.map((file) => readFileSync(join(folder, file), 'utf8').trim());
  const text = texts.length > 0 ? texts.join('\n\n') : standardText(license, author ?? name);
  return { title: `${name} ${version} (${license})`, text };
}

/** The text of a license that a package names without containing it. */
function standardText(license: string, author: string): string {
  if (license === 'Apache-2.0') {
    const [terms = ''] = readFileSync('LICENSE', 'utf8').split('   APPENDIX:');
    return terms.trim();
  }
  const terms = readFileSync(new URL(`licenses/${license}.txt`, import.meta.url), 'utf8');
  return `Copyright ${author}\n\n${terms.trim()}`;
}
