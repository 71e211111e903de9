import type { RecoveryBucket } from './bucket.ts';
import { isDone, ledgerKey, parseLedger } from './ledger.ts';
import { placesOf, type RecoveryInput } from './recovery.ts';

/** How far a recovery is, from its ledgers. */
export type RecoveryProgress = {
  /** How many events were written so far. */
  readonly recovered: number;
  /** The share of the time of all accounts and Regions that was read, from 0 to 1. */
  readonly share: number;
};

/** More ledgers are not read: progress is then estimated from these. */
const mostLedgers = 200;

export async function progressOf(
  bucket: RecoveryBucket,
  input: RecoveryInput,
): Promise<RecoveryProgress> {
  const { recovery } = input;
  const places = placesOf(input);
  const step = Math.ceil(places.length / mostLedgers);
  const sampled = places.filter((_, i) => i % step === 0);
  const whole = lengthOf(recovery.intervals);
  const read = await Promise.all(
    sampled.map(async (place) => {
      const found = parseLedger(await bucket.read(ledgerKey(recovery, place)));
      if (found === null) return { recovered: 0, share: 0 };
      const share = isDone(found) ? 1 : 1 - lengthOf(found.remaining) / whole;
      return { recovered: found.recovered, share };
    }),
  );
  const sum = (numbers: readonly number[]): number => numbers.reduce((one, two) => one + two, 0);
  return {
    recovered: Math.round((sum(read.map((one) => one.recovered)) * places.length) / read.length),
    share: sum(read.map((one) => one.share)) / read.length,
  };
}

const lengthOf = (intervals: readonly { readonly from: string; readonly to: string }[]): number =>
  intervals.reduce((total, { from, to }) => total + Date.parse(to) - Date.parse(from), 0);
