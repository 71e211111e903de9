import type { BucketLoss } from '#drift/bucket-loss.ts';
import type { CheckpointState } from '#gaps/logging-interruption.ts';
import { recentMinutes } from '#reconcile/suppress-steps.ts';
import { later } from '#text/time.ts';
import type { BusEventType, Incident, WindowNotice } from './incident.ts';

/**
 * What trailkeeper remembers of one trail between two runs: one row, like the `.status` of a Kubernetes object. Times are ISO
 * 8601.
 */
export type TrailStatus = {
  readonly open: OpenIncident | null;
  /** When the trail was last seen in sync, to ten minutes. */
  readonly lastInSyncAt: string | null;
  /** What was last seen of its logging. */
  readonly logging: CheckpointState;
  /** When its bucket was seen to be missing; null if it was not. */
  readonly bucketLoss: BucketLoss | null;
  /** When each field, as `kind.path`, was repaired in the last minutes. */
  readonly repairs: Readonly<Record<string, readonly string[]>>;
  /** Request ids of our own writes: their events are self-triggered. */
  readonly ownRequests: readonly string[];
  /** Ids of events whose call was recorded. */
  readonly recordedEvents: readonly string[];
  /** Maintenance windows whose start was announced, by id. */
  readonly windows: Readonly<Record<string, WindowNotice>>;
  /** What is still to be published, by the sort key of its row. */
  readonly outbox: Readonly<Record<string, OutboxEntry>>;
};

/** A record whose row and event are to be written, or an event that the bus refused after its row was written. */
export type OutboxEntry =
  | { readonly incident: Incident }
  | { readonly notice: WindowNotice }
  | { readonly event: BusEventType };

export type OpenIncident = {
  readonly incident: Incident;
  /** Dedupe keys of the problems found so far. */
  readonly known: readonly string[];
  /** Those that were left when the trail was last observed. */
  readonly unresolved: readonly string[];
  /** The runs that repair, by id. */
  readonly leases: Readonly<Record<string, Lease>>;
  /** When a quiet incident closes; null if it is unresolved. */
  readonly quietUntil: string | null;
  readonly remindAt: string;
};

/** A repair in flight: what it repairs, and until when others leave that to it. `isWhole`: it creates the whole trail again. */
export type Lease = {
  readonly until: string;
  readonly problems: readonly string[];
  readonly isWhole: boolean;
};

export const emptyStatus: TrailStatus = {
  open: null,
  lastInSyncAt: null,
  logging: { lastSeen: null, ownStarts: [] },
  bucketLoss: null,
  repairs: {},
  ownRequests: [],
  recordedEvents: [],
  windows: {},
  outbox: {},
};

const mostIds = 100;

/** A status without what is too old to matter. */
export function expire(status: TrailStatus, at: string): TrailStatus {
  const since = later(at, { minutes: -recentMinutes });
  const repairs = Object.entries(status.repairs)
    .map(([field, times]) => [field, times.filter((time) => time > since).slice(-mostIds)] as const)
    .filter(([, times]) => times.length > 0);
  return {
    ...status,
    repairs: Object.fromEntries(repairs),
    ownRequests: status.ownRequests.slice(-mostIds),
    recordedEvents: status.recordedEvents.slice(-mostIds),
    outbox: Object.fromEntries(Object.entries(status.outbox).slice(-mostIds)),
  };
}

/** In minutes: a repair lease exceeds the function timeout, so a run that holds one at its end has failed. */
const leaseMinutes = 2.5;

export const newLease = (at: string, work: Omit<Lease, 'until'>): Lease => ({
  until: later(at, { minutes: leaseMinutes }),
  ...work,
});

/** The leases in force at a time, other than that of a run. */
export const leasesOfOthers = (
  { leases }: Pick<OpenIncident, 'leases'>,
  { run, at }: { readonly run: string; readonly at: string },
): readonly Lease[] =>
  Object.entries(leases).flatMap(([holder, lease]) =>
    holder !== run && lease.until > at ? [lease] : [],
  );

/** Whether any repair of the trail is in flight. */
export const isRepairing = ({ open }: Pick<TrailStatus, 'open'>, at: string): boolean =>
  open !== null && leasesOfOthers(open, { run: '', at }).length > 0;

/**
 * Whether another run repairs a problem. A call that was made after that run began may have caused it again; events record the
 * second of a call only.
 */
export const isClaimed = (
  { open }: Pick<TrailStatus, 'open'>,
  fingerprint: string,
  run: { readonly run: string; readonly at: string; readonly calledAt: string | null },
): boolean =>
  open !== null &&
  leasesOfOthers(open, run).some(({ until, problems, isWhole }) => {
    const began = Date.parse(later(until, { minutes: -leaseMinutes }));
    const isCallOlder = run.calledAt === null || Date.parse(run.calledAt) + 999 < began;
    return isCallOlder && (isWhole || problems.includes(fingerprint));
  });
