import type { Change } from '#text/diff.ts';
import type { RecordedCall } from '#trail/recorded-call.ts';
import type { Trail } from '#trail/trail-arn.ts';

/** A trail with the states of its baseline. */
export type DesiredTrail = {
  readonly trail: Trail;
  /** The ID of the organization that the account belongs to; null without one. */
  readonly organization: string | null;
  readonly states: Readonly<Record<string, object>>;
};

/** How the calls in event history change the state of one drift kind, and which events are lost by that. All functions are pure. */
export type HistoryModel<State extends object = object> = {
  /** The state of a new trail, as far as the call does not say otherwise. Absent if the state does not belong to the trail. */
  readonly newTrailState?: State;

  /** The effect of a successful call on the state; null if the call is not about it. Without `desired`, the baseline asks for the state before. */
  applyCall(
    call: RecordedCall,
    before: State,
    trail: Trail,
    desired?: State,
  ): CallResult<State> | null;

  /**
   * Whether a call leaves the state as in the baseline; null if the call is not about it. For kinds whose state no call sets:
   * the default follows from `applyCall`.
   */
  leavesInSync?(call: RecordedCall, protectedTrail: DesiredTrail): boolean | null;

  /** The events lost by a change; null for none. A kind without this function never loses events. */
  coverageLoss?(change: Change, desired: State, actual: State): CoverageLoss | null;

  /**
   * The events that may be lost if a call left the value of a field open; null if another field covers it. A kind without this
   * function only says that the value is open.
   */
  uncertainty?(field: string, call: RecordedCall): Uncertainty | null;

  /** The events that a trail records in this state. */
  coverage?(state: State): Partial<Coverage>;
};

/** The fields that a call set, those whose new value its record does not show, and those that its response only shows. */
export type CallResult<State extends object = object> = {
  readonly set: Partial<State>;
  readonly indeterminate?: readonly string[];
  readonly shown?: Partial<State>;
};

/** A possible drift, and the events that are lost if it happened. */
type Uncertainty = { readonly description: string; readonly coverageLoss: CoverageLoss };

export type EventKind = 'management' | 'data' | 'network activity' | 'Insights' | 'aggregated';

/** The events that a trail records. */
export type Coverage = {
  readonly events: readonly EventKind[];
  readonly isMultiRegion: boolean;
  readonly isOrganization: boolean;
  readonly hasDigestFiles: boolean;
};

/** The events that are lost, delayed or misplaced while a trail drifts. */
export type CoverageLoss = {
  /** The accounts and Regions: all that the trail covers, or a part. */
  readonly scope: 'everywhere' | 'other Regions' | 'global services' | 'member accounts';
  /** The kinds of events, as far as the trail records them; null for all. */
  readonly events: readonly EventKind[] | null;
  /** Whether CloudTrail delivers no digest files meanwhile. */
  readonly stopsDigestFiles: boolean;
  /** A sentence about where the events are instead; null if they are lost. */
  readonly elsewhere: string | null;
};

/** No events are recorded. */
export const totalLoss: CoverageLoss = {
  scope: 'everywhere',
  events: null,
  stopsDigestFiles: true,
  elsewhere: null,
};

/** Delivery fails, and CloudTrail retries. Source: CloudTrail API reference, GetTrailStatus, `LatestDeliveryError`. */
export const delayedDelivery: CoverageLoss = {
  scope: 'everywhere',
  events: null,
  stopsDigestFiles: false,
  elsewhere:
    'CloudTrail retries delivery for 30 days: if delivery works again by then, the log files are only late',
};
