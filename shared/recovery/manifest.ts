import * as z from 'zod';
import { hashOf } from '#baseline/signing/signature.ts';
import { type Ledger, parseLedger } from './ledger.ts';
import { type Interval, type Recovery, recovery } from './recovery.ts';

const place = { account: z.string(), region: z.string() };

/** What a recovery wrote, and what it could not get. Each ledger has the hashes of its files. */
export const manifest = z.object({
  version: z.literal(1),
  recovery,
  /** How many events, and in how many log files. */
  recovered: z.int(),
  files: z.int(),
  logs: z.array(
    z.object({
      ...place,
      recovered: z.int(),
      delivered: z.int(),
      files: z.int(),
      /** The key of the ledger, and its SHA-256 in hex. */
      ledger: z.string(),
      sha256: z.string(),
    }),
  ),
  /** What could not be had, and why. Empty if every event of event history is there. */
  missing: z.array(z.object({ ...place, reason: z.string() })),
  /** The Regions that accounts have not enabled, which have no event history. */
  notEnabled: z.array(z.object(place)),
  /** Where events may be both in the log of the trail and here, and why. */
  notCompared: z.array(z.object({ ...place, reason: z.string() })),
  finishedAt: z.string(),
});

export type Manifest = z.infer<typeof manifest>;

/** What the text of a ledger says, and why it is not complete; without a log if there is none. */
export function summaryOf({
  text,
  key,
  ...place
}: {
  readonly account: string;
  readonly region: string;
  readonly key: string;
  readonly text: string | null;
}) {
  const found = parseLedger(text);
  if (text === null || found === null) {
    return { ...place, log: null, missing: reasonOf(null), isEnabled: true, notCompared: null };
  }
  const { recovered, delivered, files, isEnabled, notCompared } = found;
  const log = { recovered, delivered, files: files.length, ledger: key, sha256: hashOf(text) };
  return { ...place, log: { ...place, ...log }, missing: reasonOf(found), isEnabled, notCompared };
}

type LedgerSummary = ReturnType<typeof summaryOf>;

/** The manifest of a recovery, from its ledgers. */
export function manifestOf(
  recovery: Recovery,
  summaries: readonly LedgerSummary[],
  finishedAt: string,
): Manifest {
  const logs = summaries.flatMap(({ log }) => log ?? []);
  const reasons = (of: 'missing' | 'notCompared') =>
    summaries.flatMap(({ account, region, [of]: reason }) =>
      reason === null ? [] : [{ account, region, reason }],
    );
  return {
    version: 1,
    recovery,
    recovered: sum(logs.map(({ recovered }) => recovered)),
    files: sum(logs.map(({ files }) => files)),
    logs,
    missing: reasons('missing'),
    notEnabled: summaries
      .filter(({ isEnabled }) => !isEnabled)
      .map(({ account, region }) => ({ account, region })),
    notCompared: reasons('notCompared'),
    finishedAt,
  };
}

/** Why a ledger is not complete; null if it is. */
function reasonOf(found: Ledger | null): string | null {
  if (found === null) return 'not begun: run the same command again';
  if (found.refused !== null) return found.refused;
  if (found.remaining.length === 0 || !found.isEnabled) return null;
  return `not finished, ${rangesOf(found.remaining)} is left: run the same command again`;
}

const rangesOf = (intervals: readonly Interval[]): string =>
  intervals.map(({ from, to }) => `${from} to ${to}`).join(', ');

const sum = (numbers: readonly number[]): number => numbers.reduce((one, other) => one + other, 0);
