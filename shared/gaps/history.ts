import type { Policy } from '#baseline/policy.ts';
import type { HistoryModel } from '#drift/history-model.ts';
import type { Impact } from '#drift/impact.ts';
import type { Finding } from '#reconcile/plan.ts';
import type { Change } from '#text/diff.ts';
import type { RecordedCall } from '#trail/recorded-call.ts';
import type { Trail } from '#trail/trail-arn.ts';

/** What is known of one trail between two times, in any order. */
export type ReplayInput = {
  readonly trail: Trail;
  readonly states: Readonly<Record<string, object>>;
  readonly policy: Policy;
  readonly calls: readonly RecordedCall[];
  readonly looks: readonly Look[];
  readonly window: TimeRange;
  /** What had drifted before the window and was not put right by its beginning. */
  readonly before?: readonly InitialDrift[];
  /** How the trail is found when the window has been looked through. */
  readonly present?: CurrentFindings;
};

/** A drift that was found before a window, and the call that led to it where that is known. */
export type InitialDrift = {
  readonly findings: readonly Finding[];
  readonly call: RecordedCall | null;
};

/** What is found of a trail now, and whether the window reaches up to that. */
export type CurrentFindings = {
  readonly findings: readonly Finding[];
  readonly isInWindow: boolean;
};

/** From one time to another, each as ISO 8601 in UTC and part of it. */
export type TimeRange = { readonly from: string; readonly to: string };

/** What was seen of a trail about a time, between two others: what was found, or what was left after a repair. */
export type Look = {
  readonly at: string;
  readonly since: string;
  readonly until: string;
  readonly isAfterRepair: boolean;
  readonly findings: readonly Finding[];
};

/** What the past of a trail is told by: a drift kind's name, its judgement, and its reading of calls. */
export type KindHistory = {
  readonly name: string;
  readonly alwaysEnforced?: boolean;
  readonly coupledFields?: readonly (readonly string[])[];
  readonly past?: HistoryModel;
  impact(change: Change, desired: object, actual: object): Impact;
};
