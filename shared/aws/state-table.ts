import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import {
  type DynamoDBDocumentClient,
  GetCommand,
  NumberValue,
  PutCommand,
  paginateQuery,
} from '@aws-sdk/lib-dynamodb';

export type Row = Record<string, unknown>;

/** What must hold of the stored row for a write; the values are named in it as `:name`. */
type Condition = {
  readonly expression: string;
  readonly values?: Readonly<Record<string, unknown>>;
};

/** The rows of one partition, or those whose sort key has a prefix or is between two texts. */
type Range = {
  readonly pk: string;
  readonly prefix?: string;
  readonly between?: readonly [from: string, to: string];
  /** In bytes: rows with a longer document are skipped. */
  readonly longest?: number;
  readonly newestFirst?: true;
  /** Only what one request returns: 1 MB. Source: DynamoDB API reference, Query. */
  readonly onePage?: true;
};

/** The rows of the state table, read strongly consistent. */
export type Rows = {
  get(pk: string, sk: string): Promise<Row | null>;
  /** Yields rows page by page, so that only one page is in memory; stops after `most` rows, if given. */
  each(range: Range, most?: number): AsyncGenerator<Row>;
  put(item: Row): Promise<void>;
  /** Writes a row if a condition holds; false if it does not. */
  putIf(item: Row, condition: Condition): Promise<boolean>;
  /** Writes a row that does not exist yet; false if it exists. */
  add(item: Row): Promise<boolean>;
};

export function rowsIn(client: DynamoDBDocumentClient, TableName: string): Rows {
  return { get, each, put, putIf, add: (item) => putIf(item, { expression: isNew }) };

  async function get(pk: string, sk: string): Promise<Row | null> {
    const { Item } = await client.send(
      new GetCommand({ TableName, Key: { pk, sk }, ConsistentRead: true }),
    );
    return Item ?? null;
  }

  async function* each(range: Range, most = Number.POSITIVE_INFINITY): AsyncGenerator<Row> {
    const pageSize = Number.isFinite(most) ? most : undefined;
    let left = most;
    for await (const { Items = [], ScannedCount = 0 } of paginateQuery(
      { client, ...(pageSize && { pageSize }) },
      {
        ...{ TableName, ConsistentRead: true, ScanIndexForward: range.newestFirst !== true },
        ...queryOf(range),
      },
    )) {
      yield* Items.slice(0, left);
      // Skipped rows count as read.
      left -= ScannedCount;
      if (left <= 0 || range.onePage) return;
    }
  }

  async function put(Item: Row): Promise<void> {
    await client.send(new PutCommand({ TableName, Item }));
  }

  async function putIf(Item: Row, { expression, values }: Condition): Promise<boolean> {
    const condition = { ConditionExpression: expression, ExpressionAttributeValues: values };
    try {
      await client.send(new PutCommand({ TableName, Item, ...condition }));
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
  }
}

const isNew = 'attribute_not_exists(pk)';

function queryOf({ pk, prefix, between, longest }: Range) {
  const ofKey = [
    'pk = :pk',
    ...(prefix ? ['begins_with(sk, :prefix)'] : []),
    ...(between === undefined ? [] : ['sk BETWEEN :from AND :to']),
  ];
  return {
    KeyConditionExpression: ofKey.join(' AND '),
    ...(longest !== undefined && { FilterExpression: 'size(document) <= :longest' }),
    ExpressionAttributeValues: {
      ':pk': pk,
      ...(prefix && { ':prefix': prefix }),
      ...(between !== undefined && { ':from': between[0], ':to': between[1] }),
      ...(longest !== undefined && { ':longest': longest }),
    },
  };
}

/** A number that a row holds as a positive integer; null for any other value. */
export function numberIn(value: unknown): number | null {
  const number = value instanceof NumberValue ? Number(value.toString()) : value;
  return Number.isSafeInteger(number) && Number(number) > 0 ? Number(number) : null;
}
