import { truncateLines } from '#text/truncate.ts';
import { type Alert, clip, headline, type Section } from './alert.ts';

/** The subject of an e-mail. Source: Amazon SNS API reference, Publish: ASCII, no line breaks, less than 100 characters. */
export const subjectOf = (alert: Alert): string =>
  clip(`trailkeeper: ${headline(alert)}`, 97)
    .replaceAll('…', '...')
    .replace(/[^\x20-\x7e]/g, '?')
    .slice(0, 99);

/** An alert as plain text, of about so many characters at most. */
export function textOf(alert: Alert, characters = 20_000): string {
  const { title, callToAction, commands, impacts, todo, drift, facts, sections, links, id } = alert;
  const width = Math.max(0, ...facts.map(({ label }) => label.length));
  const share = Math.floor(characters / (sections.length + 4));
  return [
    `${title}.`,
    callToAction,
    ...[impacts, todo].flatMap((section) => sectionLines(section, share)),
    ...commands.flatMap(({ label, value }) => block(`${label}:`, [value], '  ')),
    ...sectionLines(drift, share),
    ...block(
      '',
      facts.map(({ label, value }) => `${label.padEnd(width)}  ${value}`),
      '',
    ),
    ...sections.flatMap((section) => sectionLines(section, share)),
    ...block('', [...links.map(({ text, url }) => `${text}: ${url}`), `Incident: ${id}`], ''),
  ].join('\n');
}

const sectionLines = ({ heading, lines, isCode }: Section, share: number): readonly string[] =>
  block(`${heading}:`, truncateLines(lines, share), isCode ? '  ' : '- ');

const block = (heading: string, lines: readonly string[], mark: string): readonly string[] =>
  lines.length === 0
    ? []
    : ['', ...(heading === '' ? [] : [heading]), ...lines.map((line) => `${mark}${line}`)];
