import { type DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import type { Incident } from '#core/incident.ts';

export type IncidentStore = {
  /** Keeps an incident. The same one kept again is the same row. */
  keep(incident: Incident): Promise<void>;
};

/** The prefix of the only partition keys that a function may write. */
export const incidentKeys = 'incident#';

/** Incidents in the state table: `{pk: "incident#" + ARN, sk: time + "#" + id, incident}`, the incident as JSON text. */
export const incidentStore = (client: DynamoDBDocumentClient, table: string): IncidentStore => ({
  async keep(incident) {
    const at = new Date(incident.cause?.at ?? incident.startedAt).toISOString();
    await client.send(
      new PutCommand({
        TableName: table,
        Item: {
          pk: `${incidentKeys}${incident.trail}`,
          sk: `${at}#${incident.id}`,
          incident: JSON.stringify(incident),
        },
      }),
    );
  },
});
