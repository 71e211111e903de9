import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { type KeptRows, keptRows } from '#aws/state-row.ts';
import { incidentKeys } from '#aws/state-table-keys.ts';
import type { BucketLoss } from '#drift/bucket-loss.ts';
import { jsonText } from '#text/json-text.ts';

export type BucketLossStore = KeptRows<BucketLoss | null>;

/** When the bucket of each trail was last seen to be gone: `{pk: "incident#bucket-loss", sk: ARN, loss}`, as JSON text. */
export const bucketLossStore = (client: DynamoDBDocumentClient, table: string): BucketLossStore =>
  keptRows(client, table, {
    pk: `${incidentKeys}bucket-loss`,
    field: 'loss',
    parse: (text) => row.safeParse(text).data ?? null,
  });

const row = jsonText(z.object({ version: z.int(), at: z.iso.datetime() }));
