import type { Evidence, TrailEvidence } from '#evidence/evidence.ts';
import { shareText, summaryLines, summaryOf } from '#evidence/summary.ts';
import { formatDuration } from '#text/time.ts';
import { titleOf } from '#trail/trail-arn.ts';
import { chip, el, type Node, section, time } from './elements.ts';

/** The answer in one look: what was recorded, how many incidents, what is left. */
export function glance(evidence: Evidence): Node {
  const { trails } = evidence;
  const { unresolved } = summaryOf(evidence);
  return section(
    'glance',
    'At a glance',
    el(
      'p',
      { class: `verdict ${unresolved > 0 ? 'bad' : 'good'}` },
      summaryLines(evidence).join(' '),
    ),
    el('div', { class: 'coverage' }, ...trails.map(coverageTile)),
    el('div', { class: 'tiles' }, ...countTiles(evidence)),
  );
}

/** Each trail has a tile; more than these have a line in the timeline, too. */
function coverageTile({ trail, coverage }: TrailEvidence): Node {
  const { problem, recorded, missing, unknown } = coverage;
  const name = `Coverage of ${titleOf(trail)}`;
  if (problem !== null) return tile(name, 'not known', problem);
  const parts = [
    { look: 'recorded', ...recorded },
    { look: 'missing', ...missing },
    { look: 'unknown', ...unknown },
  ];
  return el(
    'div',
    { class: 'tile' },
    el('h3', {}, name),
    el('p', { class: 'number' }, `${recorded.percent} %`),
    el('p', {}, 'of the time, all management events of the baseline were recorded'),
    shareBar(parts),
    el(
      'ul',
      { class: 'legend' },
      ...parts.map(({ look, ...share }) =>
        el(
          'li',
          {},
          el('span', { class: `key ${look}`, 'aria-hidden': 'true' }),
          shareText(look, share),
        ),
      ),
    ),
  );
}

type Part = { readonly look: string; readonly percent: number };

/** The shares as a bar; the legend says the same in text. */
function shareBar(parts: readonly Part[]): Node {
  const widths = parts.map(({ percent }) => (percent === 0 ? 0 : Math.max(6, percent * 10)));
  const [, missing = 0, unknown = 0] = widths;
  const recorded = Math.max(0, 1000 - missing - unknown);
  return el(
    'svg',
    { viewBox: '0 0 1000 14', class: 'shares', 'aria-hidden': 'true', preserveAspectRatio: 'none' },
    el('rect', { x: 0, width: recorded, height: 14, class: 'recorded' }),
    el('rect', { x: recorded, width: missing, height: 14, class: 'missing' }),
    el('rect', { x: recorded + missing, width: unknown, height: 14, class: 'unknown-solid' }),
  );
}

function countTiles(evidence: Evidence): readonly Node[] {
  const { incidents, unresolved, bySeverity, missing, recoverableUntil, recovered } =
    summaryOf(evidence);
  return [
    el(
      'div',
      { class: 'tile' },
      el('h3', {}, 'Incidents'),
      el('p', { class: 'number' }, String(incidents)),
      el(
        'p',
        {},
        ...bySeverity.flatMap(({ severity, count }) => [
          chip(`${count} ${severity}`, severity),
          ' ',
        ]),
      ),
    ),
    tile(
      'Not resolved',
      String(unresolved),
      unresolved === 0 ? 'nothing is left to do' : 'see the incidents',
    ),
    tile(
      'Missing events',
      missing === 0 ? 'none' : formatDuration(missing),
      recoverableUntil === null
        ? recovered > 0
          ? 'recovered from event history'
          : 'nothing to recover'
        : el('span', {}, 'in event history until ', time(recoverableUntil)),
    ),
  ];
}

const tile = (name: string, number: string, text: Node | string): Node =>
  el(
    'div',
    { class: 'tile' },
    el('h3', {}, name),
    el('p', { class: 'number' }, number),
    el('p', {}, text),
  );
