import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { keptRows } from '#aws/state-row.ts';
import { gateKey } from '#aws/state-table-keys.ts';
import { jsonText } from '#text/json-text.ts';
import type { TrailArn } from '#trail/trail-arn.ts';
import { type Armed, armedWith } from './gate.ts';

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
  const rows = keptRows(client, table, { pk: gateKey, field: 'armed', parse: armedIn });
  return {
    async read(trail, version) {
      const known = remembered.get(trail) ?? null;
      return armedWith(await rows.find(trail), armedWith(known, { version, kinds: [] })).kinds;
    },
    async arm(trail, seen) {
      const known = armedWith(remembered.get(trail) ?? null, seen);
      remembered.set(trail, known);
      await rows.change(trail, (kept) => {
        const armed = armedWith(kept, known);
        return armed.kinds.length === 0 ? kept : armed;
      });
    },
  };
}

/** What a row says to be armed; null where it says nothing that can be used. */
export const armedIn = (text: unknown): Armed | null => row.safeParse(text).data ?? null;

const row = jsonText(z.object({ version: z.number(), kinds: z.array(z.string()).max(100) }));
