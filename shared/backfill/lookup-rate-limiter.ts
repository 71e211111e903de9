import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { incidentKeys } from '#aws/state-table-keys.ts';

/** Whose turn it is to look something up in event history: the quota is one for all backfills, and for people. */
export type LookupRateLimiter = {
  /** Takes the next turn, some milliseconds after the last one that anybody took; gives when it is. */
  take(now: Date, every: number): Promise<Date>;
};

/**
 * Turns in the state table, under a partition that functions may write: the row `{pk: "incident#backfill", sk: "lookups", next}` says
 * when the next one is. Backfills at once come in turn, each slower by the others, and none waits for another to end.
 */
export function lookupRateLimiter(
  client: DynamoDBDocumentClient,
  table: string,
): LookupRateLimiter {
  return {
    async take(now, every) {
      for (;;) {
        const { Item } = await client.send(
          new GetCommand({ TableName: table, Key, ConsistentRead: true }),
        );
        const seen = Item?.next;
        const next = Date.parse(String(seen));
        // A turn that is further away than anybody waits was not taken by a backfill.
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
          // Someone else took it: of those who try at once, one gets through.
          if (!(error instanceof ConditionalCheckFailedException)) throw error;
        }
      }
    },
  };
}

const Key = { pk: `${incidentKeys}backfill`, sk: 'lookups' };

/** In milliseconds. */
const furthest = 60_000;
