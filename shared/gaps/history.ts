import type { Policy } from '#baseline/policy.ts';
import type { DriftKind } from '#drift/kind.ts';
import type { Finding } from '#reconcile/plan.ts';
import type { TimeRange } from '#text/time.ts';
import type { RecordedCall } from '#trail/recorded-call.ts';
import type { Trail } from '#trail/trail-arn.ts';

/** What is known about one trail in a window. The order of calls does not matter. */
export type ReplayInput = {
  readonly trail: Trail;
  readonly states: Readonly<Record<string, object>>;
  readonly policy: Policy;
  readonly calls: readonly RecordedCall[];
  readonly window: TimeRange;
  /** The state of the trail now. */
  readonly present?: CurrentFindings;
};

/** The findings of a trail now, and whether the window lasts until now. */
export type CurrentFindings = {
  readonly findings: readonly Finding[];
  readonly isInWindow: boolean;
};

/** The parts of a drift kind that reconstruct the history of a trail. */
export type KindHistory = Pick<
  DriftKind,
  'name' | 'alwaysEnforced' | 'coupledFields' | 'historyModel' | 'impact'
>;
