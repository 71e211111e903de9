import { EventEmitter } from 'node:events';
import { isDeepStrictEqual } from 'node:util';
import dynalite from 'dynalite';
import { arnPrefix } from './home.ts';
import type { Operation, Service } from './operation.ts';
import { AwsError, type Call, type Need } from './service.ts';
import type { Resource } from './stack.ts';
import { checkTablePolicy, tablePolicyOperations } from './table-policies.ts';

export type DynamoDb = {
  readonly service: Service;
  /** A table that exists may become part of the stack instead. */
  createTable(table: Resource, options?: { readonly importsExisting?: boolean }): Promise<void>;
  /** Remembers what the tables hold; what it gives puts that back, and gives the keys of what was changed meanwhile. */
  remember(): Promise<() => Promise<readonly Item[]>>;
  /** Reported each item that was written or deleted, in the order in which that was done. */
  onChange: ((change: ItemChange) => void) | null;
};

export type ItemChange = {
  readonly tableArn: string;
  readonly keys: Item;
  readonly before: Item | null;
  readonly after: Item | null;
};

/** DynamoDB, as the library dynalite implements it in memory. */
export function createDynamoDb(): DynamoDb {
  const server = dynalite({ createTableMs: 0, deleteTableMs: 0 });

  /** Hands a request to the server without a connection, which would take most of the time of a test. */
  function send(operation: string, input: object): Promise<unknown> {
    const headers = { ...anySigner, 'x-amz-target': `DynamoDB_20120810.${operation}` };
    const request = Object.assign(new EventEmitter(), { method: 'POST', url: '/', headers });
    return new Promise((resolve, reject) => {
      const response = {
        statusCode: 200,
        setHeader() {},
        end(text: string) {
          const answer = JSON.parse(text);
          if (response.statusCode === 200) resolve(answer);
          else reject(asAwsError(answer, response.statusCode));
        },
      };
      server.emit('request', request, response);
      request.emit('data', Buffer.from(JSON.stringify(input)));
      request.emit('end');
    });
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
    needs: needsOf,
    perform(call, { tablePolicies }) {
      checkTablePolicy(tablePolicies, call, needsOf(call));
      return writes.has(name)
        ? written([call], () => send(name, call.input))
        : send(name, call.input);
    },
  });

  const batchWrite: Operation = {
    needs: (call) => inBatch(call).flatMap(needsOf),
    perform(call, { tablePolicies }) {
      checkTablePolicy(tablePolicies, call, inBatch(call).flatMap(needsOf));
      return written(inBatch(call), () => send('BatchWriteItem', call.input));
    },
  };

  const createTable: Operation = {
    needs: needsOf,
    async perform({ input }) {
      const answer = await send('CreateTable', input);
      rememberKeys(String(input.TableName), input.KeySchema);
      return answer;
    },
  };

  function rememberKeys(table: string, keySchema: unknown): void {
    const keys = keySchema as readonly { readonly AttributeName: string }[];
    tables.set(
      table,
      keys.map(({ AttributeName }) => AttributeName),
    );
  }

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
      CreateTable: createTable,
      ...tablePolicyOperations,
    },
    async createTable({ name, properties }, { importsExisting = false } = {}) {
      if (importsExisting && tables.has(name)) return;
      const { AttributeDefinitions, KeySchema, BillingMode } = properties;
      await send('CreateTable', { TableName: name, AttributeDefinitions, KeySchema, BillingMode });
      rememberKeys(name, KeySchema);
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
  };
  return db;
}

export type Item = Readonly<Record<string, unknown>>;

const operations = [
  'DeleteTable',
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

const needsOf = (call: Call): readonly Need[] => [
  {
    action: `dynamodb:${call.operation}`,
    resource: tableArnOf(call),
    context: leadingKeys(call.input),
  },
];

/** The partition key that a call for one item is about. */
function leadingKeys(input: Readonly<Record<string, unknown>>): Record<string, string[]> {
  const item = (input.Item ?? input.Key) as { readonly pk?: { readonly S?: string } } | undefined;
  return item?.pk?.S === undefined ? {} : { 'dynamodb:LeadingKeys': [item.pk.S] };
}

function asAwsError(
  { __type, message, Message }: Record<string, string>,
  status: number,
): AwsError {
  const code = __type?.split('#').at(-1) ?? 'InternalFailure';
  return new AwsError(code, message ?? Message ?? '', status);
}

/** dynalite wants to see a signature but does not check it. */
const anySigner = {
  'content-type': 'application/x-amz-json-1.0',
  'x-amz-date': '20130101T000000Z',
  authorization:
    'AWS4-HMAC-SHA256 Credential=sandbox/20130101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0',
};
