import type { Aws } from '#aws/clients.ts';
import { isRetryable, messageOf, nameOf } from '#aws/errors.ts';
import type { Trail } from '#trail/trail-arn.ts';
import type { DriftKind, States } from './kind.ts';
import { NotReportedError } from './reported.ts';

/** What a drift kind observed of a live trail. A null state means that the trail does not exist. */
export type Observation =
  | { readonly status: 'observed'; readonly state: object | null }
  | { readonly status: 'unknown'; readonly reason: string; readonly retryable: boolean };

/** The state that a kind observes; *unknown* if the read fails or takes too long. */
export const observe = (
  kind: DriftKind,
  aws: Aws,
  trail: Trail,
  now: Date,
  desired: States,
): Promise<Observation> =>
  Promise.race([kind.observe(aws, trail, now, desired), timeout()]).then(
    (state) => ({ status: 'observed', state }),
    unknownFor,
  );

/** Why a state is unknown. Our own error is a sentence; an AWS error is shown with its name. */
export function unknownFor(error: unknown) {
  const reason =
    error instanceof NotReportedError ? error.message : `${nameOf(error)}: ${messageOf(error)}`;
  return { status: 'unknown', reason, retryable: isRetryable(error) } as const;
}

/** In milliseconds. The first write waits for all reads, so a read that hangs must not delay it for long. */
export const observeTimeoutMs = 8000;

function timeout(): Promise<never> {
  const signal = AbortSignal.timeout(observeTimeoutMs);
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason));
  });
}
