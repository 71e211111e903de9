import type { Severity } from '#drift/impact.ts';
import { lately } from '#reconcile/recent-repairs.ts';
import type { BusEventType, Incident, IncidentStatus } from './incident.ts';

/**
 * What is open on one trail, and what was lately told of it: by this the same drift, seen again by whichever function, is told
 * once. Incidents are named by the sort keys of their rows; times are ISO 8601.
 */
export type OpenIncidents = {
  /** By the fingerprint of each thing that is wrong: the incident that told it. */
  readonly symptoms: Readonly<Record<string, OpenSymptom>>;
  /** The incidents that those belong to: when people are reminded, and whether a digest tells them. */
  readonly incidents: Readonly<Record<string, OpenIncident>>;
  /** Attempts and touches of one principal, told as one, until when one more belongs to them. */
  readonly groups: Readonly<Record<string, Group>>;
  /** Many incidents in a short time, told as one. */
  readonly digest: Digest | null;
  /** The latest incidents: when they were opened, and how grave they were. */
  readonly opened: readonly Opened[];
  /** Incidents that ended lately: the events of calls that they undid may still come. */
  readonly ended: readonly Ended[];
  /** When the trail was seen in sync, to ten minutes: what was called before that has made nothing that is wrong. */
  readonly inSyncAt: string | null;
  /** Events that were dealt with. */
  readonly events: readonly string[];
  /** Our own writes, by the ids of their requests. */
  readonly requests: readonly string[];
  /** When each field, as `kind.path`, was restored lately. */
  readonly restores: Readonly<Record<string, readonly string[]>>;
  /** The incidents of Holds that were told to have begun, by the Hold's id. */
  readonly holds: Readonly<Record<string, string>>;
  /** What is still to be said on the bus. */
  readonly outbox: readonly Telling[];
};

export type OpenSymptom = {
  readonly kind: string;
  readonly incident: string;
  /** Until when its finder may be at work on it; null where nobody is. */
  readonly busyUntil: string | null;
};

export type OpenIncident = Told & {
  readonly openedAt: string;
  /** When the trail was last seen in sync before it; null where that is not known. */
  readonly since: string | null;
  readonly remindAt: string;
  /** As it was told last. */
  readonly status: IncidentStatus;
  readonly severity: Severity;
};

export type Opened = { readonly at: string; readonly severity: Severity };

export type Group = Told & {
  readonly kind: 'attempted' | 'touched' | 'flip';
  readonly incident: string;
  readonly until: string;
  /** When the time without record ended that its row tells of; null where it tells of none. */
  readonly flip: string | null;
};

export type Digest = {
  readonly incident: string;
  readonly severity: Severity;
  readonly isWar: boolean;
  /** How many incidents it stands for. */
  readonly count: number;
  readonly remindAt: string;
};

export type Ended = Told & {
  readonly incident: string;
  readonly at: string;
  readonly since: string | null;
  /** As it was told last. */
  readonly status: IncidentStatus;
  readonly kinds: readonly string[];
};

/** How many further calls belong to an incident, and whether a digest tells it. */
export type Told = { readonly calls: number; readonly isFolded: boolean };

/** An own event about an incident, and what the incident has come to by it, in case that did not reach its row. */
export type Telling = {
  readonly incident: string;
  readonly event: BusEventType;
  readonly content: Partial<Incident>;
};

export const nothingOpen: OpenIncidents = {
  symptoms: {},
  incidents: {},
  groups: {},
  digest: null,
  opened: [],
  ended: [],
  inSyncAt: null,
  events: [],
  requests: [],
  restores: {},
  holds: {},
  outbox: [],
};

/** How people are told, as the configuration says. */
export type TellingRules = {
  /** In hours: what stays broken is told again. */
  readonly remindEvery: number;
  /** How many incidents of a trail in ten minutes are told one by one; what is more is one digest. */
  readonly digestAfter: number;
};
/** Whether somebody is at work on what is wrong. */
export const isRepairing = ({ symptoms }: OpenIncidents, at: string): boolean =>
  Object.values(symptoms).some((symptom) => isBusy(symptom, at));

/** How many ids of events and of requests are remembered. */
const mostIds = 100;

/** In minutes: how late the event of a call may come that an incident has undone. */
export const longestDelay = 15;

/** Whether whoever found it may be at work on it. */
export const isBusy = ({ busyUntil }: OpenSymptom, at: string): boolean =>
  busyUntil !== null && busyUntil > at;

/** In minutes: a function that found drift is done with it by then, or is no more. It runs for two minutes at most. */
export const atWork = 2.5;

/**
 * Whether another look is at work on what is wrong. A call that was made after that began may have made it anew: events tell the
 * second of a call, and no more.
 */
export function isClaimed(
  symptom: OpenSymptom | undefined,
  look: {
    readonly incident: string;
    readonly at: string;
    readonly since?: string | null | undefined;
  },
): boolean {
  if (symptom === undefined || symptom.incident === look.incident) return false;
  if (symptom.busyUntil === null || !isBusy(symptom, look.at)) return false;
  const began = Date.parse(symptom.busyUntil) - atWork * 60_000;
  return look.since == null || Date.parse(look.since) + 999 < began;
}

/** A time so much later. */
export function later(
  at: string,
  { hours = 0, minutes = 0 }: { readonly hours?: number; readonly minutes?: number },
): string {
  return new Date(Date.parse(at) + (hours * 60 + minutes) * 60_000).toISOString();
}

export type Draft<T> = T extends object ? { -readonly [K in keyof T]: Draft<T[K]> } : T;

/** A copy to work on. */
export type Drafted = Draft<Omit<OpenIncidents, 'outbox'>> & { outbox: OpenIncidents['outbox'] };

/** A copy to work on, without what is too old to matter. */
export function pruned(open: OpenIncidents, at: string): Drafted {
  const draft = structuredClone(open) as Drafted;
  const isLate = (time: string) => time > later(at, { minutes: -lately });
  return {
    ...draft,
    opened: draft.opened.filter((one) => isLate(one.at)),
    ended: draft.ended.filter((one) => one.at > later(at, { minutes: -longestDelay })).slice(-20),
    groups: Object.fromEntries(Object.entries(draft.groups).filter(([, { until }]) => until > at)),
    restores: Object.fromEntries(
      Object.entries(draft.restores)
        .map(([kind, times]) => [kind, times.filter(isLate).slice(-mostIds)] as const)
        .filter(([, times]) => times.length > 0),
    ),
    events: draft.events.slice(-mostIds),
    requests: draft.requests.slice(-mostIds),
  };
}
