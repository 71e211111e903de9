import { compareSeverity } from '#drift/impact.ts';
import { type Change, type Json, without } from '#text/diff.ts';
import { escapeControlChars } from '#text/escape.ts';
import type { Drift, Finding, Plan } from './plan.ts';

/** What a plan found, as lines for people, each once. */
export const renderPlan = ({ findings }: Pick<Plan, 'findings'>): readonly string[] => [
  ...new Set(findings.flatMap(renderFinding)),
];

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
      return [`${finding.kind} could not be read: ${escapeControlChars(finding.reason)}`];
    case 'drifted':
      return finding.changes.map((change) => renderChange(finding.kind, change));
  }
}

/** What the drifts of a plan cost, each thing once and the gravest first: `critical: nothing is recorded`. */
export function renderImpacts({ findings }: Pick<Plan, 'findings'>): readonly string[] {
  const impacts = findings
    .flatMap((finding): readonly Drift[] => (finding.status === 'drifted' ? finding.changes : []))
    .map(({ impact }) => impact)
    .toSorted((one, other) => compareSeverity(one.severity, other.severity));
  return [
    ...new Set(impacts.map(({ severity, words }) => `${severity}: ${escapeControlChars(words)}`)),
  ];
}

/** One change as a line for people: `settings.S3KeyPrefix is "x", must be absent`. */
export function renderChange(kind: string, { path, desired, actual }: Change): string {
  if (path === '' && actual === null) return 'the trail does not exist';
  const field = escapeControlChars([kind, path].filter(Boolean).join('.'));
  if (Array.isArray(desired) && Array.isArray(actual)) {
    return `${field} ${differences(desired, actual).join(' and ')}`;
  }
  return `${field} is ${renderValue(actual)}, must be ${renderValue(desired)}`;
}

/** A value on one line. Strings are quoted: an outsider may have written them. */
export const renderValue = (value: Json): string => {
  if (value === null) return 'absent';
  const text = escapeControlChars(JSON.stringify(value));
  return text.length > longest ? `${text.slice(0, longest)}…` : text;
};

const longest = 1000;

/** What a list lacks and what it must not have: `lacks "a" and must not have "b"`. */
function differences(desired: readonly Json[], actual: readonly Json[]): string[] {
  const told = (words: string, items: readonly Json[]): string[] =>
    items.length === 0 ? [] : [`${words} ${items.map(renderValue).join(', ')}`];
  return [
    ...told('lacks', without(desired, actual)),
    ...told('must not have', without(actual, desired)),
  ];
}
