import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { bounded, type Incident, incidentKeys, type Tampering } from '#core/incident.ts';

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
      if (isNew || outcome === null || outcome.applied.length === 0) return;
      await put({ pk, sk: `${sk}#${startedAt}`, incident: text });
    },
  };

  function put(item: object): Promise<boolean> {
    return putNew(client, table, item);
  }
}

/** The key of a row of the state table. */
export type RowKey = { readonly pk: string; readonly sk: string };

export type TamperingStore = {
  keyOf(tampering: Tampering): RowKey;
  isKept(tampering: Tampering): Promise<boolean>;
  /** Keeps what was done to trailkeeper; what is kept stays as it is. */
  keep(tampering: Tampering): Promise<RowKey>;
};

/** What was done to trailkeeper itself: `{pk: "incident#trailkeeper", sk: time + "#" + id, tampering}`, as JSON text. */
export function tamperingStore(client: DynamoDBDocumentClient, table: string): TamperingStore {
  const keyOf = ({ at, id }: Tampering): RowKey => ({
    pk: `${incidentKeys}trailkeeper`,
    sk: `${new Date(at).toISOString()}#${id}`,
  });
  return {
    keyOf,
    async isKept(tampering) {
      const Key = keyOf(tampering);
      const { Item } = await client.send(
        new GetCommand({ TableName: table, Key, ConsistentRead: true }),
      );
      return Item !== undefined;
    },
    async keep(tampering) {
      const key = keyOf(tampering);
      await putNew(client, table, { ...key, tampering: JSON.stringify(bounded(tampering)) });
      return key;
    },
  };
}

/** Writes a row unless there is one; gives whether it did. */
async function putNew(
  client: DynamoDBDocumentClient,
  table: string,
  item: object,
): Promise<boolean> {
  const ConditionExpression = 'attribute_not_exists(pk)';
  try {
    await client.send(new PutCommand({ TableName: table, Item: { ...item }, ConditionExpression }));
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}
