import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import type { RowKey } from '#incident/incident-store.ts';
import { type NotifiedState, toldKeys } from './notification-policy.ts';

/** What was told of an incident through one channel, and where. */
export type DeliveryRecord = {
  readonly phase: NotifiedState;
  readonly thread: { readonly channel: string; readonly ts: string } | null;
};

/** The right to tell, until it ends or is given back. */
export type Lease = {
  /** Gives it back, with what was told; with nothing new where nothing was. */
  release(told?: DeliveryRecord): Promise<void>;
};

export type DeliveryLedger = {
  /** What was told before; null where nothing was. */
  read(incident: RowKey, channel: string): Promise<Seen>;
  /**
   * Claims the right to tell what is new since that was read; null where somebody else has it, or has told something meanwhile. It
   * ends by itself, so that what a function that was cut short did not tell is told by another one.
   */
  claim(seen: Seen, until: Date, now: Date): Promise<Lease | null>;
};

export type Seen = { readonly key: RowKey; readonly told: DeliveryRecord | null };

/** What was told: `{pk: "told#" + pk of the incident, sk: its sk + "#" + channel, told, claimedBy, claimedUntil}`, `told` as JSON text. */
export function deliveryLedger(
  client: DynamoDBDocumentClient,
  table: string,
  newId: () => string,
): DeliveryLedger {
  return {
    async read({ pk, sk }, channel) {
      const key = { pk: `${toldKeys}${pk}`, sk: `${sk}#${channel}` };
      const { Item = {} } = await client.send(
        new GetCommand({ TableName: table, Key: key, ConsistentRead: true }),
      );
      return { key, told: typeof Item.told === 'string' ? JSON.parse(Item.told) : null };
    },

    async claim({ key, told }, until, now) {
      const claimedBy = newId();
      const before = JSON.stringify(told);
      const isOurs = await put(
        { ...key, told: before, claimedBy, claimedUntil: until.toISOString() },
        'attribute_not_exists(pk) OR (told = :told AND claimedUntil < :now)',
        { ':told': before, ':now': now.toISOString() },
      );
      if (!isOurs) return null;
      return {
        async release(after) {
          const text = after === undefined ? before : JSON.stringify(after);
          await put({ ...key, told: text, claimedBy, claimedUntil: '' }, 'claimedBy = :us', {
            ':us': claimedBy,
          });
        },
      };
    },
  };

  /** Whether the condition held. */
  async function put(
    Item: Record<string, string>,
    ConditionExpression: string,
    ExpressionAttributeValues: Record<string, string>,
  ): Promise<boolean> {
    const condition = { ConditionExpression, ExpressionAttributeValues };
    try {
      await client.send(new PutCommand({ TableName: table, Item, ...condition }));
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
  }
}
