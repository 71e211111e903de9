import * as z from 'zod';
import { trailHistory } from '#gaps/gap.ts';
import { type Mode, mode, type Verdict } from '#reconcile/outcome.ts';
import type { Finding } from '#reconcile/plan.ts';
import { count, type Of, text, textOf, texts, time } from '#text/schema-parts.ts';
import type { TimeRange } from '#text/time.ts';
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
const progress = z.strictObject({
  lookupsDone: count,
  lookups: count,
  /** The current lookup, for example `StopLogging in us-east-1`; null after the last one. */
  lookup: text.nullable(),
  pages: count,
  calls: count,
});

export type Progress = Of<typeof progress>;

export function progressOf({ lookups, lookupsDone, pages, calls }: BackfillState): Progress {
  const next = lookups[lookupsDone];
  const lookup = next === undefined ? null : `${next.eventName} in ${next.region}`;
  return { lookupsDone, lookups: lookups.length, lookup, pages, calls };
}

/** A trail after the lookups, and after its repair if there was one. */
const trailNow = z.strictObject({
  verdict: textOf<Verdict | 'broken'>(),
  /** The drift before and after the repair. */
  found: texts,
  left: texts,
  /** The calls that repaired it. */
  applied: texts,
  incident: text.nullable(),
  /** What failed beside that; null for nothing. */
  problem: text.nullable(),
});

export type TrailNow = Of<typeof trailNow>;

/** One trail in a time range, and now. */
const trailReport = z.strictObject({
  trail: text.describe('The ARN of a trail.'),
  /** The version of the baseline; null if it cannot be used. */
  version: count.nullable(),
  ...trailHistory.shape,
  /** Whether some records or incidents could not be read. */
  hasUnread: z.boolean(),
  now: trailNow,
});

export type TrailReport = Of<typeof trailReport>;

/** The result of a backfill. */
export const backfillReport = z.strictObject({
  from: time,
  to: time,
  mode,
  /** Whether the time range ended so shortly before the lookups that event history may have lacked calls. */
  mayGrow: z.boolean(),
  trails: z.array(trailReport),
  /** The report as lines of text. */
  text: texts,
});

export type BackfillReport = Of<typeof backfillReport>;

/** The answer for a backfill that was started or joined: the key and progress of its report. */
export const startedBackfill = z.strictObject({
  report: text,
  status: textOf<BackfillState['status']>(),
  problem: text.nullable(),
  progress,
});

export type StartedBackfill = Of<typeof startedBackfill>;

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
