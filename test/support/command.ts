import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { onTestFinished } from 'vitest';

/** A running script of the checkout, and its output so far. */
export type Command = {
  readonly child: ChildProcess;
  output(): string;
  /** Waits until the process and its output end. Returns the exit code. */
  exitCode(): Promise<number | null>;
};

/** Starts a script, which is ended with the test. */
export function run(...args: string[]): Command {
  const child = spawn(process.execPath, args);
  const closed = once(child, 'close');
  onTestFinished(async () => {
    child.kill('SIGTERM');
    await closed;
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk;
    });
  }
  return {
    child,
    output: () => output,
    async exitCode() {
      await closed;
      return child.exitCode;
    },
  };
}
