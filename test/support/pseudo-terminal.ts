import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

export type Conversation = {
  readonly cwd: string;
  readonly variables: Readonly<Record<string, string>>;
  /** The questions to wait for, each with the keys to press, in order. */
  readonly answers: readonly (readonly [question: string, keys: string])[];
};

/** Runs the CLI in a pseudo-terminal of 80 columns (`script` of util-linux) and presses keys when it asks a question. */
export function runInTerminal(
  args: readonly string[],
  { cwd, variables, answers }: Conversation,
): Promise<{ readonly code: number | null; readonly output: string }> {
  const cli = [process.execPath, resolve('cli/trailkeeper.js'), ...args];
  const command = `stty cols 80; ${cli.map((word) => `'${word}'`).join(' ')}`;
  const env = { ...process.env, CI: '', TERM: 'xterm-256color', ...variables };
  const child = spawn('script', ['-qec', command, '/dev/null'], { cwd, env });
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
