import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
} from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';

/**
 * A folder that is filled once and kept for later processes. `key` is a hash of everything that its content depends on. It is outside the
 * checkout, so that a bundle which needs the checkout's `node_modules` fails to load.
 */
export const cacheFolder = (kind: 'apps' | 'bundles' | 'code' | 'uploads', key: string): string =>
  join(tmpdir(), `trailkeeper-cache-${userInfo().uid}`, kind, key);

/** Fills a cache folder unless it is filled. If two processes do this at once, one result is kept. */
export function fillOnce(folder: string, fill: (made: string) => void): void {
  if (existsSync(folder)) {
    const now = new Date();
    utimesSync(folder, now, now);
    return;
  }
  mkdirSync(dirname(folder), { recursive: true, mode: 0o700 });
  removeUnused(dirname(folder));
  const made = mkdtempSync(`${folder}-`);
  try {
    fill(made);
    renameSync(made, folder);
  } catch (error) {
    rmSync(made, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  }
}

/** Removes what no process used for three days. */
function removeUnused(parent: string): void {
  const since = Date.now() - 3 * 24 * 60 * 60 * 1000;
  for (const name of readdirSync(parent)) {
    const folder = join(parent, name);
    const used = statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? since;
    if (used < since) rmSync(folder, { recursive: true, force: true });
  }
}
