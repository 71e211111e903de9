import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import { bounded, type Incident, incidentKeys } from '#core/incident.ts';

export type IncidentStore = {
  /** Keeps an incident. One that is kept stays as it is: the same event again adds a row only if something was attempted. */
  keep(incident: Incident): Promise<void>;
};

/** Incidents in the state table: `{pk: "incident#" + ARN, sk: time + "#" + id, incident}`, bounded, as JSON text. */
export function incidentStore(client: DynamoDBDocumentClient, table: string): IncidentStore {
  return {
    async keep(incident) {
      const { id, trail, startedAt, cause, outcome } = incident;
      const pk = `${incidentKeys}${trail}`;
      const sk = `${new Date(cause?.at ?? startedAt).toISOString()}#${id}`;
      const text = JSON.stringify(bounded(incident));
      const isNew = await put({ pk, sk, incident: text });
      if (isNew || outcome.applied.length === 0) return;
      await put({ pk, sk: `${sk}#${startedAt}`, incident: text });
    },
  };

  /** Writes a row unless there is one; gives whether it did. */
  async function put(Item: object): Promise<boolean> {
    const ConditionExpression = 'attribute_not_exists(pk)';
    try {
      await client.send(
        new PutCommand({ TableName: table, Item: { ...Item }, ConditionExpression }),
      );
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
  }
}
