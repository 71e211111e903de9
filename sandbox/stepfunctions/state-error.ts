import type { Catcher, Retrier } from './definition.ts';

/** An error of a state, which its retriers and catchers may handle. Source: "Handling errors in Step Functions workflows". */
export class StateError extends Error {
  override readonly name = 'StateError' as const;
  readonly error: string;
  readonly cause: string;

  constructor(error: string, cause: string) {
    super(`${error}: ${cause}`);
    this.error = error;
    this.cause = cause;
  }
}

/** Whether a retrier or a catcher names an error. `States.ALL` and `States.TaskFailed` are wildcards with exceptions. */
export const handles = ({ ErrorEquals }: Retrier | Catcher, error: string): boolean =>
  ErrorEquals.includes(error) ||
  (ErrorEquals.includes('States.ALL') && !terminal.has(error)) ||
  (ErrorEquals.includes('States.TaskFailed') && !terminal.has(error) && error !== timeout);

export const timeout = 'States.Timeout';

const terminal: ReadonlySet<string> = new Set(['States.DataLimitExceeded', 'States.Runtime']);

/** The quota of an input, an output and of the arguments of a task. Source: "Step Functions service quotas". */
const payloadBytes = 262_144;

/** Throws if a value is larger than a payload can be. */
export function checkSize(value: unknown, what: string): void {
  const bytes = Buffer.byteLength(JSON.stringify(value) ?? '');
  if (bytes <= payloadBytes) return;
  throw new StateError(
    'States.DataLimitExceeded',
    `The state/task '${what}' returned a result with a size exceeding the maximum number of bytes service limit.`,
  );
}
