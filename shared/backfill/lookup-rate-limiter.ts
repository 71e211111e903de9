import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { rowsIn } from '#aws/state-table.ts';
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
export function lookupRateLimiter(
  client: DynamoDBDocumentClient,
  table: string,
): LookupRateLimiter {
  const rows = rowsIn(client, table);
  return {
    async acquire(now, every) {
      for (;;) {
        const seen = (await rows.get(key.pk, key.sk))?.lookupAt;
        const next = Date.parse(String(seen));
        // A backfill never reserves a lookup so far ahead.
        const isTaken = next > now.getTime() && next <= now.getTime() + furthest;
        const at = isTaken ? next : now.getTime();
        const isReserved = await rows.putIf(
          { ...key, lookupAt: new Date(at + every).toISOString() },
          seen === undefined
            ? { expression: 'attribute_not_exists(lookupAt)' }
            : { expression: 'lookupAt = :seen', values: { ':seen': seen } },
        );
        if (isReserved) return new Date(at);
      }
    },
  };
}

const key = { pk: `${incidentKeys}backfill`, sk: 'lookups' };

/** In milliseconds. */
const furthest = 60_000;
