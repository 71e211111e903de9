import * as z from 'zod';
import { type Of, text, time } from '#text/schema-parts.ts';
import type { TimeRange } from '#text/time.ts';
import type { Digest } from './digest.ts';

/**
 * Why no digest file vouches for a period. *digest-missing*: a later digest file names one that is not there. *new-chain*: CloudTrail began
 * a new chain, as it does when logging or log file validation was off. *not-delivered*: there is none. *not-due*: there is none yet.
 */
export const uncovered = z.strictObject({
  from: time,
  to: time,
  reason: z.enum(['digest-missing', 'new-chain', 'not-delivered', 'not-due']),
  /** The key of the digest file that is missing; null if none is known. */
  missing: text.nullable(),
});

export type Uncovered = Of<typeof uncovered>;

/** CloudTrail delivers a digest file each hour. Later ones than this are not due yet. */
const dueAfterMs = 2 * 3_600_000;

/**
 * The parts of a window for which no valid digest file vouches. The digest files are those of one trail, account and Region that end or
 * begin in the window, in the order of their ends. Pure.
 */
export function uncoveredBy(
  digests: readonly Digest[],
  { from, to }: TimeRange,
  now: string,
): readonly Uncovered[] {
  const before = digests.flatMap((digest, i) => uncoveredBefore(digest, digests[i - 1], from));
  const end = digests.at(-1)?.digestEndTime ?? from;
  const due = new Date(Date.parse(now) - dueAfterMs).toISOString();
  const after: readonly Uncovered[] = [
    { from: end, to: due, reason: 'not-delivered', missing: null },
    { from: later(end, due), to, reason: 'not-due', missing: null },
  ];
  return [...before, ...after]
    .map((period) => ({ ...period, from: later(period.from, from), to: earlier(period.to, to) }))
    .filter((period) => Date.parse(period.from) < Date.parse(period.to));
}

/** What is not covered between two digest files, or between the beginning of the window and the first one. */
function uncoveredBefore(digest: Digest, before: Digest | undefined, from: string): Uncovered[] {
  const missing = digest.previousDigestS3Object;
  if (before !== undefined && missing === before.digestS3Object) return [];
  const period = { from: before?.digestEndTime ?? from, to: digest.digestStartTime };
  return missing === null
    ? [{ ...period, reason: 'new-chain', missing }]
    : [{ ...period, reason: 'digest-missing', missing }];
}

const later = (one: string, other: string): string =>
  Date.parse(one) > Date.parse(other) ? one : other;
const earlier = (one: string, other: string): string =>
  Date.parse(one) < Date.parse(other) ? one : other;
