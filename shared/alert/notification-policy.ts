import { compareSeverity, type Severity } from '#drift/impact.ts';
import type { Incident } from '#incident/incident.ts';
import { isNotTruncated } from '#text/truncate-for-storage.ts';

/** What was told of an incident, as far as it matters for what is still to be told. */
export type NotifiedState = {
  readonly status: string;
  readonly severity: Severity;
  readonly reminders: number;
  readonly count: number;
  readonly calls: number;
  /** How many principals made them. */
  readonly principals: number;
  readonly isKnown: boolean;
  readonly isOver: boolean;
};

/** The prefix of the partition keys under which is kept what was told: the function that tells writes these alone. */
export const toldKeys = 'told#';

export const phaseOf = (incident: Incident): NotifiedState => ({
  status: incident.status,
  severity: incident.severity,
  reminders: incident.reminders,
  count: incident.count,
  calls: incident.also.length,
  principals: principalsIn(incident),
  isKnown: incident.cause !== null,
  isOver: incident.endedAt !== null,
});

const principalsIn = ({ cause, also }: Incident): number =>
  new Set(
    [cause, ...also].flatMap((call) =>
      call !== null && isNotTruncated(call) ? [call.principal.arn ?? call.principal.name] : [],
    ),
  ).size;

/** What is done to trailkeeper is told once: its row does not change. */
export const tamperingPhase: NotifiedState = {
  status: 'tampering',
  severity: 'critical',
  reminders: 0,
  count: 1,
  calls: 0,
  principals: 1,
  isKnown: true,
  isOver: true,
};

/** So is what was written to the state table, of which no rule hears: every channel tells it. */
export const tablePhase: NotifiedState = { ...tamperingPhase, status: 'table' };

/**
 * What there is to tell since the last time: `news`, which people have to hear; a `detail`, which belongs into what was said, where
 * that can be changed; or nothing. A number is news when it has doubled: a flood of calls is no flood of messages.
 */
export function nextNotification(
  told: NotifiedState | null,
  now: NotifiedState,
): 'news' | 'detail' | 'nothing' {
  if (told === null) return 'news';
  const isNews =
    told.status !== now.status ||
    told.isOver !== now.isOver ||
    compareSeverity(now.severity, told.severity) < 0 ||
    told.reminders < now.reminders ||
    doublings(told.count) < doublings(now.count) ||
    doublings(2 * told.principals) < doublings(2 * now.principals) ||
    (!told.isKnown && now.isKnown);
  if (isNews) return 'news';
  return told.count < now.count || told.calls < now.calls ? 'detail' : 'nothing';
}

const doublings = (count: number): number => Math.floor(Math.log2(Math.max(1, count)));
