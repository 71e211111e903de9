import { escapeControlChars } from '#text/escape.ts';
import { formatDuration, formatTime, shortTime } from '#text/time.ts';
import type { CallRef, Gap } from './gap.ts';
import type { Recoverability } from './recoverability.ts';

/**
 * A gap as lines: when, what, who began and ended it, and which events can be recovered. Further lines are indented. Its times can be
 * pasted into a command.
 */
export function renderGap(gap: Gap): readonly string[] {
  const { isOpen, endedBy, recoverability } = gap;
  return [
    renderSpan(gap),
    `  began ${renderBeginning(gap)}`,
    `  ended ${isOpen ? 'not within the window' : renderCallRef(endedBy)}`,
    ...(recoverability === null
      ? ['  it is not known which events are missing']
      : indented(gap, renderRecoverability(recoverability, shortTime))),
  ].map(escapeControlChars);
}

/** For an uncertain gap, recoverability is given for the whole time, and says so. */
const indented = ({ isCertain }: Gap, lines: readonly string[]): readonly string[] =>
  isCertain
    ? lines.map((line) => `  ${line}`)
    : ['  if that lasted for the whole time:', ...lines.map((line) => `    ${line}`)];

/** If the trail is still drifted and no call explains it, only the start is uncertain. */
function renderUncertainty({ isCertain, isOpen, startedBy }: Gap): string {
  if (isCertain) return '';
  return isOpen && startedBy === null
    ? 'for all or a part of that time: '
    : 'perhaps, at some time in between: ';
}

function renderBeginning({ isFromBefore, isCertain, startedBy }: Gap): string {
  if (!isFromBefore) return renderCallRef(startedBy);
  if (startedBy !== null) {
    return `before the window, at ${shortTime(startedBy.at)} ${renderCallRef(startedBy)}`;
  }
  return isCertain ? 'before the window' : 'before the window, or by an unknown call';
}

/** When a gap was, and which field drifted. */
function renderSpan(gap: Gap): string {
  const { from, to, isOpen, severity, description } = gap;
  const end = isOpen ? `${shortTime(to)} and on` : shortTime(to);
  return `${shortTime(from)} to ${end} (${formatDuration(Date.parse(to) - Date.parse(from))}${isOpen ? ' so far' : ''}): ${severity}: ${renderUncertainty(gap)}${description}`;
}

/** A call and its caller. */
export const renderCallRef = (call: CallRef | null): string =>
  call === null ? 'by an unknown call' : `by ${call.eventName} of ${call.by}`;

/** Recoverability as lines. */
export function renderRecoverability(
  { recoverable, elsewhere, lost, digests }: Recoverability,
  textOf: (time: string) => string = formatTime,
): readonly string[] {
  return [
    recoverable &&
      `recoverable: ${recoverable.events} events, from the event history of ${recoverable.accounts} in ${recoverable.regions}, until ${textOf(recoverable.until)}`,
    elsewhere && `elsewhere: ${elsewhere}`,
    lost.length > 0 && `lost: ${lost.map((kind) => `${kind} events`).join(', ')}`,
    // Source: CloudTrail user guide, "Working with CloudTrail Insights".
    lost.includes('Insights') &&
      'Insights restarted: CloudTrail takes up to 36 hours to rebuild their baseline, and detects no unusual activity until then',
    digests &&
      (digests.status === 'broken'
        ? `lost: the chain of digest files, broken at ${textOf(digests.breaksAt)}`
        : `the chain of digest files is whole: only a gap that lasts until ${textOf(digests.breaksAt)} breaks it`),
  ].filter((line): line is string => typeof line === 'string');
}
