import { type DynamoDBDocumentClient, PutCommand, paginateQuery } from '@aws-sdk/lib-dynamodb';
import { z } from 'zod';
import { describeIssues } from '#core/baseline.ts';
import { type Hold, type HoldableKind, holdSchema, InvalidHoldError } from '#core/hold.ts';
import type { TrailArn } from '#core/trail.ts';

/** A Hold as it is stored, and its end before its time, if somebody ended it; or why the row can not be used. */
export type StoredHold =
  | { readonly hold: Hold; readonly released: Release | null }
  | { readonly key: string; readonly error: InvalidHoldError };

/** Who ended a Hold before its time, when (ISO 8601) and why. */
export type Release = { readonly at: string; readonly by: string; readonly reason: string };

export type HoldStore = {
  /** The Holds of one trail, ended ones too; of every trail where none is named. */
  list(trail?: TrailArn): Promise<readonly StoredHold[]>;
  /** Stores a new Hold. */
  add(hold: Hold): Promise<void>;
  /** Ends a Hold before its time. It needs no signature: what ends a truce is no risk. */
  release(hold: Hold, release: Release): Promise<void>;
};

/**
 * Holds in the state table. Rows: `{pk: "hold", sk: ARN + "#" + id, document, signatures}`, the document as the JSON text that
 * is signed, and `{pk: "released", sk: ARN + "#" + id, at, by, reason}`.
 */
export function holdStore(
  client: DynamoDBDocumentClient,
  table: string,
  kinds: readonly HoldableKind[],
): HoldStore {
  const schema = holdSchema(kinds);
  return {
    async list(trail) {
      const [holds, releases] = await Promise.all([rows('hold', trail), rows('released', trail)]);
      const released = new Map(releases.map((row) => [row.sk, releaseRow.parse(row)]));
      return holds.map((row) => stored(row, released.get(row.sk) ?? null));
    },
    async add(hold) {
      const item = { pk: 'hold', sk: keyOf(hold), document: JSON.stringify(hold), signatures: [] };
      parse(item.document);
      await putNew(item);
    },
    async release(hold, release) {
      await putNew({ pk: 'released', sk: keyOf(hold), ...release });
    },
  };

  function stored(row: Row, released: Release | null): StoredHold {
    try {
      const hold = parse(row.document);
      if (keyOf(hold) !== row.sk) throw new InvalidHoldError('trail, id: are not those of its row');
      return { hold, released };
    } catch (error) {
      if (!(error instanceof InvalidHoldError)) throw error;
      return { key: row.sk, error };
    }
  }

  function parse(document: unknown): Hold {
    const result = z
      .string()
      .transform((text, context) => {
        try {
          return JSON.parse(text);
        } catch {
          context.addIssue('the document is not JSON');
          return z.NEVER;
        }
      })
      .pipe(schema)
      .safeParse(document);
    if (!result.success) throw new InvalidHoldError(describeIssues(result.error));
    return result.data;
  }

  async function rows(pk: string, trail: string | undefined): Promise<Row[]> {
    const pages = paginateQuery(
      { client },
      {
        TableName: table,
        ConsistentRead: true,
        KeyConditionExpression:
          trail === undefined ? 'pk = :pk' : 'pk = :pk AND begins_with(sk, :trail)',
        ExpressionAttributeValues: {
          ':pk': pk,
          ...(trail !== undefined && { ':trail': `${trail}#` }),
        },
      },
    );
    const found: Row[] = [];
    for await (const { Items = [] } of pages) found.push(...(Items as Row[]));
    return found;
  }

  async function putNew(Item: Row): Promise<void> {
    const ConditionExpression = 'attribute_not_exists(pk)';
    await client.send(new PutCommand({ TableName: table, Item, ConditionExpression }));
  }
}

const keyOf = ({ trail, id }: Pick<Hold, 'trail' | 'id'>): string => `${trail}#${id}`;

type Row = { readonly pk: string; readonly sk: string; readonly [member: string]: unknown };

const releaseRow = z.object({ at: z.string(), by: z.string(), reason: z.string() });
