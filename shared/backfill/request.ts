import { createHash } from 'node:crypto';
import * as z from 'zod';
import { InvalidPayloadError } from '#aws/errors.ts';
import { historyDays } from '#gaps/recoverability.ts';
import type { Mode } from '#reconcile/outcome.ts';
import { describeIssues, must } from '#text/schema-messages.ts';
import { type TrailArn, trailArn } from '#trail/trail-arn.ts';
import type { BackfillRequest } from './job-state.ts';

export type BackfillPayload = {
  readonly request: BackfillRequest;
  /** Whether a running backfill continues: the function invokes itself so. */
  readonly isResumed: boolean;
};

/** Parses `{from, to, trails?, mode?, resume?}`. Event history has whole seconds: the time range is widened to these. */
export function parseBackfill(value: unknown): BackfillPayload {
  const result = payload.safeParse(value);
  if (!result.success) throw new InvalidPayloadError(describeIssues(result.error));
  const { from, to, trails, mode, resume = false } = result.data;
  const request = {
    from: wholeSecond(from, Math.floor),
    to: wholeSecond(to, Math.ceil),
    trails: trails === undefined ? null : [...new Set(trails)].toSorted(),
    mode,
  };
  return { request, isResumed: resume };
}

/** Refuses a time range outside of event history, and a mode beyond the deployed one. Throws `InvalidPayloadError`. */
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

/** In milliseconds: how far ahead the clock of the caller may be. */
const clockSkew = 5 * 60_000;

/** The key of a report: the same for every payload that asks for the same. */
export const requestKey = ({ from, to, mode, trails }: BackfillRequest): string =>
  [from, to, mode, trails === null ? 'all' : digest(trails)].join('/');

const digest = (trails: readonly TrailArn[]): string =>
  createHash('sha256').update(JSON.stringify(trails)).digest('hex').slice(0, 32);

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
    resume: z.literal(true, must('be left out: the function continues by itself')).optional(),
  },
  {
    error: ({ code }) =>
      code === 'invalid_type'
        ? 'must be an object, as {"from": "2026-01-31T12:00:00Z", "to": "2026-01-31T13:00:00Z"}'
        : undefined,
  },
);

const wholeSecond = (text: string, round: (seconds: number) => number): string =>
  new Date(round(Date.parse(text) / 1000) * 1000).toISOString();
