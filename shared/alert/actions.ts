import type { Incident, WindowNotice } from '#incident/incident.ts';
import { isAcknowledged } from '#incident/lifecycle/record-action.ts';
import { isUnresolved } from '#incident/lifecycle/states.ts';
import { formatTime } from '#text/time.ts';
import { nameIn } from './actor.ts';
import { type AlertAction, type AlertOptions, printable, type Section } from './alert.ts';
import { undecidedIn } from './approval-lines.ts';

/** What people can do about an incident, the most urgent first. Nothing can be done once it is over. */
export function incidentActions(incident: Incident): readonly AlertAction[] {
  const { id, trail, state, approvals, retired } = incident;
  if (!isUnresolved(state) || retired !== undefined) return [];
  const pending = undecidedIn(approvals);
  const on = { trail, incident: id };
  const asked = { ...on, approvals: pending.map((one) => one.id) };
  const hasDrift = state !== 'unknown' && state !== 'baseline-invalid' && state !== 'detected';
  return [
    ...(state === 'awaiting-approval' && pending.length > 0
      ? [
          { does: 'approve', label: 'Restore it', isPrimary: true as const, on: asked },
          { does: 'reject', label: 'Leave it as it is', on: asked },
        ]
      : []),
    ...(state === 'suspended' || isOnlyObserved(incident)
      ? [{ does: 'restore', label: 'Restore now', isPrimary: true as const, on }]
      : []),
    ...(isAcknowledged(incident) ? [] : [{ does: 'acknowledge', label: 'Acknowledge', on }]),
    ...(hasDrift ? [{ does: 'ask-reason', label: 'Accept as the new baseline', on }] : []),
    { does: 'ask-window', label: 'Start a maintenance window', on },
    { does: 'plan', label: 'Show the plan', on },
  ];
}

/** Whether drift is left as it is because of mode observe. */
export const isOnlyObserved = ({
  state,
  episodes,
}: Pick<Incident, 'state' | 'episodes'>): boolean =>
  state === 'drifted' && episodes.at(-1)?.outcome.mode === 'observe';

/** A window that is open can be ended. */
export const windowActions = ({ id, trail, endedAt }: WindowNotice): readonly AlertAction[] =>
  endedAt === null ? [{ does: 'end-window', label: 'End it', on: { trail, window: id } }] : [];

/** What people did about an incident. */
export const actionSection = (
  { actions }: Pick<Incident, 'actions'>,
  { omitActors }: Pick<AlertOptions, 'omitActors'>,
): Section => ({
  heading: 'What people did',
  lines: actions.map(({ type, at, by, reason }) =>
    printable(
      `${words[type]}${omitActors ? '' : ` by ${nameIn(by)}`} at ${formatTime(at)}${reason === null ? '' : `: ${reason}`}`,
    ),
  ),
  isCode: false,
});

const words: Readonly<Record<Incident['actions'][number]['type'], string>> = {
  acknowledged: 'acknowledged',
  restore: 'restore asked for',
  accept: 'new baseline asked for',
  window: 'maintenance window asked for',
};
