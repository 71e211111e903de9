import type { Severity } from '#drift/impact.ts';
import { endedEarly, type WindowNotice } from '#incident/incident.ts';
import type { IncidentRecord } from '#incident/incident-records.ts';
import {
  isAttempt,
  type TamperCall,
  type TamperEvent,
  type TamperedPart,
} from '#incident/tamper-event.ts';
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
import type { AlertKind } from './alert-kinds.ts';
import { command, wordOf } from './commands.ts';
import { incidentAlert, withOmitted } from './incident-alert.ts';
import { linksOf } from './links.ts';
import { runbookFacts, runbookLinks } from './runbook.ts';
import { retirement } from './wording.ts';

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

const callOnPart = ({ cause, part }: TamperCall): string =>
  printable(`${cause?.eventName}${part === undefined ? '' : onPart(part)}`);

/** ` on Trailkeeper-Trail-s3 (account 111122223333, us-east-1)`, as far as the record says. */
function onPart({ names, account, region }: TamperedPart): string {
  const resources = names.length === 0 ? '' : ` on ${names.join(', ')}`;
  return `${resources}${account && region ? ` (account ${account}, ${region})` : ''}`;
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

type TamperWording = Wording & { readonly kind: AlertKind };

function tamperWording(event: TamperEvent, options: AlertOptions): TamperWording {
  const { faults, changes, retired, announcedBy } = event;
  if (isAttempt(event)) {
    return {
      kind: 'tampering-failed',
      title: attemptTitle(event),
      callToAction:
        'trailkeeper did not change. If you do not expect this call, ask the caller why.',
    };
  }
  if (announcedBy !== undefined) {
    return {
      kind: 'announced-deployment',
      title: tamperTitle(event),
      callToAction:
        'An approver announced this deployment, so it sent no alert. If no one you know did, someone else has the rights or the key of an approver.',
    };
  }
  if (changes === undefined) {
    const dependencies = accountOfDependencies(event);
    if (dependencies !== null) {
      return {
        kind: 'dependencies-changed',
        title: tamperTitle(event),
        callToAction: `If this was not your deployment, repair it with credentials of account ${dependencies}: until then what trails depend on there may be unprotected.`,
        needsAction: true,
        commands: command('Repair it', `trailkeeper deploy --dependencies ${dependencies}`),
      };
    }
    return {
      kind: 'deployment-changed',
      title: tamperTitle(event),
      callToAction:
        'If this was not your deployment, repair it: until then trails may be unprotected.',
      needsAction: true,
      commands: [
        ...command('See what differs', 'cdk diff'),
        ...command('Repair it', 'cdk deploy --all --revert-drift'),
      ],
    };
  }
  if (faults.length > 0 && changes.length > 0) {
    return {
      kind: 'table-changed',
      title: 'The state table was changed, perhaps not by an approver',
      callToAction:
        'The change is in force. If no one you know made it, store the version before it again. Then attach the policy of the table again: docs/operations.md, "Who may change baselines".',
      needsAction: true,
      commands: command('See the state of every trail', 'trailkeeper list'),
    };
  }
  if (faults.length > 0) {
    return {
      kind: 'table-changed',
      title: 'The state table has a change that no approver made',
      callToAction:
        'trailkeeper ignores it: the last version that an approver stored stays in force. Find out who can write to the table, and what else they changed.',
      needsAction: true,
      commands: command('See the state of every trail', 'trailkeeper list'),
    };
  }
  if (retired !== undefined) {
    return {
      kind: 'retired',
      title: `${parseTrailArn(retired.trail).name} is no longer protected (${retirement(retired, options)})`,
      callToAction:
        'Changes to the trail are neither reported nor reverted. If no one you know retired it, someone else can store baselines: protect it again, and find out who.',
      needsAction: true,
      commands: command(
        'Protect it again as it is now',
        'trailkeeper capture',
        retired.trail,
        '--reason "protect it again"',
      ),
    };
  }
  return {
    kind: 'approved-change',
    title: 'A change by an approver is in force',
    callToAction:
      'If no one you know made it, someone else has the rights or the key of an approver.',
  };
}

/** The account whose stack `Trailkeeper-Dependencies` was changed, or null. */
function accountOfDependencies({ part }: TamperEvent): string | null {
  const account = part?.isOfDependencies === true ? part.account : null;
  return account !== null && /^\d{12}$/.test(account) ? account : null;
}

function tamperTitle(event: TamperEvent): string {
  const { cause, callCount = 1 } = event;
  if (callCount > 1) return `A stack update changed trailkeeper itself: ${callCount} calls`;
  if (cause === null) return "trailkeeper's deployment has drifted";
  return `trailkeeper itself was changed: ${callOnPart(event)}`;
}

const attemptTitle = (event: TamperEvent): string =>
  event.callCount === undefined || event.callCount === 1
    ? `A call to change trailkeeper itself failed: ${callOnPart(event)}`
    : `${event.callCount} calls to change trailkeeper itself failed`;
