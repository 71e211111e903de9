import { createHash } from 'node:crypto';
import stringify from 'safe-stable-stringify';
import * as z from 'zod';
import { historyDays } from '#gaps/recoverability.ts';
import type { Mode } from '#reconcile/outcome.ts';
import { describeIssues, must } from '#text/schema-messages.ts';
import { trailArn } from '#trail/trail-arn.ts';
import type { BackfillRequest } from './job-state.ts';

/** Thrown for a payload that cannot be used; nothing was looked up or written, but that. */
export class InvalidPayloadError extends Error {
  override readonly name = 'InvalidPayloadError' as const;
}

/** Where a backfill goes on that is under way: by its key, and the version that it was left at. */
export type Resume = { readonly report: string; readonly version: number };

export type BackfillPayload = {
  readonly request: BackfillRequest;
  readonly resume: Resume | null;
};

/** Reads `{from, to, trails?, mode?, resume?}`. Event history knows whole seconds: the window is as wide as those. */
export function parseBackfill(value: unknown): BackfillPayload {
  const result = payload.safeParse(value);
  if (!result.success) throw new InvalidPayloadError(describeIssues(result.error));
  const { from, to, trails, mode, resume = null } = result.data;
  const request = {
    from: wholeSecond(from, Math.floor),
    to: wholeSecond(to, Math.ceil),
    trails: trails === undefined ? null : [...new Set(trails)].toSorted(),
    mode,
  };
  return { request, resume };
}

/** Refuses a window that event history can report nothing of, and a mode beyond the deployed one. */
export function checkRequest({ from, to, mode }: BackfillRequest, deployed: Mode, now: Date): void {
  const oldest = new Date(now.getTime() - historyDays * 24 * 60 * 60 * 1000).toISOString();
  const time = wholeSecond(now.toISOString(), Math.ceil);
  const latest = new Date(Date.parse(time) + clockSkew).toISOString();
  const problems = [
    from >= to && 'to: must be later than from',
    from > latest && `from: must not be in the future: it is ${time}`,
    to > latest && `to: must not be in the future: it is ${time}`,
    from < oldest &&
      `from: must not be earlier than ${oldest}: event history goes back ${historyDays} days`,
    mode === 'enforce' &&
      deployed === 'observe' &&
      'mode: must be "observe", or be left out, because trailkeeper is deployed in mode observe: set "mode": "enforce" in cdk.json, and npx cdk deploy',
  ].filter((problem) => problem !== false);
  if (problems.length > 0) throw new InvalidPayloadError(problems.join('; '));
}

/** In milliseconds: how far ahead the clock of anyone who asks may be. A window that has not ended may still grow. */
const clockSkew = 5 * 60_000;

/**
 * By what a report is found: the same for every payload that asks for the same, whatever became of it. One that cannot be
 * read is found by its text.
 */
export function reportKey(value: unknown): string {
  try {
    const { from, to, trails, mode } = parseBackfill(value).request;
    return [from, to, mode, trails === null ? 'all' : digest(trails)].join('/');
  } catch (error) {
    if (!(error instanceof InvalidPayloadError)) throw error;
    return `refused/${digest(value)}`;
  }
}

const digest = (value: unknown): string =>
  createHash('sha256')
    .update(stringify(value) ?? '')
    .digest('hex')
    .slice(0, 32);

const time = z.iso.datetime({
  offset: true,
  ...must('be an ISO 8601 time, as 2026-01-31T12:00:00Z'),
});

const payload = z.strictObject(
  {
    from: time,
    to: time,
    trails: z
      .array(trailArn, must('be a list of trail ARNs, or be left out'))
      .min(1, must('name a trail, or be left out'))
      .optional(),
    mode: z
      .enum(['observe', 'enforce'], must('be "observe" or "enforce", or be left out'))
      .default('observe'),
    resume: z
      .strictObject(
        { report: z.string(must('be the key of a report')), version: z.int(must('be a number')) },
        must('be left out: it is how the function goes on by itself'),
      )
      .optional(),
  },
  {
    error: ({ code, input }) =>
      code === 'invalid_type' && input !== undefined
        ? 'must be an object, as {"from": "2026-01-31T12:00:00Z", "to": "2026-01-31T13:00:00Z"}'
        : undefined,
  },
);

const wholeSecond = (text: string, round: (seconds: number) => number): string =>
  new Date(round(Date.parse(text) / 1000) * 1000).toISOString();
