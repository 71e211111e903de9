import { type DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { incidentKeys, type RowKey } from '#aws/state-table-keys.ts';
import { trailArn } from '#trail/trail-arn.ts';
import type { IncidentRecord } from './incident.ts';
import { recordIn } from './incident-record.ts';
import { itself } from './tamper-event-store.ts';
import { incidentSkSchema } from './trail-status-schema.ts';

export type IncidentReader = {
  /** The record as it is now; null if there is none. */
  read(key: RowKey): Promise<IncidentRecord | null>;
};

/** The key of a record, as a bus event names it: of a trail, or of trailkeeper itself. Nothing else can be read by it. */
export const incidentKey = z.strictObject({
  pk: z
    .string()
    .max(300)
    .startsWith(incidentKeys)
    .refine((pk) => {
      const of = pk.slice(incidentKeys.length);
      return of === itself || trailArn.safeParse(of).success;
    }),
  sk: incidentSkSchema,
});

/** Reads incidents, notices and tamper events from the state table. */
export function incidentReader(client: DynamoDBDocumentClient, TableName: string): IncidentReader {
  return {
    async read(Key) {
      const { Item } = await client.send(new GetCommand({ TableName, Key, ConsistentRead: true }));
      const record = Item === undefined ? null : recordIn(Item);
      if (record !== null && Key.pk !== `${incidentKeys}${ownerOf(record)}`) {
        throw new Error(`the row ${Key.pk} ${Key.sk} holds an incident of another trail`);
      }
      return record;
    },
  };
}

const ownerOf = (record: IncidentRecord): string => {
  if ('incident' in record) return record.incident.trail;
  return 'notice' in record ? record.notice.trail : itself;
};
