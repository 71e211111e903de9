import type { Aws } from '#aws/clients.ts';
import { isRetryable, messageOf, nameOf } from '#aws/errors.ts';
import type { Trail } from '#trail/trail-arn.ts';
import type { DriftKind, States } from './kind.ts';
import { NotReportedError } from './reported.ts';

/** What a drift kind saw of a live trail; a null state is a trail that does not exist. */
export type Observation =
  | { readonly status: 'observed'; readonly state: object | null }
  | { readonly status: 'unknown'; readonly reason: string; readonly retryable: boolean };

/** What a kind sees of a trail; a kind that fails to look, or looks for too long, reports *unknown*. */
export const observe = (
  kind: DriftKind,
  aws: Aws,
  trail: Trail,
  now: Date,
  desired: States,
): Promise<Observation> =>
  Promise.race([kind.observe(aws, trail, now, desired), tooLate()]).then(
    (state) => ({ status: 'observed', state }),
    unknownFor,
  );

/** Why a kind is unknown. An error of ours is a sentence already; one of AWS's goes by its name. */
export function unknownFor(error: unknown) {
  const reason =
    error instanceof NotReportedError ? error.message : `${nameOf(error)}: ${messageOf(error)}`;
  return { status: 'unknown', reason, retryable: isRetryable(error) } as const;
}

/** The first write waits for every look: one that hangs must not keep the others' repairs back. In milliseconds. */
const patience = 8000;

function tooLate(): Promise<never> {
  const signal = AbortSignal.timeout(patience);
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason));
  });
}
