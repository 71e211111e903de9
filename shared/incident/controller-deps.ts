import type { Logger } from '@aws-lambda-powertools/logger';
import type { Aws } from '#aws/clients.ts';
import type { DriftKind } from '#drift/kind.ts';
import type { WindowStore } from '#reconcile/maintenance-window-store.ts';
import type { Mode, Outcome, Verdict } from '#reconcile/outcome.ts';
import type { SuppressionRules } from '#reconcile/suppress-steps.ts';
import type { ApiCall } from '#trail/api-call.ts';
import type { RecordedCall } from '#trail/recorded-call.ts';
import type { AlertRules } from './lifecycle/report.ts';
import type { TrailStatus } from './trail-status.ts';
import type { StatusStore } from './trail-status-store.ts';

export type ControllerDeps = {
  readonly kinds: readonly DriftKind[];
  readonly awsOf: (region: string) => Aws;
  /** How many reads of CloudTrail a Region allows. */
  readonly readsPerSecond: number;
  readonly mode: Mode;
  /** The ID of the organization; null without one. */
  readonly organization: string | null;
  readonly logger: Logger;
  readonly statuses: StatusStore;
  readonly windows: WindowStore;
  readonly rules: ControllerRules;
  /** The ids of the requests by which this process has written lately. */
  readonly requests: readonly string[];
  /** The last check of each trail by this process. */
  readonly checks: Map<string, EarlierCheck>;
  /** For how long a read may miss a write, in milliseconds. */
  readonly readLagMs: number;
  readonly now: () => Date;
  readonly sleep: (ms: number) => Promise<unknown>;
  readonly newId: () => string;
};

/** The call that led to a run, and its record; both null for a sweep. */
export type Trigger = { readonly call: ApiCall | null; readonly record: RecordedCall | null };

/** A check of one trail that this process finished. */
export type EarlierCheck = {
  /** When it began to read, in milliseconds. */
  readonly at: number;
  /** The names of the kinds that it read. */
  readonly kinds: ReadonlySet<string>;
  /** The trail's status after it. */
  readonly status: TrailStatus;
};

/** How people are notified, and what may suppress a repair. */
type ControllerRules = AlertRules & SuppressionRules;

/**
 * What became of one protected trail, and the id of its open incident after the run; null if none is open. `broken` is a baseline
 * that cannot be used, `self-triggered` an event of our own write, `answered` an event that an earlier check answers.
 */
export type TrailReport = { readonly trail: string; readonly incident: string | null } & (
  | { readonly verdict: Verdict; readonly outcome: Outcome }
  | { readonly verdict: 'broken'; readonly error: string; readonly retryable: boolean }
  | { readonly verdict: 'self-triggered' | 'answered' }
);
