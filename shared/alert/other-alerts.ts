import type { WindowNotice } from '#incident/incident.ts';
import type { TamperEvent } from '#incident/tamper-event.ts';
import { endOf } from '#reconcile/maintenance-window.ts';
import { formatTime } from '#text/time.ts';
import { parseTrailArn } from '#trail/trail-arn.ts';
import { callFacts } from './actor.ts';
import { type Alert, type AlertOptions, type Fact, fact, noSection, printable } from './alert.ts';
import { linksOf } from './links.ts';
import { tamperWording, windowWording } from './wording.ts';

/** The alert of a maintenance window that has started or ended. */
export function windowAlert(notice: WindowNotice, options: AlertOptions): Alert {
  const { logs, omitActors, maxWindowHours } = options;
  const { id, trail, window, startedAt, endedAt } = notice;
  const until = endOf(window, maxWindowHours);
  const { name, accountId, region } = parseTrailArn(trail);
  return {
    id: printable(id),
    severity: 'medium',
    ...windowWording({ ...notice, window: { ...window, until } }, name),
    impacts: noSection,
    todo: noSection,
    facts: [
      ...fact('Kinds', window.kinds.join(', ')),
      ...(omitActors ? [] : fact('Requested by', window.by)),
      ...fact('Reason', window.reason),
      ...fact('Until', formatTime(until)),
      ...fact('Ended', endedAt && `seen at ${formatTime(endedAt)}`),
      ...fact('Trail', `${name} (account ${accountId}, ${region})`),
    ],
    sections: [],
    links: linksOf(null, logs, { id, from: startedAt, to: endedAt ?? startedAt }),
  };
}

/** The alert of a change of trailkeeper itself. */
export function tamperAlert(event: TamperEvent, options: AlertOptions): Alert {
  const { id, cause, faults, changes } = event;
  const at = event.foundAt ?? event.at;
  const heading = changes === undefined ? 'Not as deployed' : 'Not signed';
  return {
    id: printable(id),
    severity: changes !== undefined && faults.length === 0 ? 'medium' : 'critical',
    ...tamperWording(event),
    impacts: noSection,
    todo: noSection,
    facts: [
      ...(cause === null ? [] : callFacts(cause, options)),
      ...partFacts(event),
      ...fact('Time', formatTime(at)),
    ],
    sections: [
      { heading, lines: faults.map(printable), isCode: true },
      { heading: 'Written', lines: (changes ?? []).map(printable), isCode: true },
    ].filter(({ lines }) => lines.length > 0),
    links: linksOf(cause, options.logs, { id, from: at, to: at }),
  };
}

function partFacts({ part }: TamperEvent): readonly Fact[] {
  if (part === undefined) return [];
  const { names, account, region } = part;
  return [
    ...fact('Part', names.join(', ') || null),
    ...fact('Where', account && region && `account ${account}, ${region}`),
  ];
}
