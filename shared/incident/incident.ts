import * as z from 'zod';
import { severities } from '#drift/impact.ts';
import { gap } from '#gaps/gap.ts';
import { loggingInterruption } from '#gaps/logging-interruption.ts';
import { approval, changeRef } from '#reconcile/approval.ts';
import type { MaintenanceWindow } from '#reconcile/maintenance-window.ts';
import type { Outcome } from '#reconcile/outcome.ts';
import { count, type Of, text, time } from '#text/schema-parts.ts';
import { apiCall } from '#trail/api-call.ts';
import { type IncidentState, meanings } from './lifecycle/states.ts';

/** A type of another room, of which only the fields that the code cannot do without are checked. */
const typed = <Type>(required: z.core.$ZodLooseShape): z.ZodType<Type> =>
  z.looseObject(required) as unknown as z.ZodType<Type>;

/** A stored list, without the last member of a truncated one, which only says how many are missing. */
const list = <Shape extends z.ZodType>(shape: Shape) =>
  z
    .array(z.unknown())
    .transform((members): readonly Of<Shape>[] =>
      members.flatMap((member) => (shape.safeParse(member).data as Of<Shape> | undefined) ?? []),
    );

/** Anyone who can write the row may have written times that cannot be read. */
const readableTimes = { from: time, to: time };

const object = z.looseObject({});
const finding = z.looseObject({ kind: z.string(), changes: list(object).optional() });
const plan = z.looseObject({ findings: list(finding) });

/** One drift from its detection to its resolution. */
const episode = z.object({
  detectedAt: time,
  resolvedAt: time.nullable(),
  /** `restored` by trailkeeper, `accepted` as a new version of the baseline, or `external`: in sync again by neither. */
  resolution: z.enum(['restored', 'accepted', 'external']).nullable(),
  /** The ARN of the principal that captured the new version, if accepted. */
  acceptedBy: z.string().nullable(),
  /** The call that led to its detection; null for a sweep. */
  trigger: apiCall.nullable(),
  outcome: typed<Outcome>({ plan, applied: list(object), verified: plan }),
});

/** Drift that waits, or waited, for a decision, as it is stored. */
export const approvalSchema = approval.extend({ changes: list(changeRef) });

/** What a person did about an incident, beside the decisions on its drift. */
export const personAction = z.strictObject({
  type: z.enum(['acknowledged', 'restore', 'accept', 'window']),
  at: time,
  by: text,
  via: z.enum(['cli', 'slack']),
  reason: text.nullable(),
});

const incidentCall = z.object({
  call: apiCall,
  /**
   * What the call did, as far as it is known. `caused`: it could have caused the worst finding; `related`: it could have caused
   * another one; `restored`: the trail was in sync after it; `reverted`: its change was undone before it was observed; `failed`: it
   * changed nothing.
   */
  effect: z.enum(['caused', 'related', 'restored', 'reverted', 'failed']),
});

/**
 * Everything that happened to one trail from the first finding or call until the trail was in sync and quiet again. A trail has
 * at most one open incident. Times are ISO 8601.
 */
export const incidentSchema = z.object({
  id: z.string(),
  trail: z.string(),
  state: z.enum(Object.keys(meanings) as IncidentState[]),
  /** The highest severity of any entry. */
  severity: z.enum(severities),
  openedAt: time,
  updatedAt: time,
  closedAt: time.nullable(),
  /** When the trail was last seen in sync before the incident; null if unknown. */
  lastInSyncAt: time.nullable(),
  /** The first call that could have caused the worst finding; null if no such call is known. */
  cause: apiCall.nullable(),
  /** Calls that belong to the incident, oldest first; at most `mostEntries`: the first, and the latest of those that did most. */
  calls: list(incidentCall),
  /** How many calls were recorded. Of a flood of calls, not all are. */
  callCount: count,
  /** Each drift from its detection to its resolution, oldest first; at most `mostEntries`: the first and the latest. */
  episodes: list(episode),
  episodeCount: count,
  /** Drift that waits, or waited, for a decision, oldest first. */
  approvals: list(approvalSchema),
  /** What people did or asked for, oldest first; at most `mostEntries`. */
  actions: list(personAction),
  /** Times in which the trail did not log, found after logging had resumed. */
  interruptions: list(loggingInterruption.extend(readableTimes)),
  gaps: list(gap.extend(readableTimes)),
  /** How many distinct problems were found. */
  problemCount: count,
  /** Whether repairs keep being reverted: a remediation loop. */
  flapping: z.boolean(),
  /** How often people were reminded of it. */
  reminders: count,
  /** Why the baseline cannot be used; null if it can. */
  baselineError: z.string().nullable(),
  /** Who retired the trail while the incident was open, and why. */
  retired: z.object({ by: z.string(), reason: z.string() }).optional(),
});

