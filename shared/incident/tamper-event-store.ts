import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { incidentKeys, type RowKey } from '#aws/state-table-keys.ts';
import { truncateForStorage } from '#text/truncate-for-storage.ts';
import type { TamperEvent } from './incident.ts';

/** Replaces the keys of tamper events for the ARN of a trail. */
export const itself = 'trailkeeper';

export type TamperEventStore = {
  keyOf(tampering: TamperEvent): RowKey;
  isKept(tampering: TamperEvent): Promise<boolean>;
  /** Stores an event; one that is stored stays as it is. */
  keep(tampering: TamperEvent): Promise<RowKey>;
};

/** What was done to trailkeeper itself: `{pk: "incident#trailkeeper", sk: time + "#" + id, tampering}`, as JSON text. */
export function tamperEventStore(
  client: DynamoDBDocumentClient,
  TableName: string,
): TamperEventStore {
  const keyOf = ({ at, id }: TamperEvent): RowKey => ({
    pk: `${incidentKeys}${itself}`,
    sk: `${new Date(at).toISOString()}#${id}`,
  });
  return {
    keyOf,
    async isKept(tampering) {
      const Key = keyOf(tampering);
      const { Item } = await client.send(new GetCommand({ TableName, Key, ConsistentRead: true }));
      return Item !== undefined;
    },
    async keep(tampering) {
      const key = keyOf(tampering);
      const Item = { ...key, tampering: JSON.stringify(truncateForStorage(tampering)) };
      const ConditionExpression = 'attribute_not_exists(pk)';
      try {
        await client.send(new PutCommand({ TableName, Item, ConditionExpression }));
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
      }
      return key;
    },
  };
}
