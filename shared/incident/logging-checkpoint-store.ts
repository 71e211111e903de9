import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { type KeptRows, keptRows } from '#aws/state-row.ts';
import { incidentKeys } from '#aws/state-table-keys.ts';
import type { CheckpointState } from '#gaps/logging-interruption.ts';
import { jsonText } from '#text/json-text.ts';

export type CheckpointStore = KeptRows<CheckpointState>;

/**
 * What was seen last of each trail's logging, in the state table: `{pk: "incident#watermark", sk: ARN, watermark}`, as JSON text,
 * under the only keys that a function may write. A row that says nothing usable counts as none: whoever wrote it could as
 * well have written a lie, or deleted it.
 */
export const checkpointStore = (client: DynamoDBDocumentClient, table: string): CheckpointStore =>
  keptRows(client, table, {
    pk: `${incidentKeys}watermark`,
    field: 'watermark',
    parse: (text) => row.safeParse(text).data ?? nothing,
  });

const nothing: CheckpointState = { watermark: null, ownStarts: [] };

const time = z.iso.datetime();
const row = jsonText(
  z.object({
    watermark: z
      .object({
        IsLogging: z.boolean(),
        StartLoggingTime: time.nullable(),
        StopLoggingTime: time.nullable(),
        isGone: z.boolean().optional(),
      })
      .nullable(),
    ownStarts: z.array(z.object({ from: time, to: time.nullable() })),
  }),
);
