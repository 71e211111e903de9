import { createInterface } from 'node:readline/promises';
import { styleText } from 'node:util';
import width from 'fast-string-width';
import { wrapAnsi } from 'fast-wrap-ansi';
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
export const print = (...lines: readonly string[]): void => write(streams().stdout, lines);

/** Prints lines to stderr, for information beside the result. */
export const note = (...lines: readonly string[]): void => write(streams().stderr, lines);

export const printJson = (value: object): void => {
  streams().stdout.write(`${JSON.stringify(value, null, 2)}\n`);
};

/** In a terminal, lines that are too long are wrapped by word and indented. */
function write(stream: NodeJS.WriteStream, lines: readonly string[]): void {
  for (const line of lines.flatMap((text) => text.split('\n'))) {
    const text = line.trimStart();
    const indent = ' '.repeat(line.length - text.length);
    const isFitting = width(line) <= room(stream);
    const fitted = isFitting ? [text] : wrap(text, room(stream) - indent.length - 2);
    const printed = fitted.map((one) => one.replaceAll(noBreak, ' ').trimEnd());
    const [first = '', ...others] = printed;
    const below = others.map((one) => `\n${hang(one, `${indent}  `, room(stream))}`);
    stream.write(`${indent}${first}${below.join('')}\n`);
  }
}

/** An indented line. A word that fits only further left, for example an ARN, begins there. */
export function hang(line: string, indent: string, most: number): string {
  const left = most - width(line);
  return `${left < 0 ? indent : indent.slice(0, left)}${line}`;
}

/** The columns of a terminal; without one, or if it does not know, there is no limit. */
const room = ({ columns }: NodeJS.WriteStream = streams().stdout): number =>
  columns || Number.POSITIVE_INFINITY;

/**
 * Text in lines of at most `most` columns, the second and later ones indented. A longer word, for example an ARN, stays whole, and so
 * does a command, so that it can be pasted.
 */
export const wrap = (text: string, most: number, indent = 0): readonly string[] =>
  wrapAnsi(text.replace(command, unbroken), most, { trim: false })
    .split('\n')
    .filter((line, i) => i === 0 || line.trim() !== '')
    .map((line, i) => (i === 0 ? line.trimEnd() : ' '.repeat(indent) + line.trim()));

/** A command ends with the line, or with the punctuation that follows it. */
const command = /(?<=^| )(?:npx|aws) (?:"[^"]*"|.)*?(?:[.,;:)](?= )|$)/g;
const noBreak = '\u00a0';

/** Text that is printed in one line, however long it is, so that it can be pasted. */
export const unbroken = (text: string): string => text.replaceAll(' ', noBreak);

/** Compact JSON in a text with a space after each comma, so that it can be wrapped. */
export const wrappable = (text: string): string => text.replace(/,(?=["{[])/g, ', ');

/**
 * A table without borders that fits the terminal: cells are wrapped by word, and a word that is too wide for its column has a line for
 * itself. If that is not enough, each row becomes a list of its cells.
 */
export function columns(
  head: readonly string[],
  rows: readonly (readonly string[])[],
): readonly string[] {
  const widths = widthsOf([head, ...rows]);
  if (widths === null) return rows.flatMap((row) => ['', ...record(head, row)]).slice(1);
  const titles = head.map((title) => paint('dim', title));
  return [titles, ...rows].flatMap((row) => {
    const cells = row.map((cell, i) => wrap(cell, widths[i] ?? 0));
    // What the row is about comes before it, for example a long name.
    const [title = []] = cells;
    const fits = title.findIndex((part) => width(part) <= (widths[0] ?? 0));
    const before = title.slice(0, fits < 0 ? title.length : fits);
    const rest = [title.slice(before.length), ...cells.slice(1)];
    const height = Math.max(...rest.map(({ length }) => length));
    return [
      ...before,
      ...Array.from({ length: height }, (_, line) =>
        tableLines(
          rest.map((cell) => cell[line] ?? ''),
          widths,
        ),
      ).flat(),
    ];
  });
}

/** The lines of the terminal for one line of each cell. */
function tableLines(parts: readonly string[], widths: readonly number[]): readonly string[] {
  const fitting = parts.map((part, i) => (width(part) <= (widths[i] ?? 0) ? part : ''));
  const line = fitting
    .map((part, i) => padded(part, widths[i] ?? 0))
    .join('  ')
    .trimEnd();
  const wide = parts.flatMap((part, i) => (part === fitting[i] ? [] : [placed(part, i, widths)]));
  return line === '' ? wide : [line, ...wide];
}

/** A wide word below the beginning of its column, or as far left as it takes to fit the terminal. */
const placed = (part: string, column: number, widths: readonly number[]): string => {
  const start = column === 0 ? 0 : sum(widths.slice(0, column)) + 2;
  return ' '.repeat(Math.max(0, Math.min(start, room() - width(part)))) + part;
};

const padded = (text: string, to: number): string =>
  text + ' '.repeat(Math.max(0, to - width(text)));

/** The width of columns that stand side by side. */
const sum = (widths: readonly number[]): number =>
  widths.reduce((total, one) => total + one + 2, -2);

/** The widths of the columns of a table in the terminal; null if it does not fit. */
function widthsOf(rows: readonly (readonly string[])[]): readonly number[] | null {
  const cells = (rows.at(-1) ?? []).map((_, i) => rows.map((row) => row[i] ?? ''));
  const words = cells.flat().flatMap((cell) => cell.split(' '));
  // As few words as possible are too wide for their column.
  const longest = [...new Set(words.map((word) => width(word)))].toSorted((one, two) => two - one);
  for (const [i, most] of longest.entries()) {
    if (i > 0 && (longest[i - 1] ?? 0) <= widest) break;
    const fitting = fittingWidths(cells.map((column) => column.flatMap(piecesOf(most))));
    if (fitting !== null) return fitting;
  }
  return null;
}

/** What is left of a cell, and stays together, if longer words have lines for themselves. */
const piecesOf =
  (most: number) =>
  (cell: string): readonly string[] =>
    cell
      .split(' ')
      .map((word) => (width(word) > most ? '\n' : word))
      .join(' ')
      .split('\n')
      .map((piece) => piece.trim());

function fittingWidths(cells: readonly (readonly string[])[]): readonly number[] | null {
  const widths = cells.map((column) => Math.max(...column.map((cell) => width(cell))));
  const least = cells.map((column, i) => {
    const words = column.flatMap((cell) => cell.split(' ')).map((word) => width(word));
    return Math.max(...words, Math.min(widths[i] ?? 0, narrowest));
  });
  for (let most = Math.max(...widths); most > 0; most--) {
    const fitting = widths.map((one, i) => Math.min(one, Math.max(most, least[i] ?? 0)));
    if (sum(fitting) <= room()) return fitting;
  }
  return null;
}

/** A longer word need not fit its column. */
const widest = 40;

/** A column that is wrapped keeps at least this width. */
const narrowest = 12;

/** A row as a list of the cells that are not empty. */
function record(head: readonly string[], row: readonly string[]): readonly string[] {
  const label = Math.max(...head.map((title) => width(title))) + 2;
  return row.flatMap((cell, i) => {
    if (cell === '') return [];
    const [first = '', ...others] = wrap(cell, room() - label, label);
    return [paint('dim', padded(head[i] ?? '', label)) + first, ...others];
  });
}

/** A count and its noun: `1 rule`, `2 rules`. */
export const counted = (count: number, one: string, many: string): string =>
  `${count} ${count === 1 ? one : many}`;

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
