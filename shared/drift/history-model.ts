import type { Change } from '#text/diff.ts';
import type { RecordedCall } from '#trail/recorded-call.ts';
import type { Trail } from '#trail/trail-arn.ts';

type States = Readonly<Record<string, object>>;

/** How recorded calls changed the state of one drift kind, and which events were lost by that. */
export type HistoryModel<State extends object = object> = {
  /** The state of a new trail, unless the call sets another one. Absent for a state that is not part of the trail. */
  readonly ofNewTrail?: State;

  /** The effect of a successful call on the state; null if it has none. Pure. */
  after(call: RecordedCall, before: State, trail: Trail): After<State> | null;

  /**
   * Whether a call leaves the state as these states of the baseline say; null if the call does not concern it. Only for kinds whose
   * state no call sets; otherwise `after` decides. Pure.
   */
  keeps?(call: RecordedCall, states: States, trail: Trail): boolean | null;

  /** The events that are lost by a change; null for none. A kind without it loses no events. Pure. */
  missing?(change: Change, desired: State, actual: State): Missing | null;

  /**
   * The events that may be lost if a call leaves the value of a field unknown; null for none. Without it only the uncertainty is
   * reported. Pure.
   */
  doubt?(field: string, call: RecordedCall): Uncertainty | null;

  /** What a trail in this state records. Pure. */
  records?(state: State): Partial<Coverage>;
};

/** The fields that a call set, the fields whose new value its record does not contain, and the fields that it only shows. */
export type After<State extends object = object> = {
  readonly set: Partial<State>;
  readonly unclear?: readonly string[];
  readonly seen?: Partial<State>;
};

/** A possible change, as a description, and the events that are lost if it happened. */
export type Uncertainty = { readonly words: string; readonly missing: Missing };

export type EventKind = 'management' | 'data' | 'network activity' | 'Insights' | 'aggregated';

/** What a trail records: the kinds of events and their scope. */
export type Coverage = {
  readonly events: readonly EventKind[];
  readonly isOfEveryRegion: boolean;
  readonly isOfOrganization: boolean;
  readonly hasDigests: boolean;
};

/** The events that are lost while a trail is drifted. */
export type Missing = {
  /** Where events are lost: everything that the trail covers, or a part of it. */
  readonly scope: 'everywhere' | 'other Regions' | 'global services' | 'member accounts';
  /** The kinds of events; null for all kinds that the trail records. */
  readonly events: readonly EventKind[] | null;
  /** Whether digest files are not created meanwhile. */
  readonly stopsDigests: boolean;
  /** Where the events are instead, as a sentence; null if nowhere. */
  readonly elsewhere: string | null;
};

/** No events are recorded. */
export const totalLoss: Missing = {
  scope: 'everywhere',
  events: null,
  stopsDigests: true,
  elsewhere: null,
};

/** Nothing can be delivered, and CloudTrail retries. Source: CloudTrail API reference, GetTrailStatus, `LatestDeliveryError`. */
export const lateAtMost: Missing = {
  scope: 'everywhere',
  events: null,
  stopsDigests: false,
  elsewhere:
    'CloudTrail retries delivery for 30 days: if it succeeded by then, the log files were late',
};
