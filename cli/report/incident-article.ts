import { clip } from '#alert/alert.ts';
import { callsWithCause } from '#evidence/call-evidence.ts';
import type {
  CallEvidence,
  EpisodeEvidence,
  GapEvidence,
  IncidentEvidence,
} from '#evidence/evidence.ts';
import { extentText } from '#evidence/recoveries.ts';
import { endingOf, headlineOf } from '#evidence/summary.ts';
import { meanings } from '#incident/lifecycle/states.ts';
import type { Json } from '#text/diff.ts';
import { formatBetween, formatDuration, formatTime } from '#text/time.ts';
import { chip, code, el, facts, list, type Node, table, time } from './elements.ts';

/** An incident with the evidence behind each line. */
export const incidentArticle = (
  incident: IncidentEvidence,
  anchor: string,
  isOpen: boolean,
): Node =>
  el(
    'details',
    { class: 'incident folded', open: isOpen },
    el(
      'summary',
      {},
      el(
        'h3',
        {},
        ...[chip(incident.severity), ' ', headlineOf(incident), ' '],
        el('small', {}, time(incident.openedAt), `, ${incident.state}`),
      ),
    ),
    // A link to what is in a folded element unfolds it; one to the element itself does not.
    el('div', { id: anchor, class: 'content', tabindex: -1 }, ...contentOf(incident)),
  );

function contentOf(incident: IncidentEvidence): readonly Node[] {
  return [
    factsOf(incident),
    ...changesTable(incident),
    ...callsTable(incident),
    ...repairsTable(incident),
    ...incident.interruptions.map(({ from, to, isFromKnown }) =>
      el(
        'p',
        {},
        `Logging was interrupted ${isFromKnown ? 'from' : 'at some time after'} `,
        time(from),
        ' to ',
        time(to),
        '.',
      ),
    ),
    recordLine(incident),
  ];
}

function factsOf(incident: IncidentEvidence): Node {
  const { cause, calls, openedAt, closedAt, state, title, callToAction } = incident;
  const lead = cause ?? calls[0] ?? null;
  return facts([
    ['Who', lead === null ? 'not known: no call explains it' : lead.principal.description],
    ['From', lead && fromOf(lead)],
    ['Call', lead && el('span', {}, code(lead.eventName), ` in ${lead.region}, `, timeOf(lead.at))],
    ['Cost', costOf(incident)],
    ['Detected', el('span', {}, time(openedAt), detectedAfter(lead, openedAt))],
    ['Restored', endingOf(incident)],
    ['Not usable', incident.baselineError],
    ['Result', title],
    ['State', `${state}: ${meanings[state]}`],
    ['Closed', closedAt && time(closedAt)],
    ['What to do', callToAction],
  ]);
}

const timeOf = (at: string | null): Node | string =>
  at === null ? 'at an unknown time' : time(at);

const detectedAfter = (lead: CallEvidence | null, openedAt: string): string =>
  lead?.at == null ? '' : `, ${formatBetween(lead.at, openedAt)} after the call`;

const fromOf = ({ sourceIp, tool, principal: { mfa } }: CallEvidence): string =>
  [
    sourceIp ?? 'unknown address',
    ...(tool === null ? [] : [`with ${tool}`]),
    ...(mfa === null ? [] : [mfa ? 'with MFA' : 'without MFA']),
  ].join(', ');

/** What was lost, and what of it can be recovered. */
function costOf({ gaps, episodes }: IncidentEvidence): Node | string {
  const impacts = episodes.flatMap(({ changes }) =>
    changes.map(({ severity, description }) => `${severity}: ${description}`),
  );
  const lines = [...new Set([...impacts, ...gaps.map(gapLine)])];
  return lines.length === 0 ? 'no drift was found' : list(lines);
}

