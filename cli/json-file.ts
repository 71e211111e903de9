import { readFileSync } from 'node:fs';
import { messageOf } from '#aws/errors.ts';

/** What a JSON file holds; `source` is what the person wrote to name it. */
export function readJson(source: string, file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new Error(`${source} can not be read as JSON: ${messageOf(cause)}`, { cause });
  }
}