/** A maintenance window that was seen to begin or end: people are notified of both. */
export const noticeSchema = z.object({
  id: z.string(),
  trail: z.string(),
  window: typed<MaintenanceWindow>({ id: z.string(), kinds: z.array(z.string()), until: time }),
  startedAt: time,
  endedAt: time.nullable(),
});

export type Incident = Of<typeof incidentSchema>;
export type PersonAction = Of<typeof personAction>;
export type IncidentCall = Of<typeof incidentCall>;
export type CallEffect = IncidentCall['effect'];
export type Episode = Of<typeof episode>;
/** Whether a step of the repair of an episode succeeded. */
export const hasRepair = ({ outcome }: Episode): boolean =>
  outcome.applied.some(({ status }) => status === 'applied');

export type WindowNotice = Of<typeof noticeSchema>;

/** Whether a window ended before the time until which it was requested. */
export const endedEarly = ({ window, endedAt }: WindowNotice): boolean =>
  endedAt !== null && Date.parse(endedAt) < Date.parse(window.until);

/** How many calls and episodes an incident lists. The first and the latest are kept. */
export const mostEntries = 10;

/** Adds an entry to a list that keeps its first and its latest members. */
export function append<Entry>(entries: readonly Entry[], entry: Entry): readonly Entry[] {
  const all = [...entries, entry];
  return all.length <= mostEntries ? all : [...all.slice(0, 1), ...all.slice(1 - mostEntries)];
}

/** When something was last found, called or resolved. An incident closes after a time without activity. */
export function lastActivityAt(incident: Incident): string {
  const { openedAt, updatedAt, closedAt, retired, episodes, calls, interruptions } = incident;
  if (closedAt === null || retired !== undefined) return updatedAt;
  const times = [
    openedAt,
    ...episodes.flatMap(({ detectedAt, resolvedAt }) => [detectedAt, resolvedAt]),
    ...calls.map(({ call }) => call.at),
    ...interruptions.map(({ to }) => to),
  ];
  const latest = Math.max(...times.flatMap((at) => (at === null ? [] : Date.parse(at))));
  return new Date(latest).toISOString();
}

/** The sort key of an incident's row. */
export const incidentSk = ({ openedAt, id }: Pick<Incident, 'openedAt' | 'id'>): string =>
  `${openedAt}#${id}`;

/** The sort key of the row of a maintenance window's notice. */
export const noticeSk = ({ startedAt, id }: Pick<WindowNotice, 'startedAt' | 'id'>): string =>
  `${startedAt}#window-${id}`;

/** The event that an incident is published as, by its state. */
export const incidentEvents = {
  detected: 'Trail Drift Detected',
  drifted: 'Trail Drift Detected',
  unknown: 'Trail Drift Detected',
  restored: 'Trail Restored',
  resolved: 'Trail Restored',
  degraded: 'Trail Restore Failed',
  failed: 'Trail Restore Failed',
  suspended: 'Trail Restore Deferred',
  'backing-off': 'Trail Restore Deferred',
  'awaiting-approval': 'Trail Restore Deferred',
  attempted: 'Trail Change Attempted',
  reverted: 'Trail Change Reverted',
  'baseline-invalid': 'Trailkeeper Tampered',
} as const satisfies Readonly<Record<IncidentState, string>>;

/** The events on trailkeeper's bus. Anyone may put events on a bus: they only name a row, and the alert function loads it. */
export type BusEventType =
  | (typeof incidentEvents)[IncidentState]
  | 'Maintenance Window Changed'
  | 'Baseline Changed';

export const busEvents: readonly BusEventType[] = [
  ...new Set(Object.values(incidentEvents)),
  'Maintenance Window Changed',
  'Baseline Changed',
];
