import type { TrailHistory } from '#gaps/gap.ts';
import type { TimeRange } from '#gaps/history.ts';
import type { Mode, Verdict } from '#reconcile/outcome.ts';
import type { Finding } from '#reconcile/plan.ts';
import type { TrailArn } from '#trail/trail-arn.ts';
import type { Lookup } from './event-history.ts';

/** A time range in the past, and the trails: all protected trails if null. */
export type BackfillRequest = TimeRange & {
  readonly trails: readonly TrailArn[] | null;
  readonly mode: Mode;
};

/** The state of a backfill, which outlives its invocations: each page of event history is a new version. */
export type BackfillState = {
  /** The key of its report. */
  readonly key: string;
  readonly request: BackfillRequest;
  readonly status: 'running' | 'done' | 'failed';
  /** Why it failed, or why it is delayed. */
  readonly problem: string | null;
  readonly trails: readonly TrailArn[];
  /** The first run is 1. It runs again if its report may have grown. */
  readonly run: number;
  readonly version: number;
  readonly startedAt: string;
  readonly updatedAt: string;
  /** The lookups, in the order in which they are made, and how many of them are done. */
  readonly lookups: readonly Lookup[];
  readonly lookupsDone: number;
  readonly pages: number;
  /** The calls that concern one of the trails. */
  readonly calls: number;
  /** The token of the next page of the current lookup; null at its beginning. */
  readonly token: string | null;
  /** The failures since the last page. */
  readonly failures: number;
  /** The number of parts in which its report is stored. */
  readonly parts: number;
  /** Whether event history may have lacked calls of the time range. */
  readonly mayGrow: boolean;
};

/** How far a backfill is. */
export type Progress = Pick<BackfillState, 'lookupsDone' | 'pages' | 'calls'> & {
  readonly lookups: number;
  /** The current lookup, for example `StopLogging in us-east-1`; null after the last one. */
  readonly lookup: string | null;
};

export function progressOf({ lookups, lookupsDone, pages, calls }: BackfillState): Progress {
  const next = lookups[lookupsDone];
  const lookup = next === undefined ? null : `${next.eventName} in ${next.region}`;
  return { lookupsDone, lookups: lookups.length, lookup, pages, calls };
}

/** The result of a backfill. */
export type BackfillReport = TimeRange & {
  readonly mode: Mode;
  /** Whether the time range ended so shortly before the lookups that event history may have lacked calls. */
  readonly mayGrow: boolean;
  readonly trails: readonly TrailReport[];
  /** The report as lines of text. */
  readonly text: readonly string[];
};

/** One trail in a time range, and now. */
export type TrailReport = TrailHistory & {
  readonly trail: string;
  /** The version of the baseline; null if it cannot be used. */
  readonly version: number | null;
  /** Whether some records or incidents could not be read. */
  readonly hasUnread: boolean;
  readonly now: TrailNow;
};

/** A trail after the lookups, and after its repair if there was one. */
export type TrailNow = {
  readonly verdict: Verdict | 'broken';
  /** The drift before and after the repair. */
  readonly found: readonly string[];
  readonly left: readonly string[];
  /** The calls that repaired it. */
  readonly applied: readonly string[];
  readonly incident: string | null;
  /** What failed beside that; null for nothing. */
  readonly problem: string | null;
};

/** The findings of a trail before its repair, and the result of the repair. Stored at once. */
export type Repair = { readonly findings: readonly Finding[]; readonly now: TrailNow };

/** Event history lags by five minutes on average, and nothing is promised. Source: CloudTrail user guide, "How CloudTrail works". */
export const historyLag = 15 * 60 * 1000;

/** Whether a time range lasts until now, as far as event history can know. */
export const reachesUpTo = ({ to }: TimeRange, now: Date): boolean =>
  now.getTime() - Date.parse(to) <= historyLag;

/** Whether no invocation works on a running backfill: a function runs for 15 minutes at most. */
export const isAbandoned = ({ updatedAt }: BackfillState, now: Date): boolean =>
  now.getTime() - Date.parse(updatedAt) > 20 * 60 * 1000;
