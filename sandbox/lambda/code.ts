import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { unzipSync } from 'fflate';

/**
 * The code of functions, unpacked outside the checkout, so that a bundle which needs the checkout's `node_modules`
 * fails to load.
 */
export type CodeStore = {
  /** Stores an uploaded zip and returns its path. */
  upload(zip: Uint8Array): string;
  /** The code folder of a zip or a folder. */
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

/** `CodeSha256`: the hash of a zip's content, or of a folder's name (real Lambda has no folders). */
export const codeSha256 = (code: string): string =>
  hashOf(statSync(code).isDirectory() ? new TextEncoder().encode(code) : readFileSync(code));

const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('base64');
