import { escapeControlChars } from '#text/escape.ts';
import { formatDuration, shortTime } from '#text/time.ts';
import { columns, counted, paint } from '../terminal.ts';
import type { Explained, ExplainedLog } from './explained-log.ts';

/** What was verified, an account and Region a line, then what is wrong with each. */
export function verifyLines(
  logs: readonly ExplainedLog[],
  problems: readonly string[],
): readonly string[] {
  const rows = logs.map((log) => [
    log.account,
    log.region,
    String(log.validDigests),
    String(log.validFiles),
    resultOf(log),
  ]);
  return [
    ...(rows.length === 0 ? [] : columns(head, rows)),
    ...logs.flatMap(details),
    ...problems.map((one) => `${paint('red', 'not verified')} ${escapeControlChars(one)}`),
  ];
}

const head = ['ACCOUNT', 'REGION', 'DIGESTS', 'LOG FILES', 'RESULT'];

function resultOf({ badFiles, uncovered }: ExplainedLog): string {
  const unproven = uncovered.filter(isUnproven);
  if (badFiles.length === 0 && unproven.length === 0) return paint('green', 'valid');
  return [
    ...(badFiles.length > 0
      ? [paint('red', counted(badFiles.length, 'file invalid', 'files invalid'))]
      : []),
    ...(unproven.length > 0
      ? [paint('yellow', counted(unproven.length, 'period unproven', 'periods unproven'))]
      : []),
  ].join(', ');
}

/** Whether digest files vouch for the whole log. */
export const isProven = ({ badFiles, uncovered }: ExplainedLog): boolean =>
  badFiles.length === 0 && !uncovered.some(isUnproven);

/** Whether digest files are missing that should be there. */
const isUnproven = ({ reason }: Pick<Explained, 'reason'>): boolean => reason !== 'not-due';

function details(log: ExplainedLog): readonly string[] {
  const { badFiles, unnamedFiles } = log;
  const lines = [
    ...badFiles.map(
      ({ file, problem }) => `  ${paint('red', 'invalid')} ${escapeControlChars(file)} ${problem}`,
    ),
    ...log.uncovered.flatMap(uncoveredLines),
    ...(unnamedFiles.length > 0
      ? [
          `  ${counted(unnamedFiles.length, 'log file is', 'log files are')} named by no digest file of this trail: another trail delivers here, or someone added them (--json lists them)`,
        ]
      : []),
  ];
  return lines.length === 0 ? [] : ['', `${log.account} ${log.region}`, ...lines];
}

function uncoveredLines({ from, to, reason, missing, gaps }: Explained): readonly string[] {
  const length = formatDuration(Date.parse(to) - Date.parse(from));
  const style = reason === 'not-due' ? 'dim' : 'yellow';
  const what =
    reason === 'digest-missing' && missing !== null
      ? `the digest file ${escapeControlChars(missing)} is missing`
      : reasons[reason];
  return [
    `  ${paint(style, `${shortTime(from)} to ${shortTime(to)} (${length})`)}: ${what}`,
    ...gaps.map(
      ({ incident, gap }) =>
        `    incident ${incident.slice(0, 8)}: ${shortTime(gap.from)} to ${shortTime(gap.to)}: ${escapeControlChars(gap.description)}`,
    ),
  ];
}

const reasons: Readonly<Record<Explained['reason'], string>> = {
  'digest-missing': 'a digest file is missing',
  'new-chain':
    'CloudTrail began a new chain of digest files: logging or log file validation was off',
  'not-delivered': 'no digest file was delivered',
  'not-due': 'digest files are not due yet',
};
