import type { CallEffect } from '#gaps/gap.ts';
import { renderCallRef, renderGap } from '#gaps/render-gap.ts';
import { isSame } from '#text/diff.ts';
import { escapeControlChars } from '#text/escape.ts';
import { shortTime } from '#text/time.ts';
import type { BackfillReport, TrailNow, TrailReport } from './job-state.ts';

/** A report as lines of text: the calls on each trail, the drift that they caused, and the gaps. */
export const renderBackfill = ({
  from,
  to,
  mayGrow,
  trails,
}: Omit<BackfillReport, 'text'>): readonly string[] => [
  `What was done to ${trails.length === 1 ? 'one trail' : `${trails.length} trails`} from ${shortTime(from)} to ${shortTime(to)}`,
  ...(mayGrow
    ? ['The window ended a short time ago: event history may still hear of calls in it.']
    : []),
  ...trails.flatMap((trail) => ['', ...renderTrail(trail)]),
];

function renderTrail(report: TrailReport): string[] {
  const { trail, version, calls, gaps, unknown, now } = report;
  const list = (title: string, lines: readonly string[]): string[] =>
    lines.length === 0 ? [] : [title, ...lines.map((line) => `  ${line}`)];
  return [
    escapeControlChars(version === null ? trail : `${trail}, version ${version} of its baseline`),
    ...list(calls.length === 1 ? '1 call' : `${calls.length} calls`, calls.flatMap(renderCall)),
    ...(calls.length === 0 ? ['no calls'] : []),
    ...list('missing from the record', gaps.flatMap(renderGap)),
    ...(gaps.length === 0 ? [renderNoGap(report)] : []),
    ...list('not known', unknown.map(escapeControlChars)),
    `now: ${now.verdict}`,
    ...renderNow(now).map((line) => `  ${line}`),
  ];
}

/** If no call in the time range explains the current drift, events may be missing. */
const renderNoGap = ({ unexplained, hasUnread, now }: TrailReport): string =>
  hasUnread || unexplained.length > 0 || now.verdict === 'broken' || now.verdict === 'unknown'
    ? 'whether anything is missing from the record is not known'
    : 'nothing is missing from the record, as far as is known';

function renderCall(call: CallEffect): readonly string[] {
  const { error } = call.cause;
  return [
    `${call.at} ${call.eventName} in ${call.region} by ${call.by}${error === null ? '' : `: failed, ${error.code}`}`,
    ...call.drifts.map(({ description, severity, isCertain, reverted }) => {
      const end =
        reverted === null
          ? 'not reverted within the window'
          : `reverted at ${shortTime(reverted.at)} ${renderCallRef(reverted.by)}`;
      return `  ${severity}: ${isCertain ? '' : 'perhaps: '}${description}; ${end}`;
    }),
  ].map(escapeControlChars);
}

const renderNow = ({ found, applied, left, problem }: TrailNow): readonly string[] =>
  [
    ...found.map((line) => `found: ${line}`),
    ...applied.map((line) => `applied: ${line}`),
    ...(isSame(left, found) ? [] : left.map((line) => `left: ${line}`)),
    ...(problem === null ? [] : [`failed: ${problem}`]),
  ].map(escapeControlChars);
