import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { onTestFinished } from 'vitest';

export type Conversation = {
  readonly cwd: string;
  /** What starts the CLI; without it, the CLI of this checkout. */
  readonly command?: readonly string[];
  readonly variables: Readonly<Record<string, string>>;
  /** The questions to wait for, each with the keys to press, in order. */
  readonly answers: readonly (readonly [question: string, keys: string])[];
};

/** Runs the CLI in a pseudo-terminal of 80 columns (`script` of util-linux) and presses keys when it asks a question. */
export function runInTerminal(
  args: readonly string[],
  { cwd, command = checkoutCli, variables, answers }: Conversation,
): Promise<{ readonly code: number | null; readonly output: string }> {
  const words = [...command, ...args].map((word) => `'${word}'`).join(' ');
  const env = { ...process.env, CI: '', TERM: 'xterm-256color', ...variables };
  const typed = ['-qec', `stty cols 80; ${words}`, '/dev/null'];
  const child = spawn('script', typed, { cwd, env });
  // If no question was asked that has an answer, it still waits.
  onTestFinished(() => void child.kill());
  const left = [...answers];
  let [output, seen] = ['', 0];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    const [[question, keys] = ['', '']] = left;
    if (keys === '' || !stripVTControlCharacters(output.slice(seen)).includes(question)) return;
    left.shift();
    seen = output.length;
    child.stdin.write(keys);
  });
  return new Promise((ended) => {
    child.on('close', (code) => ended({ code, output }));
  });
}

const checkoutCli = [process.execPath, resolve('cli/trailkeeper.js')];

/** The lines of a terminal's output that are wider than it. A command or a single word, such as an ARN, is not broken. */
export const tooWide = (output: string): readonly string[] =>
  stripVTControlCharacters(output.replace(cursorMoves, '\n'))
    .split(/[\r\n]+/)
    .filter((line) => line.length > 80 && !/^ *(npx |aws |\S+$)/.test(line));

/** Every escape sequence but those for colors, which end in `m`. */
const cursorMoves = new RegExp(`${String.fromCharCode(27)}\\[[\\d;?]*[A-Za-ln-z]`, 'g');
