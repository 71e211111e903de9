import type { Incident } from './incident.ts';
import type { Plan } from './plan.ts';

/** An interval in which the record has a hole. ISO 8601. */
export type Gap = {
  /** Null where no event told when it began. */
  readonly from: string | null;
  /** By then it was there: when it was found. */
  readonly found: string;
  /** When the trail was seen to record again; null while it lasts. */
  readonly to: string | null;
};

/**
 * The hole that an incident left in the record, or null where it cost none. It begins with the call, and ends when what costs
 * record was read back as it must be.
 */
export function gapOf({
  status,
  cause,
  outcome,
  startedAt,
  endedAt,
}: Pick<Incident, 'status' | 'cause' | 'outcome' | 'startedAt' | 'endedAt'>): Gap | null {
  if (outcome === null || status === 'attempted' || status === 'touched') return null;
  if (!isBlind(outcome.plan) && !isBlind(outcome.verified)) return null;
  const isOver = status === 'recovered' || !isBlind(outcome.verified);
  const from = cause !== null && cause.error === null && !cause.isOwn ? cause.at : null;
  return { from, found: startedAt, to: isOver ? (endedAt ?? startedAt) : null };
}

const isBlind = ({ findings }: Plan): boolean =>
  findings.some(
    (finding) =>
      finding.status === 'drifted' && finding.changes.some(({ impact }) => impact.blinding),
  );

/** A hole for people: `about 3 s: from … (the call) to … (read back)`. */
export function describeGap({ from, found, to }: Gap): string {
  const since = from ?? found;
  const begin =
    from === null ? `before ${moment(found)} (no event told when)` : `${moment(from)} (the call)`;
  if (to === null) return `it has had a hole since ${begin}, and still has`;
  const length = lasting(Date.parse(to) - Date.parse(since));
  const about = from === null ? `at least ${length}` : `about ${length}`;
  return `a hole of ${about}: from ${begin} to ${moment(to)} (read back)`;
}

/** A time for people, in UTC as CloudTrail's records have it: `2026-11-22 12:00:03 UTC`. */
export const moment = (iso: string): string =>
  Number.isNaN(Date.parse(iso))
    ? iso
    : `${new Date(iso).toISOString().slice(0, 19).replace('T', ' ')} UTC`;

/** Events tell the second in which a call was made. */
function lasting(milliseconds: number): string {
  const seconds = Math.max(1, Math.round(milliseconds / 1000));
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 120) return `${minutes} minutes`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${hours} hours` : `${Math.round(hours / 24)} days`;
}
