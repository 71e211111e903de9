import { AsyncLocalStorage } from 'node:async_hooks';

/** The streams that a run of the CLI reads and writes. `process` is one. */
export type Streams = Pick<NodeJS.Process, 'stdin' | 'stdout' | 'stderr'>;

type Session = Streams & { exitCode: number };

const sessions = new AsyncLocalStorage<Session>();

/** Runs the CLI on these streams, so that several runs fit in a process. Returns the exit code. */
export async function inSession(streams: Streams, run: () => Promise<void>): Promise<number> {
  const { stdin, stdout, stderr } = streams;
  const session = { stdin, stdout, stderr, exitCode: 0 };
  await sessions.run(session, run);
  return session.exitCode;
}

/** The streams of this run. */
export const streams = (): Streams => sessions.getStore() ?? process;

/** Sets the exit code of this run. */
export function exitWith(code: number): void {
  const session = sessions.getStore();
  if (session !== undefined) session.exitCode = code;
}
