import type { TrailHistory } from '#gaps/gap.ts';
import type { TimeRange } from '#gaps/history.ts';
import type { Mode, Verdict } from '#reconcile/outcome.ts';
import type { Finding } from '#reconcile/plan.ts';
import type { TrailArn } from '#trail/trail-arn.ts';

/** What someone wants to know: what was done to trails in a window, those that are named or all that are guarded. */
export type BackfillRequest = TimeRange & {
  readonly trails: readonly TrailArn[] | null;
  readonly mode: Mode;
};

/** How far a backfill is. It survives the function that it runs in: each page of event history is a new version of it. */
export type BackfillState = {
  /** By what it is found: what was asked for. */
  readonly key: string;
  /** Null where it was refused. */
  readonly request: BackfillRequest | null;
  readonly status: 'running' | 'done' | 'failed';
  /** Why it failed, or what it is held up by and tries again. */
  readonly problem: string | null;
  /** The trails that it is about. */
  readonly trails: readonly TrailArn[];
  /** The first time that it was run is 1; it runs again where its report may have grown. */
  readonly run: number;
  readonly version: number;
  readonly startedAt: string;
  readonly updatedAt: string;
  readonly progress: Progress;
  /** Where the lookup that is under way goes on; null at its beginning. */
  readonly token: string | null;
  /** The invocation that is at it. */
  readonly owner: string | null;
  /** How often it failed since it last got on. */
  readonly failures: number;
  /** In how many parts its report is stored. */
  readonly parts: number;
  /** Whether the window may have had more calls in it than event history knew then. */
  readonly mayGrow: boolean;
};

export type Progress = {
  readonly lookupsDone: number;
  readonly lookups: number;
  /** The lookup that is under way, as `StopLogging in us-east-1`; null after the last one. */
  readonly lookup: string | null;
  readonly pages: number;
  /** How many calls touched a trail. */
  readonly calls: number;
};

/** What a backfill found out, and did. */
export type BackfillReport = TimeRange & {
  readonly mode: Mode;
  /** Whether the window ended so short a time before the lookups that the report may still grow. */
  readonly mayGrow: boolean;
  readonly trails: readonly TrailReport[];
  /** The same as lines for people. */
  readonly text: readonly string[];
};

/** One trail in a window, and as it is now. */
export type TrailReport = TrailHistory & {
  readonly trail: string;
  /** The version of the baseline that it was held against; null where that cannot be used. */
  readonly version: number | null;
  readonly now: TrailNow;
};

/** How a trail was found when the window had been looked through, and what is left after what was done about it. */
export type TrailNow = {
  readonly verdict: Verdict | 'broken';
  readonly found: readonly string[];
  readonly left: readonly string[];
  /** The calls with which it was restored. */
  readonly applied: readonly string[];
  readonly incident: string | null;
  /** What failed beside that; null for nothing. */
  readonly problem: string | null;
};

/** What a backfill found of a trail before it restored it, and what came of that: kept as soon as it is done. */
export type Repair = { readonly findings: readonly Finding[]; readonly now: TrailNow };

/** Event history lags by five minutes on average, and nothing is promised. Source: CloudTrail user guide, "How CloudTrail works". */
export const historyLag = 15 * 60 * 1000;

/** Whether what is found now was so, as far as event history can know, at the end of a window. */
export const reachesUpTo = ({ to }: TimeRange, now: Date): boolean =>
  now.getTime() - Date.parse(to) <= historyLag;

/** How long nothing may have been heard of a backfill before someone else goes on with it: longer than a function runs. */
export const patience = 20 * 60 * 1000;

/** Whether no one is at a backfill any more that is not over. */
export const isAbandoned = ({ updatedAt }: BackfillState, now: Date): boolean =>
  now.getTime() - Date.parse(updatedAt) > patience;
