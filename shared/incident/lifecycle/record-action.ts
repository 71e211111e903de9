import type { Approval, Decision } from '#reconcile/approval.ts';
import { changeKey, kindKey } from '#reconcile/change-key.ts';
import { driftIn } from '#reconcile/plan.ts';
import { problemsIn } from '../finding-key.ts';
import { append, type Incident, type PersonAction } from '../incident.ts';
import { type OpenIncident, type TrailStatus, withIncident } from '../trail-status.ts';
import { withApprovals } from './record-approvals.ts';

/** A status in which a person acted on the open incident; the same status if that is not open, or someone has acknowledged it already. */
export function recordAction(
  status: TrailStatus,
  incidentId: string,
  action: PersonAction,
): TrailStatus {
  const { open } = status;
  if (open?.incident.id !== incidentId) return status;
  if (action.type === 'acknowledged' && isAcknowledged(open.incident)) return status;
  const incident = {
    ...open.incident,
    actions: append(open.incident.actions, action),
    updatedAt: action.at,
  };
  return withIncident(status, { ...open, incident });
}

export const isAcknowledged = ({ actions }: Pick<Incident, 'actions'>): boolean =>
  actions.some(({ type }) => type === 'acknowledged');

/**
 * A status in which a person decided to restore what a maintenance window suspends; the same status if nothing is suspended, or
 * someone decided so already.
 */
export function recordRestore(
  status: TrailStatus,
  incidentId: string,
  decision: Decision & Pick<PersonAction, 'by' | 'via'>,
): TrailStatus {
  const { open } = status;
  if (open?.incident.id !== incidentId) return status;
  const approved = open.approvals.filter(
    ({ decision, endedAt }) => endedAt === null && decision?.treatment === 'restore',
  );
  const known = new Set(approved.flatMap(({ changes }) => changes.map(({ key }) => key)));
  const changes = suspendedIn(open).filter(({ key }) => !known.has(key));
  if (changes.length === 0) return status;
  const { at, by, via, reason } = decision;
  const approval: Approval = {
    id: `${incidentId}-restore-${open.approvals.length + 1}`,
    changes,
    requestedAt: at,
    until: at,
    otherwise: 'restore',
    decision,
    endedAt: null,
  };
  const after = withApprovals(status, [...open.approvals, approval], at);
  return recordAction(after, incidentId, { type: 'restore', at, by, via, reason });
}

/** What a window suspends. If what is left is not stored as it was found, because it was too long, that is every change of the kinds. */
function suspendedIn({ incident, unresolved }: OpenIncident): Approval['changes'] {
  const { findings } = incident.episodes.at(-1)?.outcome.verified ?? { findings: [] };
  const suspended = findings.filter(
    (one) => one.status === 'drifted' && one.suppressed?.by === 'maintenance-window',
  );
  const stored = new Set(problemsIn(null, { findings }).map(({ fingerprint }) => fingerprint));
  const isWhole = unresolved.every((fingerprint) => stored.has(fingerprint));
  return driftIn({ findings: suspended }).map(({ kind, path, ...change }) => ({
    key: isWhole ? changeKey(kind, { path, ...change }) : kindKey(kind),
    kind,
    path,
  }));
}
