import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { isDeepStrictEqual } from 'node:util';
import dynalite from 'dynalite';
import { arnPrefix } from './home.ts';
import { AwsError, type Call, type Operation, type Service } from './service.ts';
import type { Resource } from './template.ts';

export type DynamoDb = {
  readonly service: Service;
  createTable(table: Resource): Promise<void>;
  /** Remembers what the tables hold; what it gives puts that back, and gives the keys of what was changed meanwhile. */
  remember(): Promise<() => Promise<readonly Item[]>>;
  stop(): Promise<void>;
  /** Reported each item that was written or deleted, in the order in which that was done. */
  onChange: ((change: ItemChange) => void) | null;
};

export type ItemChange = {
  readonly tableArn: string;
  readonly keys: Item;
  readonly before: Item | null;
  readonly after: Item | null;
};

/** DynamoDB, as the library dynalite has it, on a separate port. */
export async function startDynamoDb(): Promise<DynamoDb> {
  const server = dynalite({ createTableMs: 0 });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  // dynalite ends the process if it is asked while it closes: what is underway is waited for, and nothing new is allowed in.
  const underway = new Set<Promise<unknown>>();
  let stopped = false;

  async function send(operation: string, input: object): Promise<unknown> {
    if (stopped) throw new AwsError('InternalServerError', 'the sandbox has stopped', 500);
    const answer = ask(operation, input);
    underway.add(answer);
    return answer.finally(() => underway.delete(answer));
  }

  async function ask(operation: string, input: object): Promise<unknown> {
    const response = await fetch(`http://127.0.0.1:${port}/`, {
      method: 'POST',
      headers: { ...anySigner, 'x-amz-target': `DynamoDB_20120810.${operation}` },
      body: JSON.stringify(input),
    });
    if (response.ok) return response.json();
    const { __type, message, Message } = (await response.json()) as Record<string, string>;
    const code = __type?.split('#').at(-1) ?? 'InternalFailure';
    throw new AwsError(code, message ?? Message ?? '', response.status);
  }

  const tables = new Map<string, readonly string[]>();

  async function itemsOf(TableName: string, startKey?: Item): Promise<readonly Item[]> {
    const start = startKey === undefined ? {} : { ExclusiveStartKey: startKey };
    const { Items, LastEvaluatedKey } = (await send('Scan', { TableName, ...start })) as {
      readonly Items: readonly Item[];
      readonly LastEvaluatedKey?: Item;
    };
    return LastEvaluatedKey === undefined
      ? Items
      : [...Items, ...(await itemsOf(TableName, LastEvaluatedKey))];
  }

  /** Gives the keys of the items that are not as they were. */
  async function replaceItems(TableName: string, items: readonly Item[]): Promise<readonly Item[]> {
    const names = tables.get(TableName) ?? [];
    const keyOf = (item: Item) => Object.fromEntries(names.map((name) => [name, item[name]]));
    const there = await itemsOf(TableName);
    const isIn = (list: readonly Item[]) => (item: Item) =>
      list.some((other) => isDeepStrictEqual(other, item));
    const changed = there.filter((item) => !isIn(items)(item));
    const lost = items.filter((item) => !isIn(there)(item));
    for (const item of changed) await send('DeleteItem', { TableName, Key: keyOf(item) });
    for (const Item of lost) await send('PutItem', { TableName, Item });
    return [...changed, ...lost].map(keyOf);
  }

  const onTable = (name: string): Operation => ({
    needs: (call) => [
      {
        action: `dynamodb:${name}`,
        resource: tableArnOf(call),
        context: leadingKeys(call.input),
      },
    ],
    perform: (call) =>
      writes.has(name) ? written([call], () => send(name, call.input)) : send(name, call.input),
  });

  const batchWrite: Operation = {
    needs: (call, world) =>
      inBatch(call).flatMap((one) => onTable('BatchWriteItem').needs(one, world)),
    perform: (call) => written(inBatch(call), () => send('BatchWriteItem', call.input)),
  };

  /** Does what calls ask for, and reports what became of the items; one such thing after the other, so that none is reported wrong. */
  function written(calls: readonly Call[], write: () => Promise<unknown>): Promise<unknown> {
    const turn = last.then(async () => {
      const before = await Promise.all(calls.map(itemOf));
      const answer = await write();
      const after = await Promise.all(calls.map(itemOf));
      calls.forEach((call, i) => {
        const [was, is] = [before[i] ?? null, after[i] ?? null];
        if (isDeepStrictEqual(was, is)) return;
        const tableArn = tableArnOf(call);
        db.onChange?.({ tableArn, keys: keyIn(call), before: was, after: is });
      });
      return answer;
    });
    last = turn.catch(() => {});
    return turn;
  }

  async function itemOf(call: Call): Promise<Item | null> {
    const { TableName } = call.input;
    if (!tables.has(String(TableName))) return null;
    const Key = keyIn(call);
    const { Item } = (await send('GetItem', { TableName, Key, ConsistentRead: true })) as {
      readonly Item?: Item;
    };
    return Item ?? null;
  }

  /** Of a call that puts, changes or deletes one item. */
  function keyIn({ input }: Call): Item {
    const item = (input.Item ?? input.Key ?? {}) as Item;
    const names = tables.get(String(input.TableName)) ?? [];
    return Object.fromEntries(names.map((key) => [key, item[key]]));
  }

  let last: Promise<unknown> = Promise.resolve();
  const db: DynamoDb = {
    onChange: null,
    service: {
      ...Object.fromEntries(operations.map((name) => [name, onTable(name)])),
      BatchWriteItem: batchWrite,
    },
    async createTable({ name, properties }) {
      const { AttributeDefinitions, KeySchema, BillingMode } = properties;
      await send('CreateTable', { TableName: name, AttributeDefinitions, KeySchema, BillingMode });
      const keys = KeySchema as readonly { readonly AttributeName: string }[];
      tables.set(
        name,
        keys.map(({ AttributeName }) => AttributeName),
      );
    },
    async remember() {
      const kept = new Map<string, readonly Item[]>();
      for (const name of tables.keys()) kept.set(name, await itemsOf(name));
      return async () => {
        const changed = [];
        for (const [name, items] of kept) changed.push(...(await replaceItems(name, items)));
        return changed;
      };
    },
    async stop() {
      stopped = true;
      await Promise.allSettled(underway);
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return db;
}

export type Item = Readonly<Record<string, unknown>>;

const operations = [
  'DescribeTable',
  'GetItem',
  'PutItem',
  'UpdateItem',
  'DeleteItem',
  'Query',
  'Scan',
];

/** The operations that write one item. */
const writes: ReadonlySet<string> = new Set(['PutItem', 'UpdateItem', 'DeleteItem']);

const tableArnOf = ({ input, region, principal }: Call): string =>
  `${arnPrefix}:dynamodb:${region}:${principal.accountId}:table/${input.TableName}`;

/** The writes of a batch, each as a separate call. */
const inBatch = (call: Call): readonly Call[] =>
  Object.entries((call.input.RequestItems ?? {}) as Record<string, readonly BatchItem[]>).flatMap(
    ([TableName, items]) =>
      items.map((item): Call => {
        const input = { TableName, ...item.PutRequest, ...item.DeleteRequest };
        return { ...call, input };
      }),
  );

type BatchItem = { readonly PutRequest?: object; readonly DeleteRequest?: object };

/** The partition key that a call for one item is about. */
function leadingKeys(input: Readonly<Record<string, unknown>>): Record<string, string[]> {
  const item = (input.Item ?? input.Key) as { readonly pk?: { readonly S?: string } } | undefined;
  return item?.pk?.S === undefined ? {} : { 'dynamodb:LeadingKeys': [item.pk.S] };
}

/** dynalite wants to see a signature but does not check it. */
const anySigner = {
  'content-type': 'application/x-amz-json-1.0',
  'x-amz-date': '20130101T000000Z',
  authorization:
    'AWS4-HMAC-SHA256 Credential=sandbox/20130101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0',
};
