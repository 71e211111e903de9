import { readFileSync } from 'node:fs';
import { messageOf } from '#aws/errors.ts';

/** The content of a JSON file. `source` names it in the error. */
export function readJson(source: string, file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    const isMissing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    const problem = isMissing ? 'does not exist' : `cannot be read as JSON: ${messageOf(cause)}`;
    throw new Error(`${source} ${problem}`, { cause });
  }
}
