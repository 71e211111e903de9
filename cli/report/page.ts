import { createHash } from 'node:crypto';
import { renderToString } from 'preact-render-to-string';
import type { Evidence, TrailEvidence } from '#evidence/evidence.ts';
import { spansOf } from '#evidence/timeline.ts';
import { escapeControlChars } from '#text/escape.ts';
import { titleOf } from '#trail/trail-arn.ts';
import { el, type Node, section, time } from './elements.ts';
import { gapSection } from './gap-section.ts';
import { glance } from './glance.ts';
import { type Anchored, incidentSection } from './incident-list.ts';
import { method } from './method.ts';
import { style } from './style.ts';
import { timeline } from './timeline.ts';
import { timelineTable } from './timeline-table.ts';
import { baselineSection, tamperSection, unknownSection, windowSection } from './trail-sections.ts';

/**
 * The evidence as one HTML page, which loads nothing and runs nothing. It is rendered from elements, so no text can become markup;
 * the content security policy allows the style of the page, by its hash, and nothing else.
 */
export function renderPage(raw: Evidence): string {
  const evidence = escaped(raw) as Evidence;
  return `<!doctype html>\n${renderToString(pageOf(evidence))}\n`;
}

/** A value in which every text shows its control characters, so that none can hide or turn around what is on the page. */
function escaped(value: unknown): unknown {
  if (typeof value === 'string') return escapeControlChars(value);
  if (Array.isArray(value)) return value.map(escaped);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [escapeControlChars(key), escaped(one)]),
  );
}

const policy = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'; base-uri 'none'; form-action 'none'`;

function pageOf(evidence: Evidence): Node {
  const title = titleOfPage(evidence);
  return el(
    'html',
    { lang: 'en' },
    el(
      'head',
      {},
      el('meta', { charset: 'utf-8' }),
      el('meta', { 'http-equiv': 'Content-Security-Policy', content: policy }),
      el('meta', { name: 'viewport', content: 'width=device-width, initial-scale=1' }),
      el('meta', { name: 'color-scheme', content: 'light dark' }),
      el('meta', { name: 'referrer', content: 'no-referrer' }),
      el('title', {}, title),
      // Text of a style element is not escaped by HTML, and this one is a constant.
      el('style', { dangerouslySetInnerHTML: { __html: style } as never }),
    ),
    el(
      'body',
      {},
      el('a', { href: '#main', class: 'skip' }, 'Skip to the content'),
      header(evidence, title),
      el('main', { id: 'main', tabindex: -1 }, ...sectionsOf(evidence)),
      el(
        'footer',
        {},
        el(
          'p',
          {},
          `trailkeeper ${evidence.generator}. `,
          'The JSON of the same report has every value in full.',
        ),
      ),
    ),
  );
}

const titleOfPage = ({ trails, incident }: Evidence): string => {
  const names = trails.map(({ trail }) => titleOf(trail));
  const of = names.length <= 2 ? names.join(' and ') : `${names.length} trails`;
  return `${incident === null ? 'Evidence' : 'Evidence of one incident'}: ${of}`;
};

const header = ({ window, generatedAt, generatedBy }: Evidence, title: string): Node =>
  el(
    'header',
    {},
    el('h1', {}, title),
    el('p', { class: 'when' }, time(window.from), ' to ', time(window.to)),
    el('p', { class: 'by' }, 'Generated ', time(generatedAt), ' by ', el('code', {}, generatedBy)),
    el(
      'nav',
      { 'aria-label': 'On this page' },
      el(
        'ul',
        {},
        ...contents.map(([id, name]) => el('li', {}, el('a', { href: `#${id}` }, name))),
      ),
    ),
  );

const contents = [
  ['glance', 'At a glance'],
  ['timeline', 'Timeline'],
  ['incidents', 'Incidents'],
  ['gaps', 'Gaps'],
  ['baselines', 'Baseline'],
  ['windows', 'Maintenance windows'],
  ['trailkeeper', 'trailkeeper itself'],
  ['unknown', 'Not known'],
  ['method', 'How to check this'],
] as const;

function sectionsOf(evidence: Evidence): readonly Node[] {
  const { trails, tampering, recoveries } = evidence;
  const all = trails
    .flatMap(({ incidents }) => incidents)
    .map((incident, i): Anchored => ({ incident, anchor: `incident-${i + 1}` }));
  const anchors = new Map(all.map(({ incident, anchor }) => [incident.id, anchor]));
  return [
    glance(evidence),
    section(
      'timeline',
      'Timeline',
      ...trails.flatMap((trail, i) => figures(trail, i, evidence, anchors)),
    ),
    incidentSection(all),
    gapSection(all, recoveries),
    baselineSection(trails),
    windowSection(trails),
    tamperSection(tampering),
    unknownSection(trails),
    method(),
  ];
}

function figures(
  trail: TrailEvidence,
  index: number,
  { window }: Evidence,
  anchors: ReadonlyMap<string, string>,
): readonly Node[] {
  const spans = spansOf(trail);
  const drawing = {
    ...{ id: `timeline-${index + 1}`, name: titleOf(trail.trail), window },
    anchorOf: (incident: string | null) => (incident && anchors.get(incident)) || null,
  };
  return [
    el(
      'figure',
      {},
      el('figcaption', {}, drawing.name),
      el(
        'div',
        {
          class: 'scroll',
          role: 'region',
          'aria-label': `Timeline of ${drawing.name}`,
          tabindex: 0,
        },
        timeline(trail, spans, drawing),
      ),
    ),
    timelineTable(spans, drawing),
  ];
}
