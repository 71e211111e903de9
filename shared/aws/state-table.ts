import {
  type DynamoDBDocumentClient,
  GetCommand,
  NumberValue,
  PutCommand,
  paginateQuery,
} from '@aws-sdk/lib-dynamodb';

export type Row = Record<string, unknown>;

/** The key of a row. */
export type Condition = Pick<
  PutCommand['input'],
  'ConditionExpression' | 'ExpressionAttributeValues'
>;

/** The rows of one partition, or those whose sort key has a prefix. */
export type Range = {
  readonly pk: string;
  readonly prefix?: string;
  /** In bytes: rows with a longer document are skipped. */
  readonly longest?: number;
  readonly newestFirst?: true;
  /** Only what one request returns: 1 MB. Source: DynamoDB API reference, Query. */
  readonly onePage?: true;
};

/** Reads rows of the state table, strongly consistent. */
export type Rows = {
  get(pk: string, sk: string): Promise<Row | null>;
  /** Yields rows page by page, so that only one page is in memory; stops after `limit` rows, if given. */
  each(range: Range, most?: number): AsyncGenerator<Row>;
  put(item: Row, condition?: Condition): Promise<void>;
};

export function rowsIn(client: DynamoDBDocumentClient, table: string): Rows {
  const query = ({ pk, prefix = '', longest, newestFirst }: Range) => ({
    TableName: table,
    ConsistentRead: true,
    ...condition(pk, prefix, longest),
    ScanIndexForward: newestFirst !== true,
  });
  async function* each(range: Range, most = Number.POSITIVE_INFINITY): AsyncGenerator<Row> {
    const pageSize = Number.isFinite(most) ? most : undefined;
    let left = most;
    for await (const { Items = [], ScannedCount = 0 } of paginateQuery(
      { client, ...(pageSize && { pageSize }) },
      query(range),
    )) {
      yield* Items.slice(0, left);
      // Skipped rows count as read.
      left -= ScannedCount;
      if (left <= 0 || range.onePage) return;
    }
  }
  return {
    each,
    async get(pk, sk) {
      const { Item } = await client.send(
        new GetCommand({ TableName: table, Key: { pk, sk }, ConsistentRead: true }),
      );
      return Item ?? null;
    },
    async put(Item, condition = {}) {
      await client.send(new PutCommand({ TableName: table, Item, ...condition }));
    },
  };
}

function condition(pk: string, prefix: string, longest: number | undefined) {
  return {
    KeyConditionExpression: prefix === '' ? 'pk = :pk' : 'pk = :pk AND begins_with(sk, :prefix)',
    ...(longest !== undefined && { FilterExpression: 'size(document) <= :longest' }),
    ExpressionAttributeValues: {
      ':pk': pk,
      ...(prefix !== '' && { ':prefix': prefix }),
      ...(longest !== undefined && { ':longest': longest }),
    },
  };
}

/** A number that a row holds as a positive integer; null for any other value. */
export function numberIn(value: unknown): number | null {
  const number = value instanceof NumberValue ? Number(value.toString()) : value;
  return Number.isSafeInteger(number) && Number(number) > 0 ? Number(number) : null;
}
