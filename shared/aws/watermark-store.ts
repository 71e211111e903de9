import { isDeepStrictEqual } from 'node:util';
import { type DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { z } from 'zod';
import { incidentKeys } from '#core/incident.ts';
import type { TrailArn } from '#core/trail.ts';
import type { Kept } from '#core/watermark.ts';
import { retried } from './incident-store.ts';

export type WatermarkStore = {
  find(trail: TrailArn): Promise<Kept>;
  /** Replaces what is kept by what is made of it; nothing is written where that is the same. */
  change(trail: TrailArn, next: (kept: Kept) => Kept): Promise<void>;
};

/**
 * What was seen last of each trail's logging, in the state table: `{pk: "incident#watermark", sk: ARN, watermark}`, as JSON text,
 * under the only keys that a function may write. A row that says nothing usable counts as none: whoever wrote it could as
 * well have written a lie, or deleted it.
 */
export function watermarkStore(client: DynamoDBDocumentClient, table: string): WatermarkStore {
  return {
    async find(trail) {
      return parse(await read(trail));
    },
    change: (trail, next) =>
      retried(async () => {
        const text = await read(trail);
        const kept = parse(text);
        const changed = next(kept);
        if (isDeepStrictEqual(kept, changed)) return;
        await write(trail, JSON.stringify(changed), text);
      }),
  };

  async function read(trail: TrailArn): Promise<unknown> {
    const Key = { pk, sk: trail };
    const { Item } = await client.send(
      new GetCommand({ TableName: table, Key, ConsistentRead: true }),
    );
    return Item?.watermark;
  }

  /** Writes unless somebody else wrote since it was read. */
  async function write(trail: TrailArn, watermark: string, read: unknown): Promise<void> {
    const condition =
      read === undefined
        ? { ConditionExpression: 'attribute_not_exists(watermark)' }
        : {
            ConditionExpression: 'watermark = :read',
            ExpressionAttributeValues: { ':read': read },
          };
    const Item = { pk, sk: trail, watermark };
    await client.send(new PutCommand({ TableName: table, Item, ...condition }));
  }
}

const pk = `${incidentKeys}watermark`;

const nothing: Kept = { watermark: null, ownStarts: [] };

function parse(text: unknown): Kept {
  return row.safeParse(text).data ?? nothing;
}

const time = z.iso.datetime();
const row = z
  .string()
  .transform((text, context): unknown => {
    try {
      return JSON.parse(text);
    } catch {
      context.addIssue({ code: 'custom', message: 'is not JSON' });
      return z.NEVER;
    }
  })
  .pipe(
    z.object({
      watermark: z
        .object({
          IsLogging: z.boolean(),
          StartLoggingTime: time.nullable(),
          StopLoggingTime: time.nullable(),
        })
        .nullable(),
      ownStarts: z.array(z.object({ from: time, to: time.nullable() })),
    }),
  );
