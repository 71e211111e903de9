import type { Approval, Decision } from '#reconcile/approval.ts';
import { changeKey, kindKey } from '#reconcile/change-key.ts';
import { isNotTruncated, mayBeTruncated } from '#text/truncate-for-storage.ts';
import { append, type Incident, incidentSk, type PersonAction } from '../incident.ts';
import type { TrailStatus } from '../trail-status.ts';
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
  return {
    ...status,
    open: { ...open, incident },
    outbox: { ...status.outbox, [incidentSk(incident)]: { incident } },
  };
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
  const changes = suspendedIn(open.incident).filter(({ key }) => !known.has(key));
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

/** What a window suspends. If a list or value was too long to be stored, that is every change of the kind. */
const suspendedIn = ({ episodes }: Incident): Approval['changes'] =>
  (episodes.at(-1)?.outcome.verified.findings ?? []).flatMap((finding) => {
    if (finding.status !== 'drifted' || finding.suppressed?.by !== 'maintenance-window') return [];
    const { kind, changes } = finding;
    const isWhole = !mayBeTruncated(changes);
    return changes.filter(isNotTruncated).map((change) => ({
      key: isWhole ? changeKey(kind, change) : kindKey(kind),
      kind,
      path: change.path,
    }));
  });
