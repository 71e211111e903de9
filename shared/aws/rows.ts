import {
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  paginateQuery,
} from '@aws-sdk/lib-dynamodb';

export type Row = Record<string, unknown>;

/** Under what a row may be written. */
export type Condition = Pick<
  PutCommand['input'],
  'ConditionExpression' | 'ExpressionAttributeValues'
>;

/** Rows of one partition: all, or those whose sort key begins so. */
export type Range = {
  readonly pk: string;
  readonly prefix?: string;
  /** In bytes: rows whose document is longer are left out. */
  readonly longest?: number;
  readonly newestFirst?: true;
};

/** The rows of the state table, as they are at the moment. */
export type Rows = {
  get(pk: string, sk: string): Promise<Row | null>;
  each(range: Range): AsyncGenerator<Row>;
  all(range: Range): Promise<readonly Row[]>;
  /** The first ones, and no further. */
  first(range: Range, limit: number): Promise<readonly Row[]>;
  put(item: Row, condition?: Condition): Promise<void>;
};

export function rowsIn(client: DynamoDBDocumentClient, table: string): Rows {
  const query = ({ pk, prefix = '', longest, newestFirst }: Range) => ({
    TableName: table,
    ConsistentRead: true,
    ...condition(pk, prefix, longest),
    ScanIndexForward: newestFirst !== true,
  });
  async function* each(range: Range, pageSize?: number): AsyncGenerator<Row> {
    const pages = paginateQuery({ client, ...(pageSize && { pageSize }) }, query(range));
    for await (const { Items = [] } of pages) yield* Items;
  }
  return {
    each,
    async all(range) {
      const rows: Row[] = [];
      for await (const row of each(range)) rows.push(row);
      return rows;
    },
    async get(pk, sk) {
      const { Item } = await client.send(
        new GetCommand({ TableName: table, Key: { pk, sk }, ConsistentRead: true }),
      );
      return Item ?? null;
    },
    async first(range, limit) {
      const found: Row[] = [];
      // A page holds 1 MB: of rows that somebody made large no more than two.
      for await (const row of each(range, limit)) {
        found.push(row);
        if (found.length === limit) break;
      }
      return found;
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
