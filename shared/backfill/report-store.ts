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

/** Thrown to who would write the state of a backfill that someone else got on with. */
export class StaleStateError extends Error {
  override readonly name = 'StaleStateError' as const;
}

export type ReportStore = {
  state(key: string): Promise<BackfillState | null>;
  /** Writes the next version, or throws `StaleStateError` where what is there is not the version that was seen. */
  save(state: Omit<BackfillState, 'version'>, seen: BackfillState | null): Promise<BackfillState>;
  /** Keeps the records of calls, each once however often. */
  keepCalls(key: string, records: readonly KeptRecord[]): Promise<void>;
  /** The records of all calls that were kept. */
  calls(key: string): AsyncIterable<unknown>;
  /** Keeps what was done to a trail, so that no later failure loses it. */
  keepRepair(key: string, run: number, trail: string, repair: Repair): Promise<void>;
  /** What was done to a trail in a run; null for nothing yet. */
  repair(key: string, run: number, trail: string): Promise<Repair | null>;
  /** Stores a report; gives in how many parts. */
  write(key: string, run: number, report: BackfillReport): Promise<number>;
  /** The report of a backfill that is done. */
  read(state: BackfillState): Promise<BackfillReport>;
};

/** A record of CloudTrail's with its time and id; null for an id that it does not have. */
export type KeptRecord = {
  readonly at: string;
  readonly eventId: string | null;
  readonly record: unknown;
};

/**
 * Reports in the state table, under a partition that functions may write: `{pk: "incident#backfill", sk: KEY + …}` with `#state`:
 * how far it is, as JSON; `#call#TIME#ID`: a call that was found, as its record; `#repair#RUN#TRAIL`: what
 * was done to a trail, as JSON; `#report#RUN#PART`: the report, as JSON in parts.
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
        throw new StaleStateError('another invocation goes on with it', { cause });
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

/** A row holds 400 KB, its keys and names among them. */
const longest = 350_000;

/** JSON in ASCII: a byte a character, and whole wherever it is cut. */
const ascii = (value: unknown): string =>
  JSON.stringify(value).replace(
    /[^ -~]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

/** A record without what makes it too large, as CloudTrail itself leaves it out. */
const omitted = (record: unknown): unknown => ({
  ...(record as object),
  requestParameters: { omitted: true },
  responseElements: null,
});
