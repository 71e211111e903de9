import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { onTestFinished } from 'vitest';

/** A script of the checkout as a process, and what it has printed so far. */
export type Command = {
  readonly child: ChildProcess;
  output(): string;
  /** Waits for the end of the process, and of what it prints. Returns its exit code. */
  exitCode(): Promise<number | null>;
};

/** Starts a script. It is ended when the test ends. */
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
