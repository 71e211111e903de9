import { isDeepStrictEqual } from 'node:util';
import { type DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import type { TrailArn } from '#core/trail.ts';
import { retried } from './incident-store.ts';

/** What the functions keep of each trail between two looks. */
export type KeptRows<Kept> = {
  find(trail: TrailArn): Promise<Kept>;
  /** Replaces what is kept by what is made of it; nothing is written where that is the same. */
  change(trail: TrailArn, next: (kept: Kept) => Kept): Promise<void>;
};

/**
 * Rows of the state table, `{pk, sk: ARN, [field]}`, the field as JSON text. Whoever may write to the table may write these: what
 * `parse` can not use counts for nothing.
 */
export function keptRows<Kept>(
  client: DynamoDBDocumentClient,
  TableName: string,
  { pk, field, parse }: { pk: string; field: string; parse(text: unknown): Kept },
): KeptRows<Kept> {
  return {
    async find(trail) {
      return parse(await read(trail));
    },
    change: (trail, next) =>
      retried(async () => {
        const text = await read(trail);
        const kept = parse(text);
        const changed = next(kept);
        if (!isDeepStrictEqual(kept, changed)) await write(trail, JSON.stringify(changed), text);
      }),
  };

  async function read(trail: TrailArn): Promise<unknown> {
    const Key = { pk, sk: trail };
    const { Item } = await client.send(new GetCommand({ TableName, Key, ConsistentRead: true }));
    return Item?.[field];
  }

  /** Writes unless another function wrote since it was read; what no function writes is written over. */
  async function write(trail: TrailArn, text: string, before: unknown): Promise<void> {
    await client.send(
      new PutCommand({
        TableName,
        Item: { pk, sk: trail, [field]: text },
        ...(before === undefined && {
          ConditionExpression: 'attribute_not_exists(#field)',
          ExpressionAttributeNames: { '#field': field },
        }),
        ...(typeof before === 'string' && {
          ConditionExpression: '#field = :before',
          ExpressionAttributeNames: { '#field': field },
          ExpressionAttributeValues: { ':before': before },
        }),
      }),
    );
  }
}
