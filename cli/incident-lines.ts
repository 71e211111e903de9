import { alertOf, tamperSeverity } from '#alert/alert-of.ts';
import { textOf } from '#alert/plain-text.ts';
import type { Recoveries } from '#evidence/evidence.ts';
import { extentText, isRecoverable, recoveryOfGap, renderRecovery } from '#evidence/recoveries.ts';
import type { Gap } from '#gaps/gap.ts';
import { hasRepair, type Incident } from '#incident/incident.ts';
import { gapsUntil } from '#incident/incident-gaps.ts';
import type { LogEntry } from '#incident/incident-records.ts';
import { isQuiet } from '#incident/lifecycle/states.ts';
import { isAttempt, type TamperEvent } from '#incident/tamper-event.ts';
import { escapeControlChars } from '#text/escape.ts';
import { formatTime } from '#text/time.ts';
import type { ApiCall } from '#trail/api-call.ts';
import { columns, paint, principalName, wrappable } from './terminal.ts';

/** A stored record, and what it is about: the ARN of a trail, or trailkeeper itself. */
export type Entry = LogEntry & { readonly of: string };

export function incidentTable(entries: readonly Entry[]): readonly string[] {
  const head = ['ID', 'TIME (UTC)', 'SEVERITY', 'STATE', 'TRAIL', 'CAUSE'];
  return columns(head, entries.map(row));
}

function row(entry: Entry): readonly string[] {
  const { id, severity, state, isDone, cause } = summaryOf(entry);
  const time = formatTime(entry.at).slice('YYYY-'.length, 'YYYY-MM-DD hh:mm'.length);
  const subject = entry.of.split(':trail/').at(-1) ?? entry.of;
  return [
    id.slice(0, 8),
    time,
    severity,
    paint(isDone ? 'green' : 'red', state),
    ...[subject, cause].map(escapeControlChars),
  ];
}

type Summary = Readonly<Record<'id' | 'severity' | 'state' | 'cause', string>> & {
  /** Whether nothing is left to do. */
  readonly isDone: boolean;
};

function summaryOf(entry: Entry): Summary {
  if ('problem' in entry) {
    return { id: '', severity: '', state: 'unreadable', isDone: false, cause: entry.problem };
  }
  if ('notice' in entry) {
    const { id, window, endedAt } = entry.notice;
    const state = endedAt === null ? 'window' : 'window ended';
    const cause = `${window.kinds.join(', ')} by ${principalName(window.by)}`;
    return { id, severity: 'medium', state, isDone: endedAt !== null, cause };
  }
  if ('tampering' in entry) return tamperSummary(entry.tampering);
  const { id, severity, cause, calls } = entry.incident;
  const call = cause ?? calls[0]?.call ?? null;
  return {
    id,
    severity,
    state: stateOf(entry.incident),
    isDone: isQuiet(entry.incident.state),
    cause: callText(call) ?? 'unknown',
  };
}

/** The state; once the trail is in sync, how its drift ended: some may have been restored and some accepted. */
function stateOf({ state, episodes }: Incident): string {
  if (state !== 'resolved') return state;
  const ends = episodes.flatMap((episode) => [
    ...(hasRepair(episode) ? ['restored'] : []),
    episode.resolution === 'external' ? 'resolved' : (episode.resolution ?? state),
  ]);
  return [...new Set(ends)].join(', ') || state;
}

function tamperSummary(event: TamperEvent): Summary {
  const { id, cause, faults, changes = [], announcedBy } = event;
  const summary = {
    id,
    severity: tamperSeverity(event),
    cause: callText(cause) ?? faults[0] ?? changes[0] ?? '',
  };
  if (isAttempt(event)) return { ...summary, state: 'attempted', isDone: true };
  if (announcedBy !== undefined) return { ...summary, state: 'announced', isDone: true };
  if (cause === null && faults.length === 0) return { ...summary, state: 'stored', isDone: true };
  return { ...summary, state: 'tampered', isDone: false };
}

const callText = (call: ApiCall | null): string | null =>
  call && `${call.eventName} by ${call.principal.name}`;

/** Everything that people are notified of about a record, with each episode and call. */
export function incidentDetails(entry: Entry, maxWindowHours: number): readonly string[] {
  if ('problem' in entry) return [escapeControlChars(entry.problem)];
  const options = {
    logs: { region: '', groups: [] },
    omitActors: false,
    maxWindowHours,
    runbook: null,
  };
  const alert = alertOf(entry, options);
  return [wrappable(textOf({ ...alert, links: [] }))];
}

/** The gaps of an incident that event history may have events of. */
export const gapsToRecover = (incident: Incident, now: Date): readonly Gap[] =>
  gapsUntil(now.toISOString(), incident).filter(isRecoverable);

/** What was recovered of an incident, with its manifests. */
export function recoveryDetails(
  entry: Entry,
  recoveries: Recoveries,
  now: Date,
): readonly string[] {
  if (!('incident' in entry)) return [];
  const gaps = gapsToRecover(entry.incident, now);
  if (gaps.length === 0) return [];
  const { id, trail } = entry.incident;
  const found = gaps.map((gap) => ({ gap, ...recoveryOfGap(gap, trail, recoveries) }));
  const manifests = new Set(found.flatMap((one) => one.manifests));
  const isLeft = found.some(({ extent }) => extent !== 'all');
  return [
    '',
    'Recovered from event history:',
    ...new Set(
      found.map(
        ({ gap: { from, to }, extent }) =>
          `- ${formatTime(from)} to ${formatTime(to)}: ${extentText[extent]}`,
      ),
    ),
    ...recoveries.found
      .filter(({ manifest }) => manifests.has(manifest))
      .flatMap((one) => renderRecovery(one).map((line) => `- ${line}`)),
    ...recoveries.unread.map((line) => `- ${line}`),
    ...(isLeft
      ? [`- npx --no -- trailkeeper recover --incident ${id.slice(0, 8)} recovers them`]
      : []),
  ].map((line) => wrappable(escapeControlChars(line)));
}
