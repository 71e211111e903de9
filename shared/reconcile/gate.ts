import { fieldOf } from '#text/diff.ts';
import { type Finding, isOfMissingTrail, type Plan } from './plan.ts';
import { fieldName } from './recent-repairs.ts';

/**
 * The kinds of a trail, and the fields as `kind.field`, that were seen in sync with one version of its baseline, while trailkeeper
 * enforced.
 */
export type Armed = { readonly version: number; readonly kinds: readonly string[] };

/**
 * The kinds that a look arms: those in sync or without a field to restore, and those of a trail that is gone, because the drift
 * went with it. Of a kind that drifted, the fields in sync are armed. If they differ later, someone changed them since.
 */
export const armedBy = (plan: Plan, states: Readonly<Record<string, object>>): readonly string[] =>
  plan.findings.flatMap((finding) => {
    const { kind } = finding;
    if (isAsItMust(finding) || isOfMissingTrail(plan, kind)) return [kind];
    if (finding.status !== 'drifted') return [];
    const drifted = new Set(finding.changes.filter(isRestored).map(fieldOf));
    return Object.keys(states[kind] ?? {})
      .filter((field) => !drifted.has(field))
      .map((field) => fieldName(kind, field));
  });

const isRestored = ({ treatment }: { readonly treatment: string }): boolean =>
  treatment === 'restore';

const isAsItMust = (finding: Finding): boolean =>
  finding.status === 'in-sync' ||
  (finding.status === 'drifted' && !finding.changes.some(isRestored));

/**
 * What is known after a look, of what was kept and what is known since. What is kept of another version arms nothing in this
 * one, whichever is higher: otherwise anyone who can write to the table could keep it shut for good.
 */
export function armedWith(kept: Armed | null, { version, kinds }: Armed): Armed {
  const before = kept?.version === version ? kept.kinds : [];
  const all = new Set([...before, ...kinds]);
  // A kind stands for its fields.
  const isCovered = (name: string) => name.includes('.') && all.has(name.split('.')[0] ?? '');
  return { version, kinds: [...all].filter((name) => !isCovered(name)).toSorted() };
}

/** Whether logging that is off was stopped after a baseline was captured, by the clock of CloudTrail; in doubt it was. */
export function isStoppedSince(capturedAt: string, stoppedAt: string | null | undefined): boolean {
  if (!stoppedAt) return true;
  return Date.parse(stoppedAt) > Date.parse(capturedAt) - skew;
}

/** In milliseconds: by how much the clock of the person who captures may be ahead of CloudTrail's. AWS accepts no more. */
const skew = 5 * 60_000;
