import type { Cause } from './cause.ts';
import { type Outcome, type Verdict, verdict } from './outcome.ts';

/** What happened to one trail, by whom as far as an event told, and what was done about it: kept. */
export type Incident = {
  readonly id: string;
  readonly trail: string;
  readonly startedAt: string;
  readonly endedAt: string;
  readonly cause: Cause | null;
  readonly verdict: Verdict;
  readonly outcome: Outcome;
};

/**
 * Whether an incident is kept: something was attempted by either side, or an event led to drift. Our own echo and a
 * sweep that changes nothing are not.
 */
export function isKept({ cause, outcome }: Incident): boolean {
  const attempt = cause !== null && cause.error !== null;
  const drift = cause !== null && verdict(outcome) !== 'in-sync';
  return attempt || drift || outcome.applied.length > 0;
}
