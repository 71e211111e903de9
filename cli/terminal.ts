import { createInterface } from 'node:readline/promises';
import { styleText } from 'node:util';
import Table from 'cli-table3';
import { escapeControlChars } from '#text/escape.ts';
import { streams } from './session.ts';

type Style = Parameters<typeof styleText>[0];

/** Text in a color, where the stream that it is for is a terminal that shows colors and whose owner wants them. */
export const paint = (
  style: Style,
  text: string,
  stream: NodeJS.WritableStream = streams().stdout,
): string => styleText(style, text, { stream });

/** The answer. */
export const print = (...lines: readonly string[]): void => {
  for (const line of lines) streams().stdout.write(`${line}\n`);
};

/** What is said beside the answer, to anyone who watches. */
export const note = (...lines: readonly string[]): void => {
  for (const line of lines) streams().stderr.write(`${line}\n`);
};

/** Rows in columns, under their heads if they have some. */
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

/** So many of something: `1 rule`, `2 rules`. */
export const counted = (count: number, one: string, many: string): string =>
  `${count} ${count === 1 ? one : many}`;

/** A time as people read it and commands take it: to the second. */
export const shortTime = (time: string): string => escapeControlChars(time.replace(/\.\d+Z$/, 'Z'));

/** Whom an ARN means, without what everybody's has: `user/alice`. */
export const principalName = (arn: string): string =>
  escapeControlChars(arn.replace(/^arn:[^:]*:(?:iam|sts)::\d{12}:/, ''));

/** Thrown where a person has to agree and does not, or cannot be asked. */
export class NotConfirmedError extends Error {
  override readonly name = 'NotConfirmedError' as const;
}

/** Asks whether to go ahead, beside the answer. Throws `NotConfirmedError` unless the answer is yes. */
export async function confirm(question: string, { yes = false }: { yes?: boolean }): Promise<void> {
  if (yes) return;
  const { stdin, stderr } = streams();
  if (!stdin.isTTY) {
    throw new NotConfirmedError(
      'nothing was changed: it needs a yes, and there is no terminal to ask at: add --yes',
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
