import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { incidentKeys } from '#aws/state-table-keys.ts';

/** Limits lookups in event history: all backfills and responders share one quota. */
export type LookupRateLimiter = {
  /** Reserves a lookup, `every` milliseconds after the one that was reserved last, and returns its time. */
  acquire(now: Date, every: number): Promise<Date>;
};

/**
 * A rate limiter in the state table, under a partition that functions may write: the row
 * `{pk: "incident#backfill", sk: "lookups", next}` has the time of the next lookup. Concurrent backfills take turns.
 */
export function lookupRateLimiter(
  client: DynamoDBDocumentClient,
  table: string,
): LookupRateLimiter {
  return {
    async acquire(now, every) {
      for (;;) {
        const { Item } = await client.send(
          new GetCommand({ TableName: table, Key, ConsistentRead: true }),
        );
        const seen = Item?.next;
        const next = Date.parse(String(seen));
        // A backfill never reserves a lookup so far ahead.
        const isTaken = next > now.getTime() && next <= now.getTime() + furthest;
        const at = isTaken ? next : now.getTime();
        const taken = { ...Key, next: new Date(at + every).toISOString() };
        const condition =
          seen === undefined
            ? {
                ConditionExpression: 'attribute_not_exists(#next)',
                ExpressionAttributeNames: { '#next': 'next' },
              }
            : {
                ConditionExpression: '#next = :seen',
                ExpressionAttributeNames: { '#next': 'next' },
                ExpressionAttributeValues: { ':seen': seen },
              };
        try {
          await client.send(new PutCommand({ TableName: table, Item: taken, ...condition }));
          return new Date(at);
        } catch (error) {
          // Another backfill reserved it.
          if (!(error instanceof ConditionalCheckFailedException)) throw error;
        }
      }
    },
  };
}

const Key = { pk: `${incidentKeys}backfill`, sk: 'lookups' };

/** In milliseconds. */
const furthest = 60_000;
