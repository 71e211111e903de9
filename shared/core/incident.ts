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

/** The prefix of the partition keys under which incidents are kept: the only ones that a function may write. */
export const incidentKeys = 'incident#';

/**
 * Whether an incident is kept: what somebody did to a guarded trail, in vain or already undone when we looked, and every
 * repair of ours. Our own echo, and a sweep that changes nothing, are not; nor is a record without an id, which nobody could
 * tell from its copies.
 */
export function isKept({ cause, outcome }: Incident): boolean {
  if (outcome.applied.length > 0) return true;
  if (cause === null || cause.eventId === null) return false;
  return !cause.isOwn || verdict(outcome) !== 'in-sync';
}
