import type { Outcome } from '#reconcile/outcome.ts';
import type { Finding, Plan } from '#reconcile/plan.ts';
import { append, type Episode, type Incident } from '../incident.ts';
import type { ReconcileReport } from './report.ts';
import type { Signal } from './states.ts';

/** The episodes of an incident after a signal: one more, or the last one continued or resolved. */
export function recordEpisode(
  { episodes, episodeCount }: Incident,
  signal: Signal,
  report: ReconcileReport,
): Pick<Incident, 'episodes' | 'episodeCount'> {
  const { at, outcome, call } = report;
  const last = episodes.at(-1);
  const ongoing = last?.resolvedAt === null ? last : null;
  if (outcome === null || (signal === 'in-sync' && ongoing === null)) {
    return { episodes, episodeCount };
  }
  const episode: Episode = {
    ...(ongoing === null
      ? { detectedAt: at, trigger: call, outcome }
      : { ...ongoing, outcome: continued(ongoing.outcome, outcome) }),
    ...resolutionOf(signal, ongoing, report),
  };
  return ongoing === null
    ? { episodes: append(episodes, episode), episodeCount: episodeCount + 1 }
    : { episodes: [...episodes.slice(0, -1), episode], episodeCount };
}

/** Drift from one version of the baseline that is none from a later one was accepted. */
function resolutionOf(
  signal: Signal,
  ongoing: Episode | null,
  { at, outcome, capturedBy }: ReconcileReport,
): Pick<Episode, 'resolvedAt' | 'resolution' | 'acceptedBy'> {
  if (signal === 'restored') return { resolvedAt: at, resolution: 'restored', acceptedBy: null };
  if (signal !== 'in-sync') return { resolvedAt: null, resolution: null, acceptedBy: null };
  const before = ongoing?.outcome.plan.version ?? Number.POSITIVE_INFINITY;
  return outcome !== null && outcome.plan.version > before
    ? { resolvedAt: at, resolution: 'accepted', acceptedBy: capturedBy }
    : { resolvedAt: at, resolution: 'external', acceptedBy: null };
}

/** Everything that was found, the latest steps that were attempted, and what was last read back. */
const continued = (earlier: Outcome, latest: Outcome): Outcome => ({
  mode: latest.mode,
  plan: withEarlierDrift(earlier.plan, latest.plan),
  applied: latest.applied.length > 0 ? latest.applied : earlier.applied,
  verified: latest.verified,
});

const withEarlierDrift = (earlier: Plan, latest: Plan): Plan => ({
  ...latest,
  findings: latest.findings.map((finding): Finding => {
    const before = earlier.findings.find(({ kind }) => kind === finding.kind);
    if (before?.status !== 'drifted') return finding;
    if (finding.status !== 'drifted') return before;
    const paths = new Set(finding.changes.map(({ path }) => path));
    const gone = before.changes.filter(({ path }) => !paths.has(path));
    return { ...finding, changes: [...gone, ...finding.changes] };
  }),
});
