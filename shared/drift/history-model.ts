import type { Change } from '#text/diff.ts';
import type { RecordedCall } from '#trail/recorded-call.ts';
import type { Trail } from '#trail/trail-arn.ts';

type States = Readonly<Record<string, object>>;

/** How event history tells what became of the state of one drift kind, and what that took from the record. */
export type HistoryModel<State extends object = object> = {
  /** The state of a trail that was just made, where the call does not say otherwise; a state without it is not the trail's own. */
  readonly ofNewTrail?: State;

  /** What a call that succeeded made of the state; null for one that is not about it. Pure. */
  after(call: RecordedCall, before: State, trail: Trail): After<State> | null;

  /**
   * Whether a call leaves the state as these states of the baseline say; null for a call that is not about it. For a kind whose
   * state no call sets: without it `after` decides. Pure.
   */
  keeps?(call: RecordedCall, states: States, trail: Trail): boolean | null;

  /** What a change takes from the record, null for nothing; a kind without it costs no record. Pure. */
  missing?(change: Change, desired: State, actual: State): Missing | null;

  /**
   * What it costs where a call left open what a field is, null for nothing that was not told by itself; a kind without it says no more
   * than that it is open. Pure.
   */
  doubt?(field: string, call: RecordedCall): Uncertainty | null;

  /** What is recorded by a trail in this state. Pure. */
  records?(state: State): Partial<Coverage>;
};

/** The fields that a call wrote, those of which its record does not say what they are now, and those that it only shows. */
export type After<State extends object = object> = {
  readonly set: Partial<State>;
  readonly unclear?: readonly string[];
  readonly seen?: Partial<State>;
};

/** What may have been, in words, and what is missing from the record if it was. */
export type Uncertainty = { readonly words: string; readonly missing: Missing };

export type EventKind = 'management' | 'data' | 'network activity' | 'Insights' | 'aggregated';

/** What a trail records: which kinds of events, and of what. */
export type Coverage = {
  readonly events: readonly EventKind[];
  readonly isOfEveryRegion: boolean;
  readonly isOfOrganization: boolean;
  readonly hasDigests: boolean;
};

/** What is missing from the record while a trail is not as it must be. */
export type Missing = {
  /** Of which places: all that the trail records, or a part of it. */
  readonly scope: 'everywhere' | 'other Regions' | 'global services' | 'member accounts';
  /** Which kinds of events, as far as the trail records them; null is all of them. */
  readonly events: readonly EventKind[] | null;
  /** Whether no digest files are made meanwhile. */
  readonly stopsDigests: boolean;
  /** Where it is to be had, or what may be in the wrong place, in words; null where it is nowhere. */
  readonly elsewhere: string | null;
};

/** Nothing at all is recorded. */
export const totalLoss: Missing = {
  scope: 'everywhere',
  events: null,
  stopsDigests: true,
  elsewhere: null,
};

/** Nothing can be delivered, and CloudTrail keeps trying. Source: CloudTrail API reference, GetTrailStatus, `LatestDeliveryError`. */
export const lateAtMost: Missing = {
  scope: 'everywhere',
  events: null,
  stopsDigests: false,
  elsewhere:
    'CloudTrail tries for 30 days to deliver what it has: if delivery was possible again by then, the log files came late',
};
