import { type ComponentChild, h, type VNode } from 'preact';
import { renderToString } from 'preact-render-to-string';
import { truncateLines } from '#text/truncate.ts';
import { type Alert, type Fact, lookOf, type Section, withoutLinks } from '../alert.ts';

/**
 * An alert as HTML for mail programs: tables and inline styles, because many ignore style sheets; no image and nothing that is loaded. It is
 * rendered from elements, so no text can become markup; only our own links are links.
 */
export const htmlOf = (alert: Alert): string => `<!doctype html>${renderToString(page(alert))}`;

function page(alert: Alert): VNode {
  const { title, callToAction, commands, impacts, todo, drift, facts, sections, links, id } = alert;
  const { icon, color } = lookOf(alert);
  return el(
    'html',
    { lang: 'en' },
    el(
      'head',
      {},
      el('meta', { charset: 'utf-8' }),
      el('meta', { name: 'viewport', content: 'width=device-width, initial-scale=1' }),
      el('meta', { name: 'color-scheme', content: 'light dark' }),
      el('title', {}, plain(title)),
    ),
    el(
      'body',
      { style: 'margin:0;padding:16px;font:15px/1.5 Arial,Helvetica,sans-serif' },
      el(
        'div',
        {
          style: `max-width:640px;overflow-wrap:anywhere;word-break:break-word;margin:0 auto;border-left:6px solid ${color};padding-left:16px`,
        },
        el(
          'h1',
          { style: 'margin:0 0 8px;font-size:20px;line-height:1.3' },
          plain(`${icon} ${title}`),
        ),
        el('p', { style: 'margin:0 0 16px' }, plain(callToAction)),
        ...[impacts, todo].flatMap(sectionBlock),
        ...commands.flatMap(commandBlock),
        ...sectionBlock(drift),
        ...factTable(facts),
        ...sections.flatMap(sectionBlock),
        el(
          'p',
          { style: 'margin:16px 0 0' },
          ...links.flatMap(({ text, url }, i) => [
            ...(i === 0 ? [] : ['  ·  ']),
            el('a', { href: url }, text),
          ]),
        ),
        el('p', { style: `margin:8px 0 0;${muted}` }, plain(`incident ${id}`)),
      ),
    ),
  );
}

function sectionBlock({ heading, lines, isCode }: Section): readonly VNode[] {
  if (lines.length === 0) return [];
  const shown = truncateLines(lines, 5000).map(plain);
  return [
    headingOf(heading),
    isCode
      ? el('pre', { style: code }, shown.join('\n'))
      : el('ul', { style: 'margin:0;padding-left:20px' }, ...shown.map((one) => el('li', {}, one))),
  ];
}

const commandBlock = ({ label, value }: Fact): readonly VNode[] => [
  headingOf(label),
  el('pre', { style: code }, plain(value)),
];

const headingOf = (text: string): VNode =>
  el('h2', { style: 'margin:16px 0 4px;font-size:15px' }, plain(text));

const factTable = (facts: readonly Fact[]): readonly VNode[] =>
  facts.length === 0
    ? []
    : [
        el(
          'table',
          { role: 'presentation', style: 'margin:16px 0 0;border-collapse:collapse' },
          ...facts.map(({ label, value }) =>
            el(
              'tr',
              {},
              el('td', { style: labelStyle }, label),
              el('td', { style: 'padding:2px 0;word-break:break-word' }, plain(value)),
            ),
          ),
        ),
      ];

const el = (name: string, attributes: object, ...children: readonly ComponentChild[]): VNode =>
  h(name, attributes, ...children);

/** Mail programs make links of addresses in text. */
const plain = withoutLinks;

const muted = 'color:#6b6b6b';
const labelStyle = `padding:2px 16px 2px 0;vertical-align:top;white-space:nowrap;${muted}`;
const code =
  'margin:0;padding:8px;border:1px solid #ccc;border-radius:4px;font:13px/1.5 Consolas,Menlo,monospace;white-space:pre-wrap;word-break:break-word';
