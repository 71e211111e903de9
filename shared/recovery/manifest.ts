import { createHash } from 'node:crypto';
import * as z from 'zod';
import { type Ledger, ledger } from './ledger.ts';
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
  /** Where events may be both in the log of the trail and here, and why. */
  notCompared: z.array(z.object({ ...place, reason: z.string() })),
  finishedAt: z.string(),
});

export type Manifest = z.infer<typeof manifest>;

/** A ledger as it is stored; null if there is none. */
export type StoredLedger = {
  readonly account: string;
  readonly region: string;
  readonly key: string;
  readonly text: string | null;
};

/** The manifest of a recovery, from its ledgers. */
export function manifestOf(
  recovery: Recovery,
  stored: readonly StoredLedger[],
  finishedAt: string,
): Manifest {
  const read = stored.map(({ text, ...one }) => ({ ...one, text, found: parsed(text) }));
  const logs = read.flatMap(({ account, region, key, text, found }) => {
    if (text === null || found === null) return [];
    const { recovered, delivered, files } = found;
    const counts = { recovered, delivered, files: files.length };
    return [{ account, region, ...counts, ledger: key, sha256: sha256(text) }];
  });
  return {
    version: 1,
    recovery,
    recovered: sum(logs.map(({ recovered }) => recovered)),
    files: sum(logs.map(({ files }) => files)),
    logs,
    missing: read.flatMap(({ account, region, found }) => {
      const reason = reasonOf(found);
      return reason === null ? [] : [{ account, region, reason }];
    }),
    notCompared: read.flatMap(({ account, region, found }) =>
      found === null || found.notCompared === null
        ? []
        : [{ account, region, reason: found.notCompared }],
    ),
    finishedAt,
  };
}

/** Why a ledger is not complete; null if it is. */
function reasonOf(found: Ledger | null): string | null {
  if (found === null) return 'not begun: run the same command again';
  if (found.refused !== null) return found.refused;
  if (found.remaining.length === 0) return null;
  return `not finished, ${rangesOf(found.remaining)} is left: run the same command again`;
}

const rangesOf = (intervals: readonly Interval[]): string =>
  intervals.map(({ from, to }) => `${from} to ${to}`).join(', ');

function parsed(text: string | null): Ledger | null {
  if (text === null) return null;
  return ledger.parse(JSON.parse(text));
}

const sum = (numbers: readonly number[]): number => numbers.reduce((one, other) => one + other, 0);

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
