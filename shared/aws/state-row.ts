import { setTimeout } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';

/** What the functions keep of each trail between two looks. */
export type KeptRows<Kept> = {
  find(trail: string): Promise<Kept>;
  /** Replaces what is kept by what is made of it; nothing is written where that is the same. */
  change(trail: string, next: (kept: Kept) => Kept): Promise<void>;
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
      withOptimisticLock(async () => {
        const text = await read(trail);
        const kept = parse(text);
        const changed = next(kept);
        if (!isDeepStrictEqual(kept, changed)) await write(trail, JSON.stringify(changed), text);
      }),
  };

  async function read(trail: string): Promise<unknown> {
    const Key = { pk, sk: trail };
    const { Item } = await client.send(new GetCommand({ TableName, Key, ConsistentRead: true }));
    return Item?.[field];
  }

  /** Writes unless another function wrote since it was read; what no function writes is written over. */
  async function write(trail: string, text: string, before: unknown): Promise<void> {
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

/** Retries if another run wrote meanwhile: each time one of the writers succeeds. */
export async function withOptimisticLock<Done>(attempt: () => Promise<Done>): Promise<Done> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException) || tries === mostTries) throw error;
      await setTimeout(5 * tries);
    }
  }
}

const mostTries = 20;
