import type { Gap } from '#gaps/gap.ts';
import { renderRemains, renderSpan } from '#gaps/render-gap.ts';
import type { Incident, TamperEvent } from '#incident/incident.ts';
import type { LogEntry } from '#incident/incident-log.ts';
import { renderImpacts, renderPlan } from '#reconcile/render-plan.ts';
import { escapeControlChars } from '#text/escape.ts';
import { type ApiCall, describeApiCall } from '#trail/api-call.ts';
import { paint, second, who } from './terminal.ts';

export const incidentColumns = ['TIME', 'TRAIL', 'STATUS', 'SEVERITY', 'ID', 'BY', 'WHAT'];

/** An incident as a row of these columns. */
export const incidentRow = (entry: LogEntry, title: string): string[] => {
  const { status, severity, id, by, what } = partsOf(entry);
  return [second(entry.at), title, status, severity, shortened(id), by, escapeControlChars(what)];
};

/** As much of an id as tells it from the others; UUIDs are long. */
const shortened = (id: string): string =>
  escapeControlChars(id.replace(/^([0-9a-f]{8})[0-9a-f-]{20,}$/, '$1'));

type Parts = Readonly<Record<'status' | 'severity' | 'id' | 'by' | 'what', string>>;

function partsOf(entry: LogEntry): Parts {
  if ('problem' in entry) {
    const status = paint('red', 'unreadable');
    return { status, severity: '', id: '', by: '', what: entry.problem };
  }
  if ('tampering' in entry) {
    const { cause, id } = entry.tampering;
    const [first = cause?.eventName ?? '', ...more] = toldOf(entry.tampering);
    const what = `${first}${andMore(more)}`;
    return isSigned(entry.tampering)
      ? { status: 'signed', severity: 'medium', id, by: '', what }
      : { status: paint('red', 'tampered'), severity: 'critical', id, by: by(cause), what };
  }
  const { severity, status, cause, hold, id } = entry.incident;
  const whom = hold === null ? by(cause) : who(hold.by);
  return { status: statusWord(status), severity, id, by: whom, what: summary(entry.incident) };
}

/** What those who may approve have signed, and nobody else has written. */
const isSigned = ({ cause, faults, changes = [] }: TamperEvent): boolean =>
  cause === null && faults.length === 0 && changes.length > 0;

const toldOf = ({ faults, changes = [] }: TamperEvent): readonly string[] =>
  faults.length > 0 ? faults : changes;

/** All that is kept of an incident, for people. */
export function incidentDetails(entry: LogEntry, title: string): string[] {
  const { status, severity, id, what } = partsOf(entry);
  const at = second(entry.at);
  const lines = (label: string, texts: readonly string[]) =>
    texts.map((text) => `  ${paint('dim', label.padEnd(9))}${escapeControlChars(text)}`);
  if (!('incident' in entry)) {
    const { cause, told } =
      'tampering' in entry
        ? { cause: entry.tampering.cause, told: toldOf(entry.tampering) }
        : { cause: null, told: [] };
    return [
      `${at}  ${title}  ${status}  ${escapeControlChars(id)}`,
      ...lines('what', told.length > 0 ? told : [what]),
      ...lines('by', causeLines(cause)),
    ];
  }
  const { cause, also, outcome, hold, startedAt, endedAt, count, reminders } = entry.incident;
  const { gaps = [] } = entry.incident;
  const applied = (outcome?.applied ?? []).map((step) =>
    step.status === 'applied'
      ? step.action
      : `${step.action} failed: ${step.message}${step.remedy ? `: ${step.remedy}` : ''}`,
  );
  return [
    `${at}  ${title}  ${status}  ${severity}  ${escapeControlChars(id)}`,
    ...lines('by', causeLines(cause)),
    ...lines('also', also.flatMap(causeLines)),
    ...lines('found', outcome === null ? [] : renderPlan(outcome.plan)),
    ...lines('means', outcome === null ? [] : renderImpacts(outcome.plan)),
    ...lines('applied', applied),
    ...lines(
      'left',
      outcome === null || outcome.applied.length === 0 ? [] : renderPlan(outcome.verified),
    ),
    ...lines('gap', gaps.flatMap(gapLines)),
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

const gapLines = (gap: Gap): readonly string[] => [
  renderSpan(gap),
  ...(gap.remains === null ? ['missing: not known'] : renderRemains(gap.remains)),
];

const by = (cause: ApiCall | null): string =>
  cause === null ? '' : escapeControlChars(describeApiCall(cause));

const causeLines = (cause: ApiCall | null): string[] =>
  cause === null
    ? []
    : [
        `${describeApiCall(cause)}: ${cause.eventName}${cause.error === null ? '' : `, which failed: ${cause.error.code}`}`,
      ];

/** The truce; else the gravest that it cost; else the call. */
function summary({ outcome, cause, hold }: Incident): string {
  if (hold !== null) return `${hold.kinds.join(', ')} until ${second(hold.until)}: ${hold.reason}`;
  const [worst, ...more] = outcome === null ? [] : renderImpacts(outcome.plan);
  if (worst !== undefined) return `${worst.replace(/^\w+: /, '')}${andMore(more)}`;
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
