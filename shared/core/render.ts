import type { Change, Json } from './diff.ts';
import type { Finding } from './plan.ts';
import { renderText } from './text.ts';

/** A finding as lines for people; none where there is nothing to tell. */
export function renderFinding(finding: Finding): readonly string[] {
  switch (finding.status) {
    case 'in-sync':
      return [];
    case 'unmanaged':
      return [
        `${finding.kind} is not in the baseline, so it is not guarded: capture the trail again`,
      ];
    case 'unknown':
      return [`${finding.kind} could not be read: ${renderText(finding.reason)}`];
    case 'drifted':
      return finding.changes.map((change) => renderChange(finding.kind, change));
  }
}

/** One change as a line for people: `settings.S3KeyPrefix is "x", must be absent`. */
export function renderChange(kind: string, { path, desired, actual }: Change): string {
  if (path === '' && actual === null) return `${kind}: the trail does not exist`;
  const field = renderText([kind, path].filter(Boolean).join('.'));
  return `${field} is ${renderValue(actual)}, must be ${renderValue(desired)}`;
}

/** A value on one line. Strings are quoted: an outsider may have written them. */
export const renderValue = (value: Json): string =>
  value === null ? 'absent' : renderText(JSON.stringify(value));
