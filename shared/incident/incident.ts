import type { Severity } from '#drift/impact.ts';
import type { Gap } from '#gaps/gap.ts';
import type { LoggingInterruption } from '#gaps/logging-interruption.ts';
import type { MaintenanceWindow } from '#reconcile/maintenance-window.ts';
import type { Outcome } from '#reconcile/outcome.ts';
import type { ApiCall } from '#trail/api-call.ts';
import type { IncidentState } from './lifecycle/states.ts';

/**
 * Everything that happened to one trail from the first finding or call until the trail was in sync and quiet again. A trail has
 * at most one open incident. Times are ISO 8601.
 */
export type Incident = {
  readonly id: string;
  readonly trail: string;
  readonly state: IncidentState;
  /** The highest severity of any entry. */
  readonly severity: Severity;
  readonly openedAt: string;
  readonly updatedAt: string;
  readonly closedAt: string | null;
  /** When the trail was last seen in sync before the incident; null if unknown. */
  readonly lastInSyncAt: string | null;
  /** The first call that could have caused the worst finding; null if no such call is known. */
  readonly cause: ApiCall | null;
  /** Calls that belong to the incident, oldest first; at most `mostEntries`: the first and the latest. */
  readonly calls: readonly IncidentCall[];
  readonly callCount: number;
  /** Each drift from its detection to its resolution, oldest first; at most `mostEntries`: the first and the latest. */
  readonly episodes: readonly Episode[];
  readonly episodeCount: number;
  /** Times in which the trail did not log, found after logging had resumed. */
  readonly interruptions: readonly LoggingInterruption[];
  readonly gaps: readonly Gap[];
  /** How many distinct problems were found. */
  readonly problemCount: number;
  /** Whether repairs keep being reverted: a remediation loop. */
  readonly flapping: boolean;
  /** How often people were reminded of it. */
  readonly reminders: number;
  /** Why the baseline cannot be used; null if it can. */
  readonly baselineError: string | null;
};

/**
 * What a call did, as far as it is known. `caused`: it could have caused the worst finding; `related`: it could have caused
 * another one; `reverted`: its change was undone before it was observed; `failed`: it changed nothing.
 */
export type CallEffect = 'caused' | 'related' | 'reverted' | 'failed';

export type IncidentCall = { readonly call: ApiCall; readonly effect: CallEffect };

/** One drift from its detection to its resolution. */
export type Episode = {
  readonly detectedAt: string;
  readonly resolvedAt: string | null;
  /** `restored` by trailkeeper, or `external`: in sync again without its doing. */
  readonly resolution: 'restored' | 'external' | null;
  /** The call that led to its detection; null for a sweep. */
  readonly trigger: ApiCall | null;
  readonly outcome: Outcome;
};

/** A maintenance window that was seen to begin or end: people are notified of both. */
export type WindowNotice = {
  readonly id: string;
  readonly trail: string;
  readonly window: MaintenanceWindow;
  readonly startedAt: string;
  readonly endedAt: string | null;
};

/** Whether a window ended before the time until which it was asked for. */
export const endedEarly = ({ window, endedAt }: WindowNotice): boolean =>
  endedAt !== null && Date.parse(endedAt) < Date.parse(window.until);

/** What the state table holds about a trail or about trailkeeper itself, and what people are notified of. */
export type IncidentRecord =
  | { readonly incident: Incident }
  | { readonly notice: WindowNotice }
  | { readonly tampering: TamperEvent };

/** How many calls and episodes an incident lists. The first and the latest are kept. */
export const mostEntries = 10;

/** Adds an entry to a list that keeps its first and its latest members. */
export function append<Entry>(entries: readonly Entry[], entry: Entry): readonly Entry[] {
  const all = [...entries, entry];
  return all.length <= mostEntries ? all : [...all.slice(0, 1), ...all.slice(1 - mostEntries)];
}

/** The sort key of an incident's row. */
export const incidentSk = ({ openedAt, id }: Pick<Incident, 'openedAt' | 'id'>): string =>
  `${openedAt}#${id}`;

/** The sort key of the row of a maintenance window's notice. */
export const noticeSk = ({ startedAt, id }: Pick<WindowNotice, 'startedAt' | 'id'>): string =>
  `${startedAt}#window-${id}`;

/** The events on trailkeeper's bus. Anyone may put events on a bus: they only name a row, and the reader loads it. */
export type BusEventType =
  | 'Trail Drift Detected'
  | 'Trail Restored'
  | 'Trail Restore Failed'
  | 'Trail Restore Deferred'
  | 'Trail Change Attempted'
  | 'Trail Change Reverted'
  | 'Maintenance Window Changed'
  | 'Baseline Changed'
  | 'Trailkeeper Tampered';

/** The event that an incident is published as, by its state. */
export const incidentEvents: Readonly<Record<IncidentState, BusEventType>> = {
  detected: 'Trail Drift Detected',
  drifted: 'Trail Drift Detected',
  unknown: 'Trail Drift Detected',
  restored: 'Trail Restored',
  resolved: 'Trail Restored',
  degraded: 'Trail Restore Failed',
  failed: 'Trail Restore Failed',
  suspended: 'Trail Restore Deferred',
  'backing-off': 'Trail Restore Deferred',
  attempted: 'Trail Change Attempted',
  reverted: 'Trail Change Reverted',
  'baseline-invalid': 'Trailkeeper Tampered',
};

/** Every event that notifies people. */
export const busEvents: readonly BusEventType[] = [
  ...new Set<BusEventType>([
    ...Object.values(incidentEvents),
    'Maintenance Window Changed',
    'Baseline Changed',
  ]),
];

/**
 * What was done to trailkeeper itself: a call that changed a part of it, parts that differ from their deployment, or a write to the
 * state table. Without a fault, it is a write that an approver has signed.
 */
export type TamperEvent = {
  readonly id: string;
  readonly at: string;
  /** When it was found, if `at` is the day on which it is reported once. ISO 8601. */
  readonly foundAt?: string;
  readonly cause: ApiCall | null;
  /** The part that the call is about; absent if no call is known. */
  readonly part?: TamperedPart;
  readonly faults: readonly string[];
  /** What was written to the state table; no call is recorded for that. */
  readonly changes?: readonly string[];
};

/** The part of trailkeeper that a call is about: its names, account and Region; null if the record does not say. */
export type TamperedPart = {
  readonly names: readonly string[];
  readonly account: string | null;
  readonly region: string | null;
};
