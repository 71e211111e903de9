import { lanes } from '#evidence/lanes.ts';
import type { Span } from '#evidence/timeline.ts';
import { formatBetween } from '#text/time.ts';
import { el, type Node, table, time } from './elements.ts';
import type { Drawing } from './timeline.ts';

/** A longer table is folded, so that the page stays readable. */
const most = 8;

/** The timeline as a table. */
export function timelineTable(spans: readonly Span[], { name, anchorOf }: Drawing): Node {
  const rows = spans.map(({ from, to, isOpen, lane, title, by, incident }) => {
    const anchor = anchorOf(incident);
    return [
      time(from),
      `${formatBetween(from, to)}${isOpen ? ' so far' : ''}`,
      lanes[lane],
      anchor === null ? title : el('a', { href: `#${anchor}` }, title),
      by || 'not known',
    ];
  });
  return el(
    'details',
    { class: 'spans', open: spans.length <= most },
    el('summary', {}, `The timeline as a table: ${spans.length} entries`),
    table(`Timeline of ${name}`, ['From', 'For', 'Lane', 'What', 'By'], rows),
  );
}
