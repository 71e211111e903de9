import type { Baseline } from '#baseline/baseline.ts';
import type { BucketLoss } from '#drift/dependencies/bucket-loss.ts';
import type { Gap } from '#gaps/gap.ts';
import type { LoggingCheckpoint } from '#gaps/logging-interruption.ts';
import type { ApprovalRules } from '#reconcile/approval.ts';
import type { MaintenanceWindow } from '#reconcile/maintenance-window.ts';
import { type Outcome, verdict } from '#reconcile/outcome.ts';
import type { Plan } from '#reconcile/plan.ts';
import type { ApiCall } from '#trail/api-call.ts';
import type { Incident } from '../incident.ts';
import type { OutsideReading } from '../trail-status.ts';
import type { Signal } from './states.ts';

/** What one run observed and did. It reports twice if it repairs: when drift is detected, and when the repair is verified. */
export type ReconcileReport = {
  readonly at: string;
  readonly startedAt: string;
  readonly trail: string;
  /** Names the run: the event's id, or a UUID. */
  readonly run: string;
  readonly phase: 'detected' | 'verified';
  /** The call that led to the run; null for a sweep. */
  readonly call: ApiCall | null;
  /** Whether the call set only what the baseline says: it opens nothing and is never a cause. */
  readonly isNoOp: boolean;
  /** Null if the baseline cannot be used; `baselineError` says why. */
  readonly outcome: Outcome | null;
  readonly baselineError: string | null;
  /** The version of the baseline that the trail was compared with; null if it cannot be used. */
  readonly baseline: Pick<Baseline, 'capturedBy' | 'states' | 'policy'> | null;
  readonly logging: ObservedLogging;
  /** That the trail's bucket was seen to be missing; null if it was not. */
  readonly bucketLoss: BucketLoss | null;
  /** The version of the baseline, and when the run read the kinds outside the trail and found them in sync; null if it did not. */
  readonly outsideInSync: OutsideReading | null;
  /** Request ids of the steps that were applied. */
  readonly requestIds: readonly string[];
  /** The maintenance windows in force; null if they could not be read. */
  readonly windows: readonly MaintenanceWindow[] | null;
};

/** What a run saw of the trail's logging, from its first reading to its last; null in a list is a reading that failed. */
type ObservedLogging = {
  readonly readings: readonly (LoggingCheckpoint | null)[];
  /** Whether the trail was missing at the last reading. */
  readonly isGone: boolean;
  /** When the version of the baseline was captured: the trail logged then. Null if it is unknown. */
  readonly capturedAt: string | null;
};

/** How people are notified. */
export type AlertRules = {
  /** In hours: people are reminded of an unresolved incident at this interval. */
  readonly remindEvery: number;
  /** After this many drifts in one incident, repairs count as being reverted. */
  readonly flappingAfter: number;
  /** Of drift whose repair waits for a decision. */
  readonly approval: ApprovalRules;
};

/** What the lifecycle asks of the drift kinds and the configuration. */
export type LifecycleRules = AlertRules & {
  couldHaveCaused(plan: Plan, call: ApiCall): boolean;
  kindsAffectedBy(eventName: string): readonly string[];
  gapsOf(incident: Incident, at: string): readonly Gap[];
};

/** What a report says of the state of the trail. */
export function signalOf({ phase, outcome }: ReconcileReport): Signal {
  if (outcome === null) return 'baseline-invalid';
  return phase === 'detected' ? 'detected' : verdict(outcome);
}
