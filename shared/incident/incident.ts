import type { Severity } from '#drift/impact.ts';
import type { Gap } from '#gaps/gap.ts';
import type { LoggingInterruption } from '#gaps/logging-interruption.ts';
import type { MaintenanceWindow } from '#reconcile/maintenance-window.ts';
import type { Outcome, Verdict } from '#reconcile/outcome.ts';
import type { ApiCall } from '#trail/api-call.ts';

/** What happened to one trail, by whom as far as an event told, and what was done about it: kept, and told to people. */
export type Incident = {
  readonly id: string;
  readonly trail: string;
  readonly status: IncidentStatus;
  readonly severity: Severity;
  /** When it was found; ISO 8601. */
  readonly startedAt: string;
  /** When it last came to something else; absent where it did not yet. */
  readonly changedAt?: string;
  /** When it was over; null while something of it is left. */
  readonly endedAt: string | null;
  /** The call that led here; null where none is known to have. */
  readonly cause: ApiCall | null;
  /** Further calls that belong to it, the latest last; at most `longestList`. */
  readonly also: readonly ApiCall[];
  /** How many calls (of attempts and touches) or incidents (of a digest) it stands for. */
  readonly count: number;
  /** How often people were reminded of it. */
  readonly reminders: number;
  /** What was found and done, the latest; null for what is about no look at the trail. */
  readonly outcome: Outcome | null;
  /** The truce that began or ended. */
  readonly hold: MaintenanceWindow | null;
  /** When the record had ended and gone on again before we looked. */
  readonly flip: LoggingInterruption | null;
  /** What the record lacks by it. */
  readonly gaps: readonly Gap[];
  /** Why the baseline can not be used. */
  readonly problem: string | null;
  /** Whether a digest tells it, so that it is not told by itself. */
  readonly isFolded: boolean;
};

/**
 * What an incident has come to. `detected`: drift was found and its repair is under way; `attempted`: calls that failed; `touched`:
 * changes that were undone before we looked; `recovered`: the drift was gone at a later look; `digest`: many incidents in
 * a short time, told as one; `war`: such a digest while somebody undoes what we restore; `hold-began`, `hold-ended`: a truce;
 * `broken`: the baseline can not be used. The others are verdicts.
 */
export type IncidentStatus =
  | Exclude<Verdict, 'in-sync'>
  | 'detected'
  | 'attempted'
  | 'touched'
  | 'recovered'
  | 'digest'
  | 'war'
  | 'hold-began'
  | 'hold-ended'
  | 'broken';

/** Whether the Hold that it is about was over before the time until which it was asked for. */
export const isCutShort = ({ hold, endedAt }: Pick<Incident, 'hold' | 'endedAt'>): boolean =>
  hold !== null && endedAt !== null && Date.parse(endedAt) < Date.parse(hold.until);

/** How many calls an incident lists. */
export const longestList = 20;

/** What trailkeeper says on its bus. Anyone may put events on a bus: they name an incident, and the reader loads it. */
export type BusEventType =
  | 'Trail Drift Detected'
  | 'Trail Restored'
  | 'Trail Restore Failed'
  | 'Trail Restore Deferred'
  | 'Trail Change Attempted'
  | 'Trail Touched'
  | 'Baseline Changed'
  | 'Guard Tampered';

/** The event by which an incident is told, by what it has come to. */
export const ownEventOf = (status: IncidentStatus): BusEventType => ownEvents[status];

/** By what an incident has come to. */
export const ownEvents: Readonly<Record<IncidentStatus, BusEventType>> = {
  detected: 'Trail Drift Detected',
  drifted: 'Trail Drift Detected',
  unknown: 'Trail Drift Detected',
  digest: 'Trail Drift Detected',
  restored: 'Trail Restored',
  recovered: 'Trail Restored',
  degraded: 'Trail Restore Failed',
  failed: 'Trail Restore Failed',
  held: 'Trail Restore Deferred',
  deferred: 'Trail Restore Deferred',
  war: 'Trail Restore Deferred',
  attempted: 'Trail Change Attempted',
  touched: 'Trail Touched',
  'hold-began': 'Baseline Changed',
  'hold-ended': 'Baseline Changed',
  broken: 'Guard Tampered',
};

/**
 * What was done to trailkeeper itself: a call that changed a part of it, parts that are not as they were deployed, or what was written to
 * the state table. Without a fault that is what those who may approve have signed.
 */
export type TamperEvent = {
  readonly id: string;
  readonly at: string;
  /** When it was found, where `at` is the day on which it is told once; absent where that is the same. ISO 8601. */
  readonly foundAt?: string;
  readonly cause: ApiCall | null;
  /** The part that the call is about; absent where no call is known. */
  readonly part?: TamperedPart;
  readonly faults: readonly string[];
  /** What was written to the state table, where it is about that; no call tells of it. */
  readonly changes?: readonly string[];
};

/** The part of trailkeeper that a call is about: its names, and where it is; null where the record does not say. */
export type TamperedPart = {
  readonly names: readonly string[];
  readonly account: string | null;
  readonly region: string | null;
};
