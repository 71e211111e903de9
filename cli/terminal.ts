import { createInterface } from 'node:readline/promises';
import { styleText } from 'node:util';
import Table from 'cli-table3';
import { escapeControlChars } from '#text/escape.ts';
import { streams } from './session.ts';

type Style = Parameters<typeof styleText>[0];

/** Colors text, if the stream is a terminal with colors and NO_COLOR is not set. */
export const paint = (
  style: Style,
  text: string,
  stream: NodeJS.WritableStream = streams().stdout,
): string => styleText(style, text, { stream });

/** Prints lines to stdout. */
export const print = (...lines: readonly string[]): void => {
  for (const line of lines) streams().stdout.write(`${line}\n`);
};

/** Prints lines to stderr, for information beside the result. */
export const note = (...lines: readonly string[]): void => {
  for (const line of lines) streams().stderr.write(`${line}\n`);
};

/** A table without borders; `head` can be empty. */
export function columns(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const table = new Table({
    chars: noBorder,
    style: { 'padding-left': 0, 'padding-right': 2, head: [], border: [] },
  });
  if (head.length > 0) table.push(head.map((title) => paint('dim', title)));
  table.push(...rows.map((row) => [...row]));
  return table.toString().replace(/ +$/gm, '');
}

const noBorder = Object.fromEntries(
  [
    ...['top', 'top-mid', 'top-left', 'top-right', 'mid', 'mid-mid', 'middle'],
    ...['bottom', 'bottom-mid', 'bottom-left', 'bottom-right'],
    ...['left', 'left-mid', 'right', 'right-mid'],
  ].map((part) => [part, '']),
);

/** Text in lines of at most `width` characters. A longer word, for example an ARN, has a line to itself. */
export function wrap(text: string, width: number): readonly string[] {
  const [first = '', ...words] = text.split(' ');
  return words
    .reduce(
      ([line = '', ...above], word) =>
        line.length + word.length < width ? [`${line} ${word}`, ...above] : [word, line, ...above],
      [first],
    )
    .toReversed();
}

/** A count and its noun: `1 rule`, `2 rules`. */
export const counted = (count: number, one: string, many: string): string =>
  `${count} ${count === 1 ? one : many}`;

/** An ISO 8601 time without milliseconds, which can be pasted into a command. */
export const shortTime = (time: string): string => escapeControlChars(time.replace(/\.\d+Z$/, 'Z'));

/** The name of a principal in its ARN: `user/alice`. */
export const principalName = (arn: string): string =>
  escapeControlChars(arn.replace(/^arn:[^:]*:(?:iam|sts)::\d{12}:/, ''));

/** Thrown if the user does not confirm, or cannot be asked. */
export class NotConfirmedError extends Error {
  override readonly name = 'NotConfirmedError' as const;
}

/** Asks on stderr whether to continue. Throws `NotConfirmedError` unless the answer is yes. */
export async function confirm(question: string, { yes = false }: { yes?: boolean }): Promise<void> {
  if (yes) return;
  const { stdin, stderr } = streams();
  if (!stdin.isTTY) {
    throw new NotConfirmedError(
      'nothing was changed: there is no terminal to ask for confirmation: add --yes',
    );
  }
  const prompt = createInterface({ input: stdin, output: stderr });
  const answer = await new Promise<string>((resolve) => {
    prompt.on('close', () => resolve(''));
    prompt.question(`${paint('bold', question, stderr)} [y/N] `).then(resolve, () => resolve(''));
  });
  prompt.close();
  if (!/^y(es)?$/i.test(answer.trim())) throw new NotConfirmedError('nothing was changed');
}
