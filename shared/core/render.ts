import type { Change, Json } from './diff.ts';
import type { Finding } from './plan.ts';

/** A finding as lines for people; none where there is nothing to tell. */
export function renderFinding(finding: Finding): readonly string[] {
  switch (finding.status) {
    case 'in-sync':
    case 'unmanaged':
      return [];
    case 'unknown':
      return [`${finding.kind} could not be read: ${renderText(finding.reason)}`];
    case 'drifted':
      return finding.changes.map((change) => renderChange(finding.kind, change));
  }
}

/** One change as a line for people: `settings.S3KeyPrefix is "x", must be absent`. */
export function renderChange(kind: string, { path, desired, actual }: Change): string {
  if (path === '' && actual === null) return `${kind}: the trail does not exist`;
  const field = path === '' ? kind : `${kind}.${path}`;
  return `${field} is ${renderValue(actual)}, must be ${renderValue(desired)}`;
}

/** A value on one line. Strings are quoted: an outsider may have written them. */
export const renderValue = (value: Json): string =>
  value === null ? 'absent' : renderText(JSON.stringify(value));

/** Text with everything escaped that a terminal or a log viewer would act on: control characters, changes of writing direction. */
export const renderText = (text: string): string =>
  text.replace(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is escaped
    /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
