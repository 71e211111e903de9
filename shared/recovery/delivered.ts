import { nameOf } from '#aws/errors.ts';
import type { LogBucket } from '#log-files/log-bucket.ts';
import { type LogPlace, logFiles, type NamedFile } from '#log-files/log-folders.ts';
import type { Interval } from './recovery.ts';
import { isoOf, slotMs } from './slots.ts';

/** The log files that a trail delivered in a time, or why they cannot be read. */
export type Delivered =
  | { readonly files: readonly NamedFile[]; readonly problem: null }
  | { readonly files: null; readonly problem: string };

/**
 * How long after an event its log file is searched for. CloudTrail delivers within about five minutes on average, which is not guaranteed.
 * Source: CloudTrail user guide, "How CloudTrail works".
 */
const deliveredWithinMs = 3_600_000;

/** Lists what a trail delivered of one account and Region, and reads a file of it. Throws the errors of S3, but for a refusal. */
export async function deliveredIn(
  bucket: LogBucket,
  place: LogPlace,
  intervals: readonly Interval[],
): Promise<Delivered> {
  try {
    const found = await Promise.all(
      intervals.map(({ from, to }) =>
        logFiles(bucket, place, { from: isoOf(Date.parse(from) - 1), to: lateFor(to) }),
      ),
    );
    const files = [...new Map(found.flat().map((file) => [file.key, file])).values()];
    if (files[0] !== undefined) await bucket.eventIds(files[0].key);
    return { files, problem: null };
  } catch (error) {
    if (!refusals.has(nameOf(error))) throw error;
    return { files: null, problem: nameOf(error) };
  }
}

const refusals = new Set(['AccessDenied', 'NoSuchBucket', 'AllAccessDisabled']);

const lateFor = (to: string): string => isoOf(Date.parse(to) + deliveredWithinMs);

/** The ids of the events that a trail delivered of a slot, and of others around it. Remembers the files of the last slot. */
export function deliveredIds(
  bucket: LogBucket,
  { files }: Delivered,
): (slot: number) => Promise<ReadonlySet<string>> {
  let known = new Map<string, Promise<readonly string[]>>();
  return async (slot) => {
    const near = (files ?? []).filter(({ at }) => {
      const delivered = Date.parse(at);
      return delivered >= slot && delivered <= slot + slotMs + deliveredWithinMs;
    });
    known = new Map(near.map(({ key }) => [key, known.get(key) ?? bucket.eventIds(key)]));
    return new Set((await Promise.all(known.values())).flat());
  };
}
