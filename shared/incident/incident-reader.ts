import { type DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { incidentKeys } from '#aws/state-table-keys.ts';
import { trailArn } from '#trail/trail-arn.ts';
import type { Incident, TamperEvent } from './incident.ts';
import { incidentName } from './incident-state-row.ts';
import { type RowKey, storedIncident } from './incident-store.ts';

/** What people are told of: an incident of a trail, or what was done to trailkeeper itself. */
export type IncidentRow = { readonly incident: Incident } | { readonly tampering: TamperEvent };

export type IncidentReader = {
  /** The row as it is now, or null where there is none. */
  read(key: RowKey): Promise<IncidentRow | null>;
};

/** The key of an incident, as an own event has it: of a trail, or of trailkeeper itself. Nothing else can be asked for by it. */
export const incidentKey = z.strictObject({
  pk: z
    .string()
    .max(300)
    .startsWith(incidentKeys)
    .refine((pk) => {
      const of = pk.slice(incidentKeys.length);
      return of === 'trailkeeper' || trailArn.safeParse(of).success;
    }),
  sk: incidentName,
});

/** Reads incidents from the state table. */
export function incidentReader(client: DynamoDBDocumentClient, table: string): IncidentReader {
  return {
    async read(Key) {
      const { Item = {} } = await client.send(
        new GetCommand({ TableName: table, Key, ConsistentRead: true }),
      );
      const { incident, tampering } = Item;
      if (typeof tampering === 'string') return { tampering: JSON.parse(tampering) as TamperEvent };
      const stored = storedIncident(incident);
      if (stored === null) return null;
      if (Key.pk === `${incidentKeys}${stored.trail}`) return { incident: stored };
      throw new Error(`the row ${Key.pk} ${Key.sk} holds an incident of another trail`);
    },
  };
}
