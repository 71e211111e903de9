import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { unzipSync } from 'fflate';

/** The code of functions, unpacked outside the checkout: a bundle that needs its `node_modules` does not load from there. */
export type CodeStore = {
  /** Keeps a zip that someone uploads; gives its file. */
  upload(zip: Uint8Array): string;
  /** The folder of the code that a zip or a folder holds. */
  folderOf(code: string): string;
  remove(): void;
};

export function codeStore(): CodeStore {
  const root = mkdtempSync(join(tmpdir(), 'trailkeeper-code-'));
  const unpacked = new Map<string, string>();
  const remove = () => rmSync(root, { recursive: true, force: true });
  process.once('exit', remove);
  return {
    upload(zip) {
      const file = join(root, `${hashOf(zip).replaceAll(/\W/g, '')}.zip`);
      writeFileSync(file, zip);
      return file;
    },
    folderOf(code) {
      if (statSync(code).isDirectory()) return code;
      const known = unpacked.get(code);
      if (known !== undefined) return known;
      const folder = join(root, String(unpacked.size));
      for (const [name, contents] of Object.entries(unzipSync(readFileSync(code)))) {
        mkdirSync(dirname(join(folder, name)), { recursive: true });
        writeFileSync(join(folder, name), contents);
      }
      unpacked.set(code, folder);
      return folder;
    },
    remove() {
      process.off('exit', remove);
      remove();
    },
  };
}

/** `CodeSha256`: of a zip's bytes; a folder, which Lambda does not have, goes by its name. */
export const codeSha256 = (code: string): string =>
  hashOf(statSync(code).isDirectory() ? new TextEncoder().encode(code) : readFileSync(code));

const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('base64');
