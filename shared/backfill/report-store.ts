import { createHash } from 'node:crypto';
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import {
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  paginateQuery,
} from '@aws-sdk/lib-dynamodb';
import { incidentKeys } from '#aws/state-table-keys.ts';
import { truncateForStorage } from '#text/truncate-for-storage.ts';
import type { BackfillReport, BackfillState, Repair } from './job-state.ts';

/** Thrown if another invocation wrote the state of a backfill in the meantime. */
export class StaleStateError extends Error {
  override readonly name = 'StaleStateError' as const;
}

export type ReportStore = {
  state(key: string): Promise<BackfillState | null>;
  /** Writes the next version. Throws `StaleStateError` if the stored version is not the one that was read. */
  save(state: Omit<BackfillState, 'version'>, seen: BackfillState | null): Promise<BackfillState>;
  /** Stores the records of calls, each once. */
  keepCalls(key: string, records: readonly KeptRecord[]): Promise<void>;
  /** The stored records. */
  calls(key: string): AsyncIterable<unknown>;
  /** Stores the repair of a trail, so that no later failure loses it. */
  keepRepair(key: string, run: number, trail: string, repair: Repair): Promise<void>;
  /** The repair of a trail in a run; null if there was none yet. */
  repair(key: string, run: number, trail: string): Promise<Repair | null>;
  /** Stores a report and returns the number of its parts. */
  write(key: string, run: number, report: BackfillReport): Promise<number>;
  /** The report of a backfill that is done. */
  read(state: BackfillState): Promise<BackfillReport>;
};

/** A record with its time and id; the id is null if the record has none. */
export type KeptRecord = {
  readonly at: string;
  readonly eventId: string | null;
  readonly record: unknown;
};

/**
 * Reports in the state table, under a partition that functions may write: `{pk: "incident#backfill", sk: KEY + …}` with `#state`:
 * the state, as JSON; `#call#TIME#ID`: the record of a call; `#repair#RUN#TRAIL`: the repair of a trail, as JSON;
 * `#report#RUN#PART`: the report, as JSON in parts.
 */
export function reportStore(client: DynamoDBDocumentClient, table: string): ReportStore {
  return {
    async state(key) {
      const { Item } = await client.send(
        new GetCommand({ TableName: table, Key: { pk, sk: `${key}#state` }, ConsistentRead: true }),
      );
      return Item === undefined ? null : (JSON.parse(Item.state) as BackfillState);
    },

    async save(next, seen) {
      const state = { ...next, version: (seen?.version ?? 0) + 1 };
      const Item = { pk, sk: `${next.key}#state`, version: state.version, state: ascii(state) };
      const condition =
        seen === null
          ? { ConditionExpression: 'attribute_not_exists(pk)' }
          : {
              ConditionExpression: 'version = :seen',
              ExpressionAttributeValues: { ':seen': seen.version },
            };
      try {
        await client.send(new PutCommand({ TableName: table, Item, ...condition }));
        return state;
      } catch (cause) {
        if (!(cause instanceof ConditionalCheckFailedException)) throw cause;
        throw new StaleStateError('another invocation continues', { cause });
      }
    },

    async keepCalls(key, records) {
      await Promise.all(
        records.map(({ at, eventId, record }) => {
          const text = ascii(record);
          const id = eventId ?? createHash('sha256').update(text).digest('hex');
          const sk = `${key}#call#${new Date(at).toISOString()}#${id}`;
          const Item = { pk, sk, record: text.length > longest ? ascii(omitted(record)) : text };
          return client.send(new PutCommand({ TableName: table, Item }));
        }),
      );
    },

    async *calls(key) {
      for await (const { record } of rows(`${key}#call#`)) yield JSON.parse(String(record));
    },

    async keepRepair(key, run, trail, repair) {
      const Item = {
        pk,
        sk: repairKey(key, run, trail),
        repair: ascii(truncateForStorage(repair)),
      };
      await client.send(new PutCommand({ TableName: table, Item }));
    },

    async repair(key, run, trail) {
      const Key = { pk, sk: repairKey(key, run, trail) };
      const { Item } = await client.send(
        new GetCommand({ TableName: table, Key, ConsistentRead: true }),
      );
      return Item === undefined ? null : (JSON.parse(Item.repair) as Repair);
    },

    async write(key, run, report) {
      const text = ascii(report);
      const count = Math.ceil(text.length / longest);
      for (let part = 0; part < count; part += 1) {
        const Item = {
          pk,
          sk: partKey(key, run, part),
          text: text.slice(part * longest, (part + 1) * longest),
        };
        await client.send(new PutCommand({ TableName: table, Item }));
      }
      return count;
    },

    async read({ key, run, parts }) {
      const texts: string[] = [];
      for await (const { sk, text } of rows(`${key}#report#${run}#`)) {
        if (String(sk) < partKey(key, run, parts)) texts.push(String(text));
      }
      return JSON.parse(texts.join('')) as BackfillReport;
    },
  };

  async function* rows(prefix: string): AsyncGenerator<Record<string, unknown>> {
    const pages = paginateQuery(
      { client },
      {
        TableName: table,
        ConsistentRead: true,
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
        ExpressionAttributeValues: { ':pk': pk, ':prefix': prefix },
      },
    );
    for await (const { Items = [] } of pages) yield* Items;
  }
}

const pk = `${incidentKeys}backfill`;

const repairKey = (key: string, run: number, trail: string): string =>
  `${key}#repair#${run}#${trail}`;

const partKey = (key: string, run: number, part: number): string =>
  `${key}#report#${run}#${String(part).padStart(6, '0')}`;

/** In characters. A row holds 400 KB with its keys and names. */
const longest = 350_000;

/** JSON in ASCII: one byte for each character, so it can be split anywhere. */
const ascii = (value: unknown): string =>
  JSON.stringify(value).replace(
    /[^ -~]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

/** A record without its request and response, as CloudTrail omits them if they are too large. */
const omitted = (record: unknown): unknown => ({
  ...(record as object),
  requestParameters: { omitted: true },
  responseElements: null,
});
