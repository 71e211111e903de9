import type { LogEntry } from '#aws/incident-log.ts';
import { type Cause, describeCause } from '#core/cause.ts';
import type { Incident } from '#core/incident.ts';
import { renderImpacts, renderPlan } from '#core/render.ts';
import { renderText } from '#core/text.ts';
import { paint, second } from './terminal.ts';

export const incidentColumns = ['TIME', 'TRAIL', 'STATUS', 'SEVERITY', 'WHAT', 'BY', 'ID'];

/** An incident as a row of these columns. */
export function incidentRow(entry: LogEntry, title: string): string[] {
  const at = second(entry.at);
  if ('problem' in entry)
    return [at, title, paint('red', 'unreadable'), '', renderText(entry.problem)];
  if ('tampering' in entry) {
    const { cause, faults, id } = entry.tampering;
    const [fault = cause?.eventName ?? '', ...more] = faults;
    const what = `${fault}${andMore(more)}`;
    return [at, title, paint('red', 'tampered'), '', renderText(what), by(cause), renderText(id)];
  }
  const { incident } = entry;
  const { severity, status, cause, id } = incident;
  const what = renderText(summary(incident));
  return [at, title, statusWord(status), severity, what, by(cause), renderText(id)];
}

/** All that is kept of an incident, for people. */
export function incidentDetails(entry: LogEntry, title: string): string[] {
  const [at = '', , status = '', severity = '', what = ''] = incidentRow(entry, title);
  const lines = (label: string, texts: readonly string[]) =>
    texts.map((text) => `  ${paint('dim', label.padEnd(9))}${renderText(text)}`);
  if (!('incident' in entry)) {
    const { cause = null, faults = [] } = 'tampering' in entry ? entry.tampering : {};
    return [
      `${at}  ${title}  ${status}`,
      ...lines('what', faults.length > 0 ? faults : [what]),
      ...lines('by', causeLines(cause)),
    ];
  }
  const { cause, also, outcome, hold, startedAt, endedAt, count, reminders } = entry.incident;
  const applied = (outcome?.applied ?? []).map((step) =>
    step.status === 'applied'
      ? step.action
      : `${step.action} failed: ${step.message}${step.remedy ? `: ${step.remedy}` : ''}`,
  );
  return [
    `${at}  ${title}  ${status}  ${severity}`,
    ...lines('by', causeLines(cause)),
    ...lines('also', also.flatMap(causeLines)),
    ...lines('found', outcome === null ? [] : renderPlan(outcome.plan)),
    ...lines('means', outcome === null ? [] : renderImpacts(outcome.plan)),
    ...lines('applied', applied),
    ...lines(
      'left',
      outcome === null || outcome.applied.length === 0 ? [] : renderPlan(outcome.verified),
    ),
    ...lines(
      'held',
      hold === null
        ? []
        : [`${hold.kinds.join(', ')} until ${second(hold.until)} by ${hold.by}: ${hold.reason}`],
    ),
    ...lines('began', [startedAt]),
    ...lines('ended', [endedAt ?? 'not yet']),
    ...lines('count', count > 1 ? [String(count)] : []),
    ...lines('reminded', reminders > 0 ? [String(reminders)] : []),
  ];
}

const by = (cause: Cause | null): string =>
  cause === null ? '' : renderText(describeCause(cause));

const causeLines = (cause: Cause | null): string[] =>
  cause === null
    ? []
    : [
        `${describeCause(cause)}: ${cause.eventName}${cause.error === null ? '' : `, which failed: ${cause.error.code}`}`,
      ];

/** The gravest that it cost; else the call. */
function summary({ outcome, cause, hold }: Incident): string {
  const [worst, ...more] = outcome === null ? [] : renderImpacts(outcome.plan);
  if (worst !== undefined) return `${worst.replace(/^\w+: /, '')}${andMore(more)}`;
  if (hold !== null) return `${hold.kinds.join(', ')} until ${second(hold.until)}: ${hold.reason}`;
  if (cause === null) return '';
  return cause.error === null ? cause.eventName : `${cause.eventName}: ${cause.error.code}`;
}

const andMore = ({ length }: readonly unknown[]): string =>
  length === 0 ? '' : ` (and ${length} more)`;

function statusWord(status: Incident['status']): string {
  if (status === 'restored' || status === 'recovered') return paint('green', status);
  return paint(told.has(status) ? 'yellow' : 'red', status);
}

/** What is no trouble by itself. */
const told: ReadonlySet<Incident['status']> = new Set([
  'touched',
  'attempted',
  'held',
  'deferred',
  'hold-began',
  'hold-ended',
  'digest',
]);
