import * as z from 'zod';
import { checkpointState } from '#gaps/logging-interruption.ts';
import { recentMinutes, recentRepairs } from '#reconcile/suppress-steps.ts';
import { jsonText } from '#text/json-text.ts';
import { type Of, texts, time } from '#text/schema-parts.ts';
import { later } from '#text/time.ts';
import { truncateForStorage } from '#text/truncate-for-storage.ts';
import { approvalSchema, busEvents, incidentSchema, incidentSk, noticeSchema } from './incident.ts';

/** A repair in flight: since when, and what it repairs. */
const lease = z.object({
  from: time,
  /** Fingerprints of problems. */
  problems: texts,
  /** Whether it creates the whole trail again. */
  isWhole: z.boolean(),
});

const openIncident = z.object({
  incident: incidentSchema,
  /** Fingerprints of the problems found so far. */
  known: texts,
  /** Those that were left when the trail was last observed. */
  unresolved: texts,
  /** Those of the incident, which may be truncated there: decisions are taken from here. */
  approvals: z.array(approvalSchema),
  /** When a quiet incident closes; null if it is unresolved. */
  quietUntil: time.nullable(),
  remindAt: time,
});

/** That something was seen at a time, under which version of the baseline. */
const sighting = z.object({ version: z.int(), at: time });

/**
 * What trailkeeper remembers of one trail between two runs: one row, like the `.status` of a Kubernetes object. Times are ISO
 * 8601.
 */
const statusSchema = z.object({
  open: openIncident.nullable(),
  /** The repairs in flight, by the id of their run. */
  leases: z.record(z.string(), lease),
  /** When the trail was last seen in sync, to ten minutes. */
  lastInSyncAt: time.nullable(),
  /** What was last seen of its logging. */
  logging: checkpointState,
  /** When its bucket was seen to be missing; null if it was not. */
  bucketLoss: sighting.nullable(),
  /** The last run that read the kinds outside the trail and found them in sync: the baseline's version, and when it began. */
  outsideInSync: sighting.nullable(),
  /** When each field, by `fieldName`, was repaired in the last minutes. */
  repairs: z.record(z.string(), texts),
  /** When each step, by `stepKey`, was denied in the last minutes. */
  refusals: z.record(z.string(), time),
  /** Request ids of our own writes: their events are self-triggered. */
  ownRequests: texts,
  /** Ids of events whose call was recorded. */
  recordedEvents: texts,
  /** Maintenance windows whose start was announced, by id. */
  windows: z.record(z.string(), noticeSchema),
  /** By sort key: records whose row and event are to be written, and events that the bus refused after their row was written. */
  outbox: z.record(
    z.string(),
    z.union([
      z.object({ incident: incidentSchema }),
      z.object({ notice: noticeSchema }),
      z.object({ event: z.enum(busEvents) }),
    ]),
  ),
});

export type TrailStatus = Of<typeof statusSchema>;
export type OpenIncident = Of<typeof openIncident>;
export type OutsideReading = Of<typeof sighting>;
export type Lease = Of<typeof lease>;
export type OutboxEntry = TrailStatus['outbox'][string];

export const emptyStatus: TrailStatus = {
  open: null,
  leases: {},
  lastInSyncAt: null,
  logging: { lastSeen: null, ownStarts: [] },
  bucketLoss: null,
  outsideInSync: null,
  repairs: {},
  refusals: {},
  ownRequests: [],
  recordedEvents: [],
  windows: {},
  outbox: {},
};

/**
 * The status in a row. Malformed text is an empty status: anyone who can write the row could as well delete it, and a problem that
 * is forgotten is reported again.
 */
export const parseStatus = (text: unknown): TrailStatus =>
  jsonText(statusSchema).safeParse(text).data ?? emptyStatus;

/**
 * A status as JSON text that fits into a row of DynamoDB, which holds 400 KB: an attacker may write megabytes of selectors. Records
 * are truncated; if that is not enough, because the bus refused many of them, the oldest ones of the outbox are dropped.
 */
export function storedStatus({ open, outbox, ...status }: TrailStatus): string {
  const records = Object.entries(outbox).map(([sk, entry]) => [sk, truncateForStorage(entry)]);
  const text = (dropped: number) =>
    JSON.stringify({
      ...status,
      open: open && { ...open, incident: truncateForStorage(open.incident) },
      outbox: Object.fromEntries(records.slice(dropped)),
    });
  const dropped = records.findIndex((_, i) => Buffer.byteLength(text(i)) < mostBytes);
  return text(dropped === -1 ? records.length : dropped);
}

const mostBytes = 350_000;
const mostIds = 100;

/** A status whose incident is to be published as it is now. Once it is closed, no incident is open. */
export const withIncident = (status: TrailStatus, open: OpenIncident): TrailStatus => ({
  ...status,
  open: open.incident.closedAt === null ? open : null,
  outbox: { ...status.outbox, [incidentSk(open.incident)]: { incident: open.incident } },
});

/** A status without what is too old to matter. */
export function expire(status: TrailStatus, at: string): TrailStatus {
  const since = later(at, { minutes: -recentMinutes });
  const refusals = Object.entries(status.refusals).filter(([, refusedAt]) => refusedAt > since);
  return {
    ...status,
    repairs: recentRepairs(status.repairs, at, mostIds),
    refusals: Object.fromEntries(refusals.slice(-mostIds)),
    ownRequests: status.ownRequests.slice(-mostIds),
    recordedEvents: status.recordedEvents.slice(-mostIds),
  };
}
