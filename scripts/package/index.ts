import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildFunction } from '#infra/build-function.ts';
import { entryPoints, packNpm, writeNpmPackage } from './npm-package.ts';
import { staticTemplates } from './static-template.ts';
import { noticesFile, thirdPartyNotices } from './third-party-notices.ts';

// Writes the files of a release: `npm run package`. The same sources make the same files.
const { out } = parseArgs({ options: { out: { type: 'string', default: 'dist' } } }).values;
rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });

const npm = join(out, 'npm');
const notices = thirdPartyNotices(entryPoints);
writeNpmPackage(npm, notices);
packNpm(npm, out);
rmSync(npm, { recursive: true });

const { templates, zips } = staticTemplates((name) => ({
  ...buildFunction(name),
  [noticesFile]: new TextEncoder().encode(notices),
}));
for (const [name, template] of Object.entries(templates)) {
  writeFileSync(join(out, `${name}.template.json`), `${JSON.stringify(template, null, 1)}\n`);
}
for (const [name, zip] of zips) writeFileSync(join(out, name), zip);

writeFileSync(join(out, 'sbom.cdx.json'), `${JSON.stringify(sbom(), null, 2)}\n`);
const files = readdirSync(out).toSorted();
const sums = files.map((name) => `${sha256(readFileSync(join(out, name)))}  ${name}\n`);
writeFileSync(join(out, 'SHA256SUMS'), sums.join(''));
console.log([...files, 'SHA256SUMS'].map((name) => join(out, name)).join('\n'));

/** Every package that a release is built from, without the time and the number of the run. */
function sbom(): object {
  const args = ['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only'];
  const { serialNumber: _, ...document } = JSON.parse(
    execFileSync('npm', args, { encoding: 'utf8', maxBuffer: 2 ** 26 }),
  );
  const { timestamp: __, ...metadata } = document.metadata;
  return { ...document, metadata };
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
