import type { Severity } from '#drift/impact.ts';
import { endedEarly, type WindowNotice } from '#incident/incident.ts';
import type { IncidentRecord } from '#incident/incident-records.ts';
import { isAttempt, type TamperEvent } from '#incident/tamper-event.ts';
import { endOf } from '#reconcile/maintenance-window.ts';
import { formatTime } from '#text/time.ts';
import { parseTrailArn } from '#trail/trail-arn.ts';
import { windowActions } from './actions.ts';
import { callFacts } from './actor.ts';
import {
  type Alert,
  type AlertOptions,
  fact,
  optionalParts,
  printable,
  type Section,
  type Wording,
} from './alert.ts';
import { command, wordOf } from './commands.ts';
import { incidentAlert, withOmitted } from './incident-alert.ts';
import { linksOf, runbookFacts, runbookLinks } from './links.ts';
import { callOnPart, tamperWording } from './tamper-wording.ts';

/** The alert of a stored record. */
export function alertOf(record: IncidentRecord, options: AlertOptions): Alert {
  if ('incident' in record) return incidentAlert(record.incident, options);
  if ('notice' in record) return windowAlert(record.notice, options);
  return tamperAlert(record.tampering, options);
}

/** The alert of a maintenance window that has started or ended. */
function windowAlert(notice: WindowNotice, options: AlertOptions): Alert {
  const { logs, omitActors, maxWindowHours, runbook } = options;
  const { id, trail, window, startedAt, endedAt } = notice;
  const until = endOf(window, maxWindowHours);
  const { name, accountId, region } = parseTrailArn(trail);
  return {
    ...optionalParts,
    id: printable(id),
    about: {
      ...{ kind: 'maintenance-window', trail },
      ...{ startedAt, updatedAt: endedAt ?? startedAt },
    },
    severity: 'medium',
    isOver: endedAt !== null,
    actions: windowActions(notice),
    ...windowWording({ ...notice, window: { ...window, until } }, name),
    facts: [
      ...fact('Kinds', window.kinds.join(', ')),
      ...(omitActors ? [] : fact('Requested by', window.by)),
      ...fact('Reason', window.reason),
      ...fact('Until', formatTime(until)),
      ...fact('Ended', endedAt && `seen at ${formatTime(endedAt)}`),
      ...fact('Trail', `${name} (account ${accountId}, ${region})`),
      ...runbookFacts('maintenance-window', runbook),
    ],
    links: [
      ...runbookLinks('maintenance-window', runbook),
      ...linksOf(null, logs, { id, from: startedAt, to: endedAt ?? startedAt }),
    ],
  };
}

function windowWording(notice: WindowNotice, name: string): Wording {
  if (notice.endedAt !== null) {
    return {
      title: `The maintenance window on ${name} ${endedEarly(notice) ? 'was ended early' : 'has ended'}`,
      callToAction: 'In enforce mode the next sweep restores what drifted in the meantime.',
    };
  }
  const { id, trail } = notice.window;
  return {
    title: `A maintenance window on ${name} has started`,
    callToAction:
      'Until it ends, drift of its kinds is reported and not restored. If no one you know requested it, end it.',
    needsAction: true,
    commands: command('End it', 'trailkeeper window end', trail, `--id ${wordOf(id)}`),
  };
}

/** How severe a change of trailkeeper itself is. */
export function tamperSeverity(event: TamperEvent): Severity {
  if (isAttempt(event)) return 'low';
  if (event.announcedBy !== undefined) return 'low';
  if (event.changes === undefined || event.faults.length > 0) return 'critical';
  return event.retired === undefined ? 'medium' : 'high';
}

/** The alert of a change of trailkeeper itself. */
function tamperAlert(event: TamperEvent, options: AlertOptions): Alert {
  const { id, cause, faults, changes, announcedBy = null } = event;
  const at = event.foundAt ?? event.at;
  const heading = changes === undefined ? 'Not as deployed' : 'Not signed';
  const { kind, ...wording } = tamperWording(event, options);
  return {
    ...optionalParts,
    id: printable(id),
    about: { kind, trail: null, startedAt: event.at, updatedAt: event.updatedAt ?? at },
    severity: tamperSeverity(event),
    isOver: isAttempt(event) || announcedBy !== null,
    ...wording,
    facts: [
      ...(cause === null ? [] : callFacts(cause, options)),
      ...fact('Time', formatTime(at)),
      ...(options.omitActors ? [] : fact('Announced by', announcedBy)),
      ...runbookFacts(kind, options.runbook),
    ],
    sections: [
      callsOfUpdate(event),
      { heading, lines: faults.map(printable), isCode: true },
      { heading: 'Written', lines: (changes ?? []).map(printable), isCode: true },
    ].filter(({ lines }) => lines.length > 0),
    links: [
      ...runbookLinks(kind, options.runbook),
      ...linksOf(cause, options.logs, { id, from: at, to: at }),
    ],
  };
}

/** The first and the latest calls of a stack update; none of a single call, which the title names. */
function callsOfUpdate(event: TamperEvent): Section {
  const { further = [], callCount = 1 } = event;
  const lines = further.length === 0 ? [] : [event, ...further].map(callOnPart);
  return {
    heading: 'Calls of the stack update',
    lines: withOmitted(lines, callCount),
    isCode: false,
  };
}
