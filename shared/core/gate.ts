import { type Finding, isOfMissingTrail, type Plan } from './plan.ts';

/** The kinds of a trail that were seen in sync with one version of its baseline, while trailkeeper enforced. */
export type Armed = { readonly version: number; readonly kinds: readonly string[] };

/**
 * The kinds that a look arms: those of which nothing is to be restored, and those of a trail that is gone, as what stood there
 * before went with it. What differs of them later was done since.
 */
export const armedBy = (plan: Plan): readonly string[] =>
  plan.findings
    .filter((finding) => isAsItMust(finding) || isOfMissingTrail(plan, finding.kind))
    .map(({ kind }) => kind);

const isAsItMust = (finding: Finding): boolean =>
  finding.status === 'in-sync' ||
  (finding.status === 'drifted' &&
    finding.changes.every(({ treatment }) => treatment !== 'restore'));

/**
 * What is known after a look, of what was kept and what is known since. What is kept of another version arms nothing in this
 * one, whichever is higher: whoever writes to the table could else keep it shut for good.
 */
export function armedWith(kept: Armed | null, { version, kinds }: Armed): Armed {
  const before = kept?.version === version ? kept.kinds : [];
  return { version, kinds: [...new Set([...before, ...kinds])].toSorted() };
}

/** Whether logging that is off was stopped after a baseline was captured, by the clock of CloudTrail; in doubt it was. */
export function isStoppedSince(capturedAt: string, stoppedAt: string | null | undefined): boolean {
  if (!stoppedAt) return true;
  return Date.parse(stoppedAt) > Date.parse(capturedAt) - skew;
}

/** In milliseconds: by how much the clock of whoever captures may be ahead of that of CloudTrail. AWS takes no more. */
const skew = 5 * 60_000;