/** A gap in short; the table of gaps has the details. */
function gapLine({ from, to, isOpen, isCertain, recoverability, recovery }: GapEvidence): string {
  const length = formatDuration(Date.parse(to) - Date.parse(from));
  const span = `${isCertain ? '' : 'perhaps '}${length}${isOpen ? ' so far' : ''}`;
  if (recoverability === null) return `${span} in which it is not known what is missing`;
  const { recoverable, elsewhere, lost, digests } = recoverability;
  return [
    `${span} without these events`,
    ...(recoverable === null
      ? []
      : [
          `${recoverable.events} events are in event history until ${formatTime(recoverable.until)}`,
        ]),
    ...(recovery === null ? [] : [extentText[recovery.extent]]),
    ...(elsewhere === null ? [] : [elsewhere]),
    ...(lost.length === 0 ? [] : [`lost: ${lost.map((kind) => `${kind} events`).join(', ')}`]),
    ...(digests?.status === 'broken' ? ['the chain of digest files is broken'] : []),
  ].join('; ');
}

function changesTable({ episodes }: IncidentEvidence): readonly Node[] {
  const rows = episodes.flatMap(({ changes, version, unread }, i) => [
    ...changes.map((change) => [
      code([change.kind, change.path].filter(Boolean).join('.')),
      code(shown(change.desired)),
      code(shown(change.actual)),
      el('span', {}, chip(change.severity), ` ${change.description}`),
      `${episodes.length > 1 ? `episode ${i + 1}, ` : ''}version ${version}`,
    ]),
    ...unread.map((problem) => ['not read', '', '', problem, `version ${version}`]),
  ]);
  const head = ['Field', 'Baseline', 'Found', 'Impact', 'Compared with'];
  return rows.length === 0 ? [] : [table('What drifted', head, rows)];
}

/** The JSON has values that are too long for the page. */
const shown = (value: unknown): string =>
  value === null ? 'absent' : clip(JSON.stringify(value as Json), longestValue);

const longestValue = 400;

function callsTable(incident: IncidentEvidence): readonly Node[] {
  const { calls, callCount } = incident;
  const all = callsWithCause(incident);
  if (all.length === 0) return [];
  const more = callCount > calls.length ? ` (${calls.length} of ${callCount})` : '';
  const head = ['Time', 'Call', 'By', 'From', 'Effect', 'Event id', 'Request id'];
  return [table(`Calls${more}`, head, all.map(callRow))];
}

const callRow = (call: CallEvidence) => [
  timeOf(call.at),
  el('span', {}, code(call.eventName), call.error === null ? '' : `, failed: ${call.error.code}`),
  call.principal.description,
  fromOf(call),
  call.effect ?? 'caused',
  call.eventId === null ? 'none' : eventIdOf(call.eventId, call.link),
  call.requestId === null ? 'none' : code(call.requestId),
];

const eventIdOf = (id: string, link: string | null): Node =>
  link === null ? code(id) : el('a', { href: link, rel: 'noreferrer' }, code(id));

function repairsTable({ episodes }: IncidentEvidence): readonly Node[] {
  const rows = episodes.flatMap((episode) =>
    episode.repairs.map(({ action, kind, status, error }) => [
      code(action),
      kind,
      el('span', {}, chip(status), error === null ? '' : ` ${error}`),
      readBackOf(episode),
    ]),
  );
  const left = episodes.flatMap((episode) => episode.left);
  return [
    ...(rows.length === 0
      ? []
      : [table('What trailkeeper did', ['Call', 'For', 'Result', 'Read back'], rows)]),
    ...(left.length === 0 ? [] : [el('p', {}, 'Still different:'), list(left)]),
  ];
}

const readBackOf = ({ resolvedAt }: EpisodeEvidence): Node | string =>
  resolvedAt === null ? 'not in sync yet' : el('span', {}, 'in sync at ', time(resolvedAt));

const recordLine = ({ id, record }: IncidentEvidence): Node =>
  el(
    'p',
    { class: 'record' },
    'Incident ',
    code(id),
    '. Record ',
    code(`${record.pk} ${record.sk}`),
    ', SHA-256 ',
    code(record.sha256),
  );
