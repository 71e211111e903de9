import type { Plan } from '#reconcile/plan.ts';
import { isNotTruncated } from '#text/truncate-for-storage.ts';
import type { IncidentSummary } from './gap.ts';

/** An interval in which the record has a hole. ISO 8601. */
export type Hole = {
  /** Null where no event told when it began. */
  readonly from: string | null;
  /** By then it was there: when it was found. */
  readonly found: string;
  /** When the trail was seen to record again; null while it lasts. */
  readonly to: string | null;
  /** Whether that was a read-back, or it was restored as soon as it was found. */
  readonly isReadBack: boolean;
};

/**
 * The hole that an incident left in the record, or null where it cost none. It begins with the call, and ends when what costs
 * record was read back as it must be.
 */
export function holeOf({
  status,
  cause,
  outcome,
  startedAt,
  endedAt,
}: Pick<IncidentSummary, 'status' | 'cause' | 'outcome' | 'startedAt' | 'endedAt'>): Hole | null {
  if (outcome === null || status === 'attempted' || status === 'touched') return null;
  if (!isBlind(outcome.plan) && !isBlind(outcome.verified)) return null;
  const from = cause !== null && cause.error === null && !cause.selfTriggered ? cause.at : null;
  const lasts = status === 'detected' || (status !== 'recovered' && isBlind(outcome.verified));
  const to = lasts ? null : (endedAt ?? startedAt);
  return { from, found: startedAt, to, isReadBack: endedAt !== null };
}

const isBlind = ({ findings }: Plan): boolean =>
  findings.some(
    (finding) =>
      finding.status === 'drifted' &&
      finding.changes.filter(isNotTruncated).some(({ impact }) => impact.losesCoverage),
  );

/** A hole for people: `a hole of about 3 s, from 03:12:07 (the call) to 03:12:10 UTC (read back)`. */
export function describeHole({ from, found, to, isReadBack }: Hole): string {
  const begin =
    from === null ? `before ${clockOf(found)} (no event told when)` : `${clockOf(from)} (the call)`;
  if (to === null) return `a hole since ${begin}, which lasts`;
  const length = timeBetween(from ?? found, to);
  const about = from === null ? `at least ${length}` : `about ${length}`;
  const end = `${clockOf(to)} (${isReadBack ? 'read back' : 'found, and restored'})`;
  return `a hole of ${about}, from ${begin} to ${end}`;
}

/** A time for people, in UTC as CloudTrail's records have it: `2026-11-22 12:00:03 UTC`. */
export const moment = (iso: string): string =>
  isTime(iso) ? `${new Date(iso).toISOString().slice(0, 19).replace('T', ' ')} UTC` : iso;

/** The time of the day alone: `12:00:03`. */
const clockOf = (iso: string): string =>
  isTime(iso) ? new Date(iso).toISOString().slice(11, 19) : iso;

const isTime = (iso: string): boolean => !Number.isNaN(Date.parse(iso));

/** How long it was between two times: `3 s`, `12 minutes`. Events tell the second in which a call was made. */
export function timeBetween(from: string, to: string): string {
  const seconds = Math.max(1, Math.round((Date.parse(to) - Date.parse(from)) / 1000));
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 120) return `${minutes} minutes`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${hours} hours` : `${Math.round(hours / 24)} days`;
}
