import type { Span } from '#evidence/timeline.ts';
import type { TimeScale } from './time-scale.ts';

/** What is drawn in a lane: one span, or several that are too close to be seen apart. */
export type Bar = {
  readonly x: number;
  readonly width: number;
  readonly look: Span['look'];
  readonly spans: readonly [Span, ...Span[]];
};

/** A shorter bar could not be seen. */
const narrowest = 4;

/** Spans that are closer cannot be seen apart. */
const closest = 1.5;

/** The looks, the most important first: a bar for several spans has that of the first. */
const looks: readonly Span['look'][] = ['missing', 'uncertain', 'drift', 'action', 'window'];

/** The bars of the spans of one lane. */
export function barsOf(spans: readonly Span[], scale: TimeScale): readonly Bar[] {
  const bars: Bar[] = [];
  for (const span of spans) {
    const x = scale.x(span.from);
    const width = Math.max(narrowest, scale.x(span.to) - x);
    const last = bars.at(-1);
    if (last !== undefined && x < last.x + last.width + closest) {
      const end = Math.max(last.x + last.width, x + width);
      bars[bars.length - 1] = {
        ...{ x: last.x, width: end - last.x, look: worse(last.look, span.look) },
        spans: [...last.spans, span],
      };
    } else {
      bars.push({ x, width, look: span.look, spans: [span] });
    }
  }
  return bars;
}

const worse = (one: Span['look'], other: Span['look']): Span['look'] =>
  looks.indexOf(one) <= looks.indexOf(other) ? one : other;

/** More spans are counted in columns: as bars they would cover the whole lane. */
export const mostBars = 40;

export const columnWidth = 6;

/** The spans that touch each column of an axis, from left to right; columns without any are left out. */
export function columnsOf(
  spans: readonly Span[],
  scale: TimeScale,
  [start, end]: readonly [number, number],
): readonly Bar[] {
  const columns = new Map<number, [Span, ...Span[]]>();
  const last = Math.ceil((end - start) / columnWidth) - 1;
  for (const span of spans) {
    const [from, to] = [scale.x(span.from), scale.x(span.to)].map((x) =>
      Math.min(last, Math.floor((x - start) / columnWidth)),
    );
    for (let column = from ?? 0; column <= (to ?? 0); column += 1) {
      const known = columns.get(column);
      if (known === undefined) columns.set(column, [span]);
      else known.push(span);
    }
  }
  return [...columns]
    .toSorted(([one], [other]) => one - other)
    .map(([column, found]) => ({
      ...{ x: start + column * columnWidth, width: columnWidth - 1, spans: found },
      look: found.map(({ look }) => look).reduce(worse),
    }));
}
