import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { unzipSync } from 'fflate';
import { cacheFolder, fillOnce } from '../cache.ts';

/** The code of functions. */
export type CodeStore = {
  /** Stores an uploaded zip and returns its path. */
  upload(zip: Uint8Array): string;
  /** The code folder of a zip or a folder. */
  folderOf(code: string): string;
  remove(): void;
};

export function codeStore(): CodeStore {
  const uploads = mkdtempSync(join(tmpdir(), 'trailkeeper-code-'));
  const unpacked = new Map<string, string>();
  const remove = () => rmSync(uploads, { recursive: true, force: true });
  process.once('exit', remove);
  return {
    upload(zip) {
      const file = join(uploads, `${nameOf(zip)}.zip`);
      writeFileSync(file, zip);
      return file;
    },
    folderOf(code) {
      if (statSync(code).isDirectory()) return code;
      const folder = unpacked.get(code) ?? unpack(readFileSync(code));
      unpacked.set(code, folder);
      return folder;
    },
    remove() {
      process.off('exit', remove);
      remove();
    },
  };
}

/** Unpacks a zip once for all processes: V8's compilation cache finds code by its path. */
function unpack(zip: Uint8Array): string {
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
