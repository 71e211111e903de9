import { changeField } from '#aws/change-field.ts';
import type { Rows } from '#aws/state-table.ts';
import { incidentKeys } from '#aws/state-table-keys.ts';

/** Limits lookups in event history: all backfills and responders share one quota. */
export type LookupRateLimiter = {
  /** Reserves a lookup, `every` milliseconds after the one that was reserved last, and returns its time. */
  acquire(now: Date, every: number): Promise<Date>;
};

/**
 * A rate limiter in the state table, under a partition that functions may write: the row
 * `{pk: "incident#backfill", sk: "lookups", lookupAt}` has the time of the next lookup. Concurrent backfills take turns.
 */
export function lookupRateLimiter(rows: Rows): LookupRateLimiter {
  return {
    async acquire(now, every) {
      let at = now.getTime();
      await changeField(rows, key, 'lookupAt', (stored) => {
        const next = Date.parse(String(stored));
        // A backfill never reserves a lookup so far ahead.
        const isTaken = next > now.getTime() && next <= now.getTime() + furthest;
        at = isTaken ? next : now.getTime();
        return new Date(at + every).toISOString();
      });
      return new Date(at);
    },
  };
}

const key = { pk: `${incidentKeys}backfill`, sk: 'lookups' };

/** In milliseconds. */
const furthest = 60_000;
