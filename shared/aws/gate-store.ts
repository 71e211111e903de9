import { isDeepStrictEqual } from 'node:util';
import { type DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { z } from 'zod';
import { type Armed, armedWith } from '#core/gate.ts';
import { gateKey } from '#core/table.ts';
import type { TrailArn } from '#core/trail.ts';
import { retried } from './incident-store.ts';

export type GateStore = {
  /** The kinds of a trail that are armed for a version: as the table says, and as this process remembers. */
  read(trail: TrailArn, version: number): Promise<readonly string[]>;
  /** Arms kinds, and puts back what the table no longer says; nothing is written where it says all of it. */
  arm(trail: TrailArn, armed: Armed): Promise<void>;
};

/**
 * Which kinds are armed, in the state table: `{pk: "incident#gate", sk: ARN, armed}`, as JSON text, under the only keys that a
 * function may write. It needs no signature: whoever forges it has trailkeeper restore what was signed. Whoever takes it away is
 * told, and what this process has seen puts it back.
 */
export function gateStore(client: DynamoDBDocumentClient, table: string): GateStore {
  const remembered = new Map<TrailArn, Armed>();
  return {
    async read(trail, version) {
      const known = remembered.get(trail) ?? null;
      const kept = armedIn(await readText(trail));
      return armedWith(kept, armedWith(known, { version, kinds: [] })).kinds;
    },
    async arm(trail, seen) {
      const known = armedWith(remembered.get(trail) ?? null, seen);
      remembered.set(trail, known);
      await retried(async () => {
        const text = await readText(trail);
        const kept = armedIn(text);
        const armed = armedWith(kept, known);
        if (armed.kinds.length === 0 || isDeepStrictEqual(kept, armed)) return;
        await write(trail, JSON.stringify(armed), text);
      });
    },
  };

  async function readText(trail: TrailArn): Promise<unknown> {
    const Key = { pk: gateKey, sk: trail };
    const { Item } = await client.send(
      new GetCommand({ TableName: table, Key, ConsistentRead: true }),
    );
    return Item?.armed;
  }

  /** Writes unless somebody else wrote since it was read. */
  async function write(trail: TrailArn, armed: string, read: unknown): Promise<void> {
    const condition =
      read === undefined
        ? { ConditionExpression: 'attribute_not_exists(armed)' }
        : { ConditionExpression: 'armed = :read', ExpressionAttributeValues: { ':read': read } };
    const Item = { pk: gateKey, sk: trail, armed };
    await client.send(new PutCommand({ TableName: table, Item, ...condition }));
  }
}

/** What a row says to be armed; null where it says nothing that can be used. */
export const armedIn = (text: unknown): Armed | null => row.safeParse(text).data ?? null;

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
  .pipe(z.object({ version: z.number(), kinds: z.array(z.string()).max(100) }));
