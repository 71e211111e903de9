import { truncateLines } from '#text/truncate.ts';
import { type Alert, cut, headline } from './alert.ts';

/** A subject as e-mail takes it. Source: Amazon SNS API reference, Publish: ASCII, no line breaks, less than 100 characters. */
export const subjectOf = (alert: Alert): string =>
  cut(`trailkeeper: ${headline(alert)}`, 99)
    .replaceAll('…', '...')
    .replace(/[^\x20-\x7e]/g, '?')
    .slice(0, 99);

/** An alert as plain text, at most about so many characters long. */
export function textOf(alert: Alert, characters = 20_000): string {
  const { title, severity, callToAction, impacts, todo, facts, parts, links, id } = alert;
  const width = Math.max(0, ...facts.map(({ label }) => label.length));
  const share = Math.floor(characters / (parts.length + 3));
  return [
    `${title}.`,
    `${severity.toUpperCase()}: ${callToAction}`,
    ...block('', truncateLines(impacts, share), '- '),
    ...block(`${todo.heading}:`, truncateLines(todo.lines, share), '- '),
    ...block(
      '',
      facts.map(({ label, value }) => `${label.padEnd(width)}  ${value}`),
      '',
    ),
    ...parts.flatMap(({ heading, lines, isCode }) =>
      block(`${heading}:`, truncateLines(lines, share), isCode ? '  ' : '- '),
    ),
    ...block('', [...links.map(({ text, url }) => `${text}: ${url}`), `Incident: ${id}`], ''),
  ].join('\n');
}

const block = (heading: string, lines: readonly string[], mark: string): readonly string[] =>
  lines.length === 0
    ? []
    : ['', ...(heading === '' ? [] : [heading]), ...lines.map((line) => `${mark}${line}`)];
