import { shortId } from '#baseline/signing/signature.ts';
import { groupedReasons, listed } from '#evidence/recoveries.ts';
import type { Manifest } from '#recovery/manifest.ts';
import type { Estimate } from '#recovery/plan.ts';
import type { Recovery, RecoveryInput } from '#recovery/recovery.ts';
import { escapeControlChars } from '#text/escape.ts';
import { formatDuration, shortTime } from '#text/time.ts';
import { titleOf } from '#trail/trail-arn.ts';
import { counted, paint, unbroken } from '../terminal.ts';

/** What would be read, and how long that takes. */
export const planLines = (
  { recovery, accounts }: RecoveryInput,
  { calls, seconds, secondsPer10000 }: Estimate,
): readonly string[] => [
  ...recovery.intervals.map(
    ({ from, to }) =>
      `${paint('bold', titleOf(recovery.trail))}: ${shortTime(from)} to ${shortTime(to)} (${formatDuration(Date.parse(to) - Date.parse(from))})`,
  ),
  `${counted(accounts.length, 'account', 'accounts')}: ${listed(accounts)}`,
  `${counted(recovery.regions.length, 'Region', 'Regions')}: ${listed(recovery.regions)}`,
  `Log files: s3://${recovery.bucket}/${recovery.prefix}/AWSLogs/`,
  `At least ${counted(calls, 'call', 'calls')} of LookupEvents, two a second in each account and Region: ${unbroken(formatDuration(seconds * 1000))}.`,
  `10,000 events of one account and Region take ${formatDuration(secondsPer10000 * 1000)} more.`,
  ...excludedLines(recovery),
];

/** Event history has every management event. */
const excludedLines = ({ excludedByTrail }: Recovery): readonly string[] =>
  excludedByTrail.map((events) => `recovered, although the trail excludes them: ${events}`);

export const unrecoverableLines = ({ unrecoverable }: Recovery): readonly string[] =>
  unrecoverable.map((sentence) => `${paint('yellow', 'not recoverable')}: ${sentence}`);

/** What was recovered, and what was not. */
export function resultLines(
  { recovered, files, logs, missing, notEnabled, notCompared, recovery }: Manifest,
  { url, signedBy }: { readonly url: string; readonly signedBy: string | null },
): readonly string[] {
  const delivered = logs.reduce((sum, log) => sum + log.delivered, 0);
  const withEvents = logs.filter((log) => log.recovered > 0);
  return [
    `${paint('green', 'recovered')} ${counted(recovered, 'event', 'events')} in ${counted(files, 'log file', 'log files')}, of ${counted(withEvents.length, 'account and Region', 'accounts and Regions')}`,
    `The trail had delivered ${counted(delivered, 'event', 'events')} of that time itself.`,
    ...unrecoverableLines(recovery),
    ...grouped(missing, 'missing'),
    ...notEnabledLines(notEnabled),
    ...grouped(notCompared, 'not compared with the log of the trail'),
    `Manifest: ${url}`,
    signedBy === null
      ? `${paint('yellow', 'unsigned')}: there is no signing key`
      : `Signed by key ${shortId(signedBy)}.`,
  ];
}

const notEnabledLines = (of: Manifest['notEnabled']): readonly string[] => {
  const regions = [...new Set(of.map(({ region }) => region))];
  if (regions.length === 0) return [];
  return [`Not enabled in every account, so without event history there: ${listed(regions)}`];
};

const grouped = (reasons: Manifest['missing'], title: string): readonly string[] =>
  groupedReasons(reasons).map((text) => `${paint('yellow', title)}: ${escapeControlChars(text)}`);
