import { compareSeverity } from '#drift/impact.ts';
import { kinds } from '#drift/index.ts';
import { type Change, type Json, without } from '#text/diff.ts';
import { escapeControlChars } from '#text/escape.ts';
import { driftIn, type Finding, type Plan } from './plan.ts';

/** The findings of a plan as lines of text, each once. */
export const renderPlan = ({ findings }: Pick<Plan, 'findings'>): readonly string[] => [
  ...new Set(findings.flatMap(renderFinding)),
];

/** A finding as lines of text; none if it is in sync. */
export function renderFinding(finding: Finding): readonly string[] {
  switch (finding.status) {
    case 'in-sync':
      return [];
    case 'unmanaged':
      return [
        `${finding.kind} is not in the baseline, so it is not protected: capture the trail again`,
      ];
    case 'unknown':
      return [`${finding.kind} could not be read: ${escapeControlChars(finding.reason)}`];
    case 'drifted':
      return finding.changes.map((change) => renderChange(finding.kind, change));
  }
}

/** The impacts of the drift in a plan, each once and worst first: `critical: nothing is recorded`. */
export function renderImpacts(plan: Pick<Plan, 'findings'>): readonly string[] {
  const impacts = driftIn(plan)
    .map(({ impact }) => impact)
    .toSorted((one, other) => compareSeverity(one.severity, other.severity));
  return [
    ...new Set(
      impacts.map(({ severity, description }) => `${severity}: ${escapeControlChars(description)}`),
    ),
  ];
}

/** A change as a line of text: `settings.S3KeyPrefix is "x", must be absent`. */
export function renderChange(kind: string, { path, desired, actual }: Change): string {
  if (path === '' && actual === null) return 'the trail does not exist';
  const field = escapeControlChars([kind, path].filter(Boolean).join('.'));
  if (Array.isArray(desired) && Array.isArray(actual)) {
    return `${field} ${differences(desired, actual).join(' and ')}`;
  }
  return `${field} is ${renderValue(actual)}, must be ${renderValue(desired)}`;
}

/** A change between two versions of a baseline: `settings.S3KeyPrefix is "x", was absent`. */
export const renderRevision = ({ path, desired, actual }: Change): string =>
  `${escapeControlChars(path)} is ${renderCaptured(path, actual)}, was ${renderCaptured(path, desired)}`;

/** A value of a baseline. Null means that a field outside the trail is not protected, and that one of the trail must be absent. */
export const renderCaptured = (path: string, value: Json): string =>
  value === null && outsideTrail.has(path.split('.')[0] ?? '')
    ? 'not captured'
    : renderValue(value);

const outsideTrail = new Set(
  kinds.filter(({ isOutsideTrail }) => isOutsideTrail).map(({ name }) => name),
);

/** A value on one line. Strings are quoted, because an attacker may have written them. */
export const renderValue = (value: Json): string => {
  if (value === null) return 'absent';
  const text = escapeControlChars(JSON.stringify(value));
  return text.length > longest ? `${text.slice(0, longest)}…` : text;
};

const longest = 1000;

/** The missing and the extra items of a list: `lacks "a" and must not have "b"`. */
function differences(desired: readonly Json[], actual: readonly Json[]): string[] {
  const listed = (description: string, items: readonly Json[]): string[] =>
    items.length === 0 ? [] : [`${description} ${items.map(renderValue).join(', ')}`];
  return [
    ...listed('lacks', without(desired, actual)),
    ...listed('must not have', without(actual, desired)),
  ];
}
