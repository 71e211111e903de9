import type { IncidentEvidence } from '#evidence/evidence.ts';
import { intervalsIn, lengthOf } from '#evidence/intervals.ts';
import { countIncidents, endingOf, headlineOf } from '#evidence/summary.ts';
import type { Gap } from '#gaps/gap.ts';
import { formatDuration } from '#text/time.ts';
import { parseTrailArn } from '#trail/trail-arn.ts';
import { chip, el, type Node, section, table, time } from './elements.ts';
import { incidentArticle } from './incident-article.ts';

/** The incidents of a page, each with its anchor. */
export type Anchored = { readonly incident: IncidentEvidence; readonly anchor: string };

/** So many incidents are shown in full; more are folded, and listed by day. */
const mostOpen = 3;
const mostInOneList = 60;

/** The list of all incidents and the evidence of each. */
export function incidentSection(all: readonly Anchored[]): Node {
  if (all.length === 0) return section('incidents', 'Incidents', el('p', {}, 'None.'));
  const title = all.length === 1 ? 'Incident' : `Incidents: ${all.length}`;
  if (all.length <= mostInOneList) return section('incidents', title, ...listed('Incidents', all));
  const days = [...Map.groupBy(all, ({ incident }) => incident.openedAt.slice(0, 10))];
  return section('incidents', title, ...days.map(daySection));
}

function daySection([day, all]: readonly [string, readonly Anchored[]]): Node {
  const { incidents, unresolved, bySeverity } = countIncidents(all.map(({ incident }) => incident));
  const counts = bySeverity.flatMap(({ severity, count }) => [
    chip(`${count} ${severity}`, severity),
    ' ',
  ]);
  const missing = missingText(all.flatMap(({ incident }) => incident.gaps));
  const left = unresolved === 0 ? '' : `, ${unresolved} NOT resolved`;
  return el(
    'details',
    { class: 'day' },
    el(
      'summary',
      {},
      el('h3', {}, `${day}: ${incidents} ${incidents === 1 ? 'incident' : 'incidents'}${left} `),
      ...counts,
      missing === 'none' ? '' : el('small', {}, `${missing} missing`),
    ),
    ...listed(`Incidents of ${day}`, all),
  );
}

/** A table of incidents, and the evidence of each. A single one needs no table. */
const listed = (caption: string, all: readonly Anchored[]): readonly Node[] => [
  ...(all.length === 1 ? [] : [table(caption, head, all.map(row))]),
  ...all.map(({ incident, anchor }) => incidentArticle(incident, anchor, all.length <= mostOpen)),
];

const head = ['Detected', 'Severity', 'What', 'Trail', 'Who', 'Missing', 'Ending'];

function row({ incident, anchor }: Anchored) {
  const { openedAt, severity, trail, cause, calls } = incident;
  const lead = cause ?? calls[0];
  return [
    time(openedAt),
    chip(severity),
    el('a', { href: `#${anchor}` }, headlineOf(incident)),
    parseTrailArn(trail).name,
    lead === undefined ? 'not known' : lead.principal.name,
    missingText(incident.gaps),
    endingOf(incident),
  ];
}

/** How long events were missing, each moment counted once. */
function missingText(gaps: readonly Gap[]): string {
  const all = { from: '0001-01-01T00:00:00Z', to: '9999-12-31T00:00:00Z' };
  const length = lengthOf(intervalsIn(gaps, all));
  const isUncertain = gaps.some(({ isCertain }) => !isCertain);
  return length === 0 ? 'none' : `${isUncertain ? 'up to ' : ''}${formatDuration(length)}`;
}
