import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { unzipSync } from 'fflate';
import { cacheFolder, fillOnce } from '../cache.ts';

/** Stores an uploaded zip and returns its path. */
export function storeCode(zip: Uint8Array): string {
  const folder = cacheFolder('uploads', nameOf(zip));
  fillOnce(folder, (made) => writeFileSync(join(made, 'code.zip'), zip));
  return join(folder, 'code.zip');
}

/** The code folder of a zip or a folder. A zip is unpacked once for all processes: V8's compilation cache finds code by its path. */
export function codeFolder(code: string): string {
  if (statSync(code).isDirectory()) return code;
  const zip = readFileSync(code);
  const folder = cacheFolder('code', nameOf(zip));
  fillOnce(folder, (made) => {
    for (const [name, contents] of Object.entries(unzipSync(zip))) {
      mkdirSync(dirname(join(made, name)), { recursive: true });
      writeFileSync(join(made, name), contents);
    }
  });
  return folder;
}

/** A file name for the content of a zip. */
const nameOf = (zip: Uint8Array): string => hashOf(zip).replaceAll(/\W/g, '');

/** `CodeSha256`: the hash of a zip's content, or of a folder's name (real Lambda has no folders). */
export const codeSha256 = (code: string): string =>
  hashOf(statSync(code).isDirectory() ? new TextEncoder().encode(code) : readFileSync(code));

const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('base64');
