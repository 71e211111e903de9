import { incidentWording } from '#alert/wording.ts';
import type { Episode, Incident } from '#incident/incident.ts';
import { gapsUntil } from '#incident/incident-gaps.ts';
import { isUnresolved } from '#incident/lifecycle/states.ts';
import type { AppliedStep } from '#reconcile/outcome.ts';
import { driftIn, type Finding, type Plan, planOf } from '#reconcile/plan.ts';
import { renderFinding } from '#reconcile/render-plan.ts';
import { callEvidence, causeEvidence } from './call-evidence.ts';
import type {
  ChangeEvidence,
  EpisodeEvidence,
  IncidentEvidence,
  RecordRef,
  Recoveries,
  RepairEvidence,
} from './evidence.ts';
import { laneOf } from './lanes.ts';
import { isRecoverable, recoveryOfGap } from './recoveries.ts';

/** The evidence of an incident. An open gap lasts until the incident closed, or until `now`. */
export function incidentEvidence(
  incident: Incident,
  record: RecordRef,
  { now, recoveries }: { readonly now: string; readonly recoveries: Recoveries },
): IncidentEvidence {
  const { id, trail, state, severity, openedAt, updatedAt, closedAt, lastInSyncAt } = incident;
  const { callCount, episodeCount, interruptions, baselineError } = incident;
  const { title, callToAction } = incidentWording(incident, { omitActors: false });
  return {
    ...{ id, trail, title, callToAction, state, severity },
    ...{ openedAt, updatedAt, closedAt, lastInSyncAt },
    ...{ callCount, episodeCount, interruptions, baselineError },
    isUnresolved: isUnresolved(incident.state),
    cause: causeEvidence(incident),
    calls: incident.calls.map(({ call, effect }) => callEvidence(call, effect)),
    episodes: incident.episodes.map(episodeEvidence),
    gaps: gapsUntil(now, incident).map((gap) => ({
      ...gap,
      recovery: isRecoverable(gap) ? recoveryOfGap(gap, trail, recoveries) : null,
    })),
    record,
  };
}

function episodeEvidence(episode: Episode): EpisodeEvidence {
  const { detectedAt, resolvedAt, resolution, acceptedBy, outcome } = episode;
  const { mode, plan, applied, verified } = outcome;
  const isLeft = resolvedAt === null;
  return {
    ...{ detectedAt, resolvedAt, resolution, acceptedBy },
    mode,
    version: plan.version,
    changes: changesIn(plan),
    unread: [...new Set([...plan.findings, ...verified.findings].flatMap(unreadIn))],
    repairs: applied.map(repairEvidence),
    left: isLeft ? driftedIn(episode) : [],
  };
}

const changesIn = (plan: Plan): readonly ChangeEvidence[] =>
  driftIn(plan).map(({ kind, path, desired, actual, impact }) => ({
    ...{ kind, path, desired, actual, ...impact },
    lane: laneOf(kind, path),
  }));

const unreadIn = (finding: Finding): readonly string[] =>
  finding.status === 'unknown' ? renderFinding(finding) : [];

function driftedIn({ outcome: { verified } }: Episode): readonly string[] {
  const drifted = verified.findings.filter(({ status }) => status === 'drifted');
  const kinds = new Set(drifted.map(({ kind }) => kind));
  return [...new Set(planOf(verified, kinds).findings.flatMap(renderFinding))];
}

const repairEvidence = (step: AppliedStep): RepairEvidence => ({
  kind: step.kind,
  action: step.action,
  status: step.status,
  error: step.status === 'failed' ? `${step.error}: ${step.message}` : null,
});
