import type { Policy } from '#baseline/policy.ts';
import type { HistoryModel } from '#drift/history-model.ts';
import type { Impact } from '#drift/impact.ts';
import type { Finding } from '#reconcile/plan.ts';
import type { Change } from '#text/diff.ts';
import type { RecordedCall } from '#trail/recorded-call.ts';
import type { Trail } from '#trail/trail-arn.ts';

/** What is known about one trail in a window. The order of calls and snapshots does not matter. */
export type ReplayInput = {
  readonly trail: Trail;
  readonly states: Readonly<Record<string, object>>;
  readonly policy: Policy;
  readonly calls: readonly RecordedCall[];
  readonly snapshots: readonly Snapshot[];
  readonly window: TimeRange;
  /** Drift found before the window and not reverted by its beginning. */
  readonly initialDrift?: readonly InitialDrift[];
  /** The state of the trail now. */
  readonly present?: CurrentFindings;
};

/** Drift found before the window, and the call that caused it, if known. */
export type InitialDrift = {
  readonly findings: readonly Finding[];
  readonly call: RecordedCall | null;
};

/** The findings of a trail now, and whether the window lasts until now. */
export type CurrentFindings = {
  readonly findings: readonly Finding[];
  readonly isInWindow: boolean;
};

/** Both ends are ISO 8601 in UTC and belong to the range. */
export type TimeRange = { readonly from: string; readonly to: string };

/** Findings at a time that is known only to be between `since` and `until`: before or after a repair. */
export type Snapshot = {
  readonly at: string;
  readonly since: string;
  readonly until: string;
  readonly isAfterRepair: boolean;
  readonly findings: readonly Finding[];
};

/** The parts of a drift kind that reconstruct the history of a trail. */
export type KindHistory = {
  readonly name: string;
  readonly alwaysEnforced?: boolean;
  readonly coupledFields?: readonly (readonly string[])[];
  readonly historyModel?: HistoryModel;
  impact(change: Change, desired: object, actual: object): Impact;
};
