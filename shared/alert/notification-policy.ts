import { compareSeverity, type Severity } from '#drift/impact.ts';
import type { Incident } from '#incident/incident.ts';
import type { IncidentRecord } from '#incident/incident-records.ts';
import { isAcknowledged } from '#incident/lifecycle/record-action.ts';
import { isAttempt } from '#incident/tamper-event.ts';

/** What people know of a record, as far as it decides about further notifications. */
export type NotifiedState = {
  /** An `IncidentState`, or what happened to a maintenance window or to trailkeeper itself. */
  readonly state: string;
  /** Every state that people were notified of. */
  readonly states: readonly string[];
  readonly severity: Severity;
  readonly isClosed: boolean;
  readonly isFlapping: boolean;
  readonly isCauseKnown: boolean;
  readonly reminders: number;
  /** Episodes that have a result. */
  readonly episodes: number;
  readonly problems: number;
  /** Calls that failed or were reverted before the trail was checked. */
  readonly calls: number;
  readonly principals: number;
  /** When drift last began to wait for a decision, or someone or a deadline last decided or acted; empty if never. ISO 8601. */
  readonly decisionAt?: string;
  readonly isAcknowledged?: boolean;
  readonly updatedAt: string;
  /** When it was as people were last notified of it. */
  readonly notifiedAt: string;
};

/** Whether people are notified, the message that they have is edited, or neither. */
export type Notification = 'notify' | 'update' | 'skip';

/**
 * What there is to say about a record after what people already know. Counts are news at each doubling, and those of what happened only
 * after a minute: attacks within seconds are one notification. If nothing happens later, they are news when the incident closes.
 */
export function nextNotification(known: NotifiedState | null, now: NotifiedState): Notification {
  if (known === null) return 'notify';
  const hasMore = (count: Count) => doublings(now[count]) > doublings(known[count]);
  const isLater = !(Date.parse(now.updatedAt) < Date.parse(known.notifiedAt) + burstMs);
  const isNews =
    isNewState(known, now) ||
    compareSeverity(now.severity, known.severity) < 0 ||
    (now.isFlapping && (!known.isFlapping || now.isClosed !== known.isClosed)) ||
    (now.isCauseKnown && !known.isCauseKnown) ||
    now.reminders > known.reminders ||
    (now.decisionAt ?? '') > (known.decisionAt ?? '') ||
    hasMore('principals') ||
    (isLater && (['episodes', 'problems', 'calls'] as const).some(hasMore));
  if (isNews) return 'notify';
  return now.updatedAt === known.updatedAt ? 'skip' : 'update';
}

/** What people know after a notification or an update. */
export const afterNotification = (
  known: NotifiedState | null,
  now: NotifiedState,
  notification: Notification,
): NotifiedState =>
  known !== null && notification === 'update'
    ? { ...known, updatedAt: now.updatedAt }
    : { ...now, states: [...new Set([...(known?.states ?? []), now.state])] };

type Count = 'episodes' | 'problems' | 'calls' | 'principals';

const burstMs = 60_000;

/** 0, 1, 2 and 3, 4 to 7, 8 to 15 and so on are 0, 1, 2, 3, 4. */
const doublings = (count: number): number => (count < 1 ? 0 : Math.floor(Math.log2(count)) + 1);

/**
 * The result of a repair follows its detection, and a later episode that ends like an earlier one is counted. While repairs keep
 * being reverted, the state changes all the time: only states that people do not know yet are news.
 */
function isNewState(known: NotifiedState, now: NotifiedState): boolean {
  if (now.state === known.state || now.state === 'detected') return false;
  if (inSync.has(now.state) && inSync.has(known.state)) return false;
  return !now.isFlapping || !known.states.includes(now.state);
}

const inSync: ReadonlySet<string> = new Set(['restored', 'resolved']);

/** What people know once they have seen a record as it is now. */
export function notifiedState(record: IncidentRecord): NotifiedState {
  if ('incident' in record) return incidentState(record.incident);
  if ('notice' in record) {
    const { startedAt, endedAt } = record.notice;
    const state = endedAt === null ? 'window-started' : 'window-ended';
    return { ...once, state, states: [state], ...at(endedAt ?? startedAt) };
  }
  const { at: calledAt, updatedAt = calledAt } = record.tampering;
  const state = isAttempt(record.tampering) ? 'attempted' : 'tampered';
  return { ...once, state, states: [state], severity: 'critical', ...at(updatedAt) };
}

function incidentState(incident: Incident): NotifiedState {
  const { severity, cause, reminders, episodeCount, problemCount, updatedAt } = incident;
  const state = incident.retired === undefined ? incident.state : 'retired';
  return {
    state,
    states: [state],
    severity,
    isClosed: incident.closedAt !== null,
    isFlapping: incident.flapping,
    isCauseKnown: cause !== null,
    reminders,
    episodes: state === 'detected' ? episodeCount - 1 : episodeCount,
    problems: problemCount,
    calls: ineffectiveCalls(incident),
    principals: principalsOf(incident),
    decisionAt: lastDecisionAt(incident),
    isAcknowledged: isAcknowledged(incident),
    ...at(updatedAt),
  };
}

/** Not a count: an incident keeps only the latest approvals and actions. */
const lastDecisionAt = ({ approvals, actions }: Incident): string =>
  [
    ...actions.map(({ at }) => at),
    ...approvals.flatMap(({ requestedAt, decision }) => [requestedAt, decision?.at ?? '']),
  ].reduce((last, at) => (at > last ? at : last), '');

const at = (updatedAt: string) => ({ updatedAt, notifiedAt: updatedAt });

const once = {
  severity: 'medium',
  isClosed: false,
  isFlapping: false,
  isCauseKnown: true,
  reminders: 0,
  episodes: 1,
  problems: 0,
  calls: 0,
  principals: 0,
} as const;

/** Without an episode no call had a lasting effect; with episodes, those of the calls that are listed. */
function ineffectiveCalls({ calls, callCount, episodeCount }: Incident): number {
  if (episodeCount === 0) return callCount;
  return calls.filter(({ effect }) => effect === 'failed' || effect === 'reverted').length;
}

const principalsOf = ({ cause, calls }: Incident): number =>
  new Set(
    [cause, ...calls.map(({ call }) => call)].flatMap((call) =>
      call === null ? [] : [call.principal.arn ?? call.principal.name],
    ),
  ).size;
