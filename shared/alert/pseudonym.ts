import { createHmac, randomBytes } from 'node:crypto';
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { toldKeys } from './notification-policy.ts';
import type { Pseudonym } from './redact.ts';

/**
 * Names in place of names, the same for the same: `{pk: "told#pseudonyms", sk: "key", key}` is what they are made with. It is random
 * and made once, so that nobody who reads messages can try names until one fits; whoever reads the table finds the names there.
 */
export async function pseudonymOf(
  client: DynamoDBDocumentClient,
  table: string,
): Promise<Pseudonym> {
  const key = (await stored()) ?? (await made());
  return (text) => createHmac('sha256', key).update(text).digest('hex').slice(0, 8);

  async function stored(): Promise<string | null> {
    const { Item } = await client.send(
      new GetCommand({ TableName: table, Key: rowKey, ConsistentRead: true }),
    );
    return typeof Item?.key === 'string' ? Item.key : null;
  }

  async function made(): Promise<string> {
    const item = { ...rowKey, key: randomBytes(32).toString('hex') };
    try {
      const ConditionExpression = 'attribute_not_exists(pk)';
      await client.send(new PutCommand({ TableName: table, Item: item, ConditionExpression }));
      return item.key;
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      const theirs = await stored();
      if (theirs === null) throw error;
      return theirs;
    }
  }
}

const rowKey = { pk: `${toldKeys}pseudonyms`, sk: 'key' };
