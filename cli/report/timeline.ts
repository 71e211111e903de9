import { clip } from '#alert/alert.ts';
import type { TrailEvidence } from '#evidence/evidence.ts';
import { type Lane, lanes } from '#evidence/lanes.ts';
import type { Span } from '#evidence/timeline.ts';
import { formatBetween, formatTime, type TimeRange } from '#text/time.ts';
import { type Bar, barsOf, columnsOf, columnWidth, mostBars } from './bars.ts';
import { el, type Node } from './elements.ts';
import { recordRow } from './record-row.ts';
import { type TimeScale, timeScale } from './time-scale.ts';

const size = { width: 1000, label: 168, right: 14, top: 30, row: 34, bar: 16 };
const plot = { start: size.label, end: size.width - size.right };

/** What the timeline needs of a page: ids that are unique in it, and the anchor of an incident. */
export type Drawing = {
  readonly id: string;
  readonly name: string;
  readonly window: TimeRange;
  readonly anchorOf: (incident: string | null) => string | null;
};

/** The timeline of a trail: what was recorded, and each lane. The table below it says the same. */
export function timeline(
  { coverage }: Pick<TrailEvidence, 'coverage'>,
  spans: readonly Span[],
  drawing: Drawing,
): Node {
  const { id, name, window } = drawing;
  const scale = timeScale(window, plot.start, plot.end);
  const shown = Object.keys(lanes).filter(
    (lane) => lane !== 'other' || spans.some((span) => span.lane === lane),
  ) as Lane[];
  const height = size.top + size.row * (shown.length + 1) + 8;
  return el(
    'svg',
    {
      ...{ viewBox: `0 0 ${size.width} ${height}`, role: 'img', class: 'timeline' },
      'aria-labelledby': `${id}-name ${id}-desc`,
    },
    el('title', { id: `${id}-name` }, `Timeline of ${name}`),
    el('desc', { id: `${id}-desc` }, describe(window, spans)),
    hatch(id),
    ...scale.ticks.flatMap((tick) => tickOf(tick, height)),
    ...rowLabel('Management events', 0),
    ...recordRow(coverage, scale, { ...plot, ...boxOf(0) }, `url(#${id}-hatch)`),
    ...shown.flatMap((lane, i) =>
      laneRow(
        { lane, index: i + 1, spans: spans.filter((span) => span.lane === lane) },
        scale,
        drawing,
      ),
    ),
  );
}

const describe = ({ from, to }: TimeRange, spans: readonly Span[]): string =>
  `${formatTime(from)} to ${formatTime(to)}: ${spans.length} entries. The table of the timeline lists them.`;

/** What is not certain is hatched, so that it differs without color, too. */
const hatch = (id: string): Node =>
  el(
    'defs',
    {},
    el(
      'pattern',
      {
        ...{ id: `${id}-hatch`, width: 6, height: 6, patternUnits: 'userSpaceOnUse' },
        patternTransform: 'rotate(45)',
      },
      el('rect', { width: 6, height: 6, class: 'hatch-ground' }),
      el('rect', { width: 2.5, height: 6, class: 'hatch-line' }),
    ),
  );

const tickOf = ({ x, label }: TimeScale['ticks'][number], height: number): readonly Node[] => [
  el('line', { x1: x, x2: x, y1: size.top - 6, y2: height - 8, class: 'tick' }),
  el(
    'text',
    {
      ...{ x: Math.min(x, size.width - size.right), y: size.top - 12, class: 'tick-label' },
      'text-anchor': x > size.width - 60 ? 'end' : 'middle',
    },
    label,
  ),
];

const rowTop = (index: number): number => size.top + index * size.row;

const boxOf = (index: number): Box => ({
  y: rowTop(index) + (size.row - size.bar) / 2,
  height: size.bar,
});

/** The name of a row, with a remark below it. */
function rowLabel(text: string, index: number, remark = ''): readonly Node[] {
  const middle = rowTop(index) + size.row / 2;
  const label = { x: 4, y: remark === '' ? middle + 5 : middle - 1, class: 'lane-label' };
  return [
    el('line', { x1: 0, x2: size.width, y1: rowTop(index), y2: rowTop(index), class: 'rule' }),
    el('text', label, text),
    ...(remark === '' ? [] : [el('text', { x: 4, y: middle + 12, class: 'remark' }, remark)]),
  ];
}

type Row = { readonly lane: Lane; readonly index: number; readonly spans: readonly Span[] };

function laneRow({ lane, index, spans }: Row, scale: TimeScale, drawing: Drawing): readonly Node[] {
  if (spans.length > mostBars) return denseRow({ lane, index, spans }, scale, drawing);
  const bars = barsOf(spans, scale);
  return [
    ...rowLabel(lanes[lane], index),
    ...bars.flatMap((bar, i) => [
      barOf(bar, boxOf(index), drawing),
      ...labelOf(bar, bars[i + 1], index),
    ]),
  ];
}

/** A lane with many spans: their number in each column, as its height. */
function denseRow(
  { lane, index, spans }: Row,
  scale: TimeScale,
  drawing: Drawing,
): readonly Node[] {
  const columns = columnsOf(spans, scale, [plot.start, plot.end]);
  const most = Math.max(...columns.map((column) => column.spans.length));
  const { y, height } = { y: rowTop(index) + 4, height: size.row - 8 };
  const span = formatBetween(scale.timeAt(plot.start), scale.timeAt(plot.start + columnWidth));
  return [
    ...rowLabel(lanes[lane], index, `up to ${most} in ${span}`),
    ...columns.map((column) => {
      const tall = Math.max(3, (column.spans.length / most) * height);
      return barOf(column, { y: y + height - tall, height: tall }, drawing);
    }),
  ];
}

type Box = { readonly y: number; readonly height: number };

function barOf({ x, width, look, spans }: Bar, box: Box, { id, anchorOf }: Drawing): Node {
  const rect = el(
    'rect',
    {
      ...{ x, width, ...box, rx: 1.5 },
      class: look,
      ...(look === 'uncertain' && { fill: `url(#${id}-hatch)` }),
    },
    el('title', {}, titleOf(spans)),
  );
  const anchor = anchorOf(spans[0].incident);
  // The drawing is one image to a screen reader, and the table has the same links: no stop for the keyboard.
  return anchor === null ? rect : el('a', { href: `#${anchor}`, tabindex: -1 }, rect);
}

function titleOf([first, ...others]: Bar['spans']): string {
  const { title, from, to, isOpen } = first;
  const span = `${title}, ${formatTime(from)}, ${formatBetween(from, to)}${isOpen ? ' so far' : ''}`;
  return others.length === 0 ? span : `${span}, and ${others.length} more`;
}

/** Text beside a bar, if the next one leaves room for it. */
function labelOf(bar: Bar, next: Bar | undefined, index: number): readonly Node[] {
  const [first, ...others] = bar.spans;
  const short = clip(first.title, 60);
  const text = others.length === 0 ? short : `${others.length + 1} entries`;
  const x = bar.x + bar.width + 6;
  const end = (next?.x ?? size.width - size.right) - 4;
  const needed = text.length * 6.6;
  if (x + needed <= end) {
    return [el('text', { x, y: rowTop(index) + size.row / 2 + 4, class: 'bar-label' }, text)];
  }
  return [];
}
