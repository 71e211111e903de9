import { escapeControlChars } from '#text/escape.ts';
import type { CallRef, Gap } from './gap.ts';
import type { Recoverability } from './recoverability.ts';

/** A gap as lines for people, those after the first indented: when, what, who began and ended it, and what is left. */
export function renderGap(gap: Gap): readonly string[] {
  const { isOpen, endedBy, remains } = gap;
  return [
    renderSpan(gap),
    `  began ${renderBeginning(gap)}`,
    `  ended ${isOpen ? 'not within the window' : renderDoer(endedBy)}`,
    ...(remains === null ? ['  missing: not known'] : indented(gap, renderRemains(remains))),
  ].map(escapeControlChars);
}

/** What is left of what may have been missing is told as of all of it, and said to be so. */
const indented = ({ isCertain }: Gap, lines: readonly string[]): readonly string[] =>
  isCertain
    ? lines.map((line) => `  ${line}`)
    : ['  if it was so for all of that time:', ...lines.map((line) => `    ${line}`)];

/** Of what is so at the end and was begun by no call it is not known for how much of the time it was. */
function renderDoubt({ isCertain, isOpen, startedBy }: Gap): string {
  if (isCertain) return '';
  return isOpen && startedBy === null
    ? 'for all of that time or a part of it: '
    : 'perhaps, at some time in between: ';
}

function renderBeginning({ isFromBefore, isCertain, startedBy }: Gap): string {
  if (!isFromBefore) return renderDoer(startedBy);
  if (startedBy !== null) {
    return `before the window, at ${renderTime(startedBy.at)} ${renderDoer(startedBy)}`;
  }
  return isCertain ? 'before the window' : 'before the window, or by no call that is known';
}

/** When a gap was, and what it was. */
export function renderSpan(gap: Gap): string {
  const { from, to, isOpen, severity, words } = gap;
  const end = isOpen ? `${renderTime(to)} and on` : renderTime(to);
  return `${renderTime(from)} to ${end} (${renderDuration(Date.parse(to) - Date.parse(from))}${isOpen ? ' so far' : ''}): ${severity}: ${renderDoubt(gap)}${words}`;
}

/** A call and who made it. */
export const renderDoer = (doer: CallRef | null): string =>
  doer === null ? 'by no call that is known' : `by ${doer.eventName} of ${doer.by}`;

/** A time as records have it: to the second. */
export const renderTime = (time: string): string => time.replace(/\.\d+Z$/, 'Z');

/** What is left of a gap, as lines for people. */
export function renderRemains({
  rebuildable,
  elsewhere,
  gone,
  digests,
}: Recoverability): readonly string[] {
  return [
    rebuildable &&
      `can be rebuilt: ${rebuildable.events} events, from the event history of ${rebuildable.accounts} in ${rebuildable.regions}, which begins to forget them at ${renderTime(rebuildable.until)}`,
    elsewhere && `elsewhere: ${elsewhere}`,
    gone.length > 0 && `gone for good: ${gone.map((kind) => `${kind} events`).join(', ')}`,
    // Source: CloudTrail user guide, "Working with CloudTrail Insights".
    gone.includes('Insights') &&
      'Insights were disabled: CloudTrail takes up to 36 hours to build their baseline again, and detects no unusual activity until then',
    digests &&
      (digests.status === 'broken'
        ? `gone for good: the chain of digest files, broken at ${renderTime(digests.breaksAt)}`
        : `the chain of digest files holds: it would have broken at ${renderTime(digests.breaksAt)}`),
  ].filter((line): line is string => typeof line === 'string');
}

/** A length of time in its two largest units: `1 d 4 h`, `4 min 30 s`; what is shorter than records tell is `under 1 s`. */
export function renderDuration(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000);
  const units = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ] as const;
  const first = units.findIndex(([count]) => count > 0);
  if (first === -1) return 'under 1 s';
  return units
    .slice(first, first + 2)
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(' ');
}
