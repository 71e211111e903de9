import * as z from 'zod';
import { jsonText } from '#text/json-text.ts';
import { folderOf, type Recovery } from './recovery.ts';
import { spansOf } from './slots.ts';

/** A log file that was written. */
const writtenFile = z.object({
  key: z.string(),
  events: z.int(),
  /** Of the content before compression, in hex. */
  sha256: z.string(),
});

/** What was recovered of one account and Region so far, and what is left to do. A part of the manifest, which has its hash. */
export const ledger = z.object({
  account: z.string(),
  region: z.string(),
  /** How many events were written. */
  recovered: z.int(),
  /** How many events were left out because the trail delivered them. */
  delivered: z.int(),
  /** In the order of their names. */
  files: z.array(writtenFile),
  /** Each span is read from its newest event to its oldest. Empty if nothing is left. */
  remaining: z.array(z.object({ from: z.string(), to: z.string(), part: z.int() })),
  /** False if the account has not enabled the Region, which then has no event history. */
  isEnabled: z.boolean(),
  /** Why event history cannot be read; null if it can. */
  refused: z.string().nullable(),
  /** Why the log of the trail could not be read, so that events may be both there and here; null if it was. */
  notCompared: z.string().nullable(),
});

export type Ledger = z.infer<typeof ledger>;
export type WrittenFile = z.infer<typeof writtenFile>;

/**
 * A ledger as it is stored; null if there is none, or if the text is no ledger. The account and Region are then recovered from the start,
 * which writes the same files.
 */
export const parseLedger = (text: string | null): Ledger | null =>
  jsonText(ledger).safeParse(text).data ?? null;

/** The spans that are read at the same time. Each waits for its page, so one alone would not use the quota. */
const spansAtOnce = 4;

/** A ledger with everything left to do. */
export const newLedger = (
  { intervals }: Recovery,
  { account, region }: Pick<Ledger, 'account' | 'region'>,
): Ledger => ({
  account,
  region,
  recovered: 0,
  delivered: 0,
  files: [],
  remaining: intervals.flatMap((interval) => [...spansOf(interval, spansAtOnce)]),
  isEnabled: true,
  refused: null,
  notCompared: null,
});

export const isDone = ({ remaining, isEnabled, refused }: Ledger): boolean =>
  remaining.length === 0 || !isEnabled || refused !== null;

export const ledgerKey = (
  recovery: Recovery,
  { account, region }: Pick<Ledger, 'account' | 'region'>,
): string => `${folderOf(recovery)}/${account}/${region}.json`;
