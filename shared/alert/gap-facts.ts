import type { Gap } from '#gaps/gap.ts';
import { renderRemains } from '#gaps/render-gap.ts';
import type { Incident } from '#incident/incident.ts';
import { formatDuration, formatTime } from '#text/time.ts';
import { type Fact, fact, printable, type Section } from './alert.ts';

/** How long the trail did not record everything: `4 s, from 2026-11-22 03:12:07 UTC to 2026-11-22 03:12:11 UTC`. */
export function gapFacts({ gaps, cause, interruptions }: Incident): readonly Fact[] {
  const intervals = merged(gaps);
  const [first] = intervals;
  const last = intervals.at(-1);
  if (first === undefined || last === undefined) return [];
  if (last.isOpen) return fact('Gap', `since ${formatTime(first.from)}, not over yet`);
  const span = `from ${formatTime(first.from)} to ${formatTime(last.to)}`;
  const isAtMost = interruptions.some(({ isFromKnown }) => !isFromKnown);
  const isAtLeast = cause === null && interruptions.length === 0;
  const prefix = isAtMost ? 'up to ' : isAtLeast ? 'at least ' : '';
  const total = intervals.reduce((sum, { from, to }) => sum + Date.parse(to) - Date.parse(from), 0);
  const parts = intervals.length === 1 ? '' : ` in ${intervals.length} intervals`;
  return fact('Gap', `${prefix}${formatDuration(total)}${parts}, ${span}`);
}

/** What can be recovered of the events that were not recorded, each once. */
export function recoverySection(gaps: readonly Gap[]): Section {
  const first = new Map(gaps.toReversed().map((gap) => [`${gap.kind}.${gap.path}`, gap]));
  const lines = [...first.values()]
    .toReversed()
    .flatMap(({ remains }) =>
      remains === null ? ['it is not known which events are missing'] : renderRemains(remains),
    );
  return {
    heading: 'Events that were not recorded',
    lines: [...new Set(lines.map(printable))],
    isCode: false,
  };
}

type Interval = Pick<Gap, 'from' | 'to' | 'isOpen'>;

/** The gaps as intervals that share no time, the earliest first. */
function merged(gaps: readonly Gap[]): readonly Interval[] {
  const intervals: Interval[] = [];
  for (const { from, to, isOpen } of gaps.toSorted(byBegin)) {
    const last = intervals.at(-1);
    if (last === undefined || Date.parse(from) > Date.parse(last.to)) {
      intervals.push({ from, to, isOpen });
    } else {
      const end = Date.parse(to) > Date.parse(last.to) ? to : last.to;
      intervals.splice(-1, 1, { ...last, to: end, isOpen: last.isOpen || isOpen });
    }
  }
  return intervals;
}

const byBegin = (one: Gap, other: Gap): number => Date.parse(one.from) - Date.parse(other.from);
