import { InvalidArgumentError, Option } from 'commander';
import { names } from '#aws/resource-names.ts';
import type { TimeRange } from '#text/time.ts';

/** The options of every command. */
export type GlobalOptions = {
  readonly profile?: string;
  readonly dependencyProfile?: readonly string[];
  readonly region?: string;
  readonly stack: string;
  readonly table?: string;
  readonly signingKey?: string;
  readonly json?: true;
};

export const globalOptions: readonly Option[] = [
  new Option('--profile <name>', 'the AWS profile of your credentials'),
  new Option(
    '--dependency-profile <name>',
    'an AWS profile of your credentials in another account: name one for each',
  ).argParser((name: string, before: readonly string[] = []) => [...before, name]),
  new Option('--region <region>', 'the main Region, where trailkeeper is deployed'),
  new Option('--stack <name>', 'the name of the stack').default(names.stack),
  new Option('--table <name>', 'the state table, if the stack cannot be read'),
  new Option(
    '--signing-key <key>',
    'your signing key: a KMS key ARN or a private key file (default: $TRAILKEEPER_SIGNING_KEY, or the key of the stack)',
  ),
  new Option('--json', 'print JSON'),
  new Option('--no-color', 'print without colors'),
];

/** Command lines that its help shows. */
export const examples = (...commands: readonly string[]): string =>
  `\nExamples:\n${commands.map((one) => `  npx --no -- trailkeeper ${one}`).join('\n')}`;

export const yesOption = (): Option => new Option('--yes', 'do not ask for confirmation');

export const reasonOption = (why: string): Option =>
  new Option('--reason <text>', why).argParser(reason);

function reason(text: string): string {
  if (text.trim() !== '') return text;
  throw new InvalidArgumentError('It must not be empty.');
}

export function wholeNumber(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number, at least 1.');
}

export function accountId(text: string): string {
  if (/^\d{12}$/.test(text)) return text;
  throw new InvalidArgumentError('It must be the 12 digits of an account id.');
}

/** A duration, for example 30m, 2h, 7d or 1h30m, in milliseconds. */
export function duration(text: string): number {
  const groups = /^(?:(?<d>\d+)d)?(?:(?<h>\d+)h)?(?:(?<m>\d+)m)?$/.exec(text)?.groups;
  const { d = 0, h = 0, m = 0 } = groups ?? {};
  const minutes = (Number(d) * 24 + Number(h)) * 60 + Number(m);
  if (minutes > 0) return minutes * 60_000;
  throw new InvalidArgumentError(
    'It must be a duration, for example 30m, 2h, 7d or 1h30m: the units are m, h and d.',
  );
}

/** An ISO 8601 time with its zone. */
const isoTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/;

/** A time, or how long ago it was, to the minute: the same argument a moment later gives the same time. */
export function pastTime(text: string): string {
  const at = isoTime.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(at)) return new Date(at).toISOString();
  try {
    return wholeMinute(Date.now() - duration(text), Math.floor);
  } catch {
    throw new InvalidArgumentError(
      'It must be a time, for example 2026-01-31T12:00:00Z, or a duration before now, for example 2h or 7d: the units are m, h and d.',
    );
  }
}

/** The time range from --from to --to. Throws if it is empty. */
export function timeRange(from: string, to: string): TimeRange {
  if (Date.parse(from) < Date.parse(to)) return { from, to };
  throw new Error(`--from: must be earlier than --to, which is ${to}`);
}

export const wholeMinute = (at: number, round: (minutes: number) => number): string =>
  new Date(round(at / 60_000) * 60_000).toISOString();
