import type { RecoveryBucket } from './bucket.ts';
import { type Ledger, ledgerKey, newLedger, parseLedger, type WrittenFile } from './ledger.ts';
import type { Recovery } from './recovery.ts';
import type { Span } from './slots.ts';

/** What one part adds to a ledger. */
export type Progress = {
  /** What is left of the span that it was read from. */
  readonly rest: Span;
  /** Null if the trail delivered every event of the part. */
  readonly file: WrittenFile | null;
  readonly delivered: number;
};

/** The ledger of one account and Region, in memory and in the bucket. */
export type LedgerBook = {
  current(): Ledger;
  change(change: Partial<Pick<Ledger, 'isEnabled' | 'refused' | 'notCompared'>>): void;
  /** Adds a part, and stores the ledger if it was not stored for a while. A file that is written again replaces itself. */
  add(progress: Progress): Promise<void>;
  store(): Promise<void>;
};

/** Opens the ledger that an earlier invocation stored, or a new one. */
export async function openLedger(
  bucket: RecoveryBucket,
  recovery: Recovery,
  place: Pick<Ledger, 'account' | 'region'>,
  now: () => number,
): Promise<LedgerBook> {
  const key = ledgerKey(recovery, place);
  const read = await bucket.readVersion(key);
  const stored = parseLedger(read?.text ?? null) ?? newLedger(recovery, place);
  let version = read?.version ?? null;
  const files = new Map(stored.files.map((file) => [file.key, file]));
  const spans = new Map(stored.remaining.map((span) => [span.from, span]));
  let { delivered } = stored;
  const { isEnabled, refused, notCompared } = stored;
  let why = { isEnabled, refused, notCompared };
  let storedAt = now();
  const current = (): Ledger => ({
    ...place,
    recovered: [...files.values()].reduce((sum, { events }) => sum + events, 0),
    delivered,
    ...why,
    remaining: [...spans.values()],
    files: [...files.values()].toSorted((one, other) => (one.key < other.key ? -1 : 1)),
  });
  // An invocation of an execution that was stopped goes on for some minutes. Of two, the one that stores first goes on.
  let storing = Promise.resolve();
  const store = (): Promise<void> => {
    storedAt = now();
    storing = storing.then(async () => {
      version = await bucket.writeVersion(key, JSON.stringify(current()), version);
    });
    return storing;
  };
  return {
    current,
    change(change) {
      why = { ...why, ...change };
    },
    async add({ rest, file, delivered: count }) {
      if (file !== null) files.set(file.key, file);
      delivered += count;
      if (rest.to > rest.from) spans.set(rest.from, rest);
      else spans.delete(rest.from);
      if (now() - storedAt > storeEveryMs) await store();
    },
    store,
  };
}

/** How much is read again after an invocation was cut short. */
const storeEveryMs = 20_000;
