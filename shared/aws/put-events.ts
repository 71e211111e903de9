import {
  EventBridgeClient,
  PutEventsCommand,
  type PutEventsRequestEntry,
  type PutEventsResultEntry,
} from '@aws-sdk/client-eventbridge';

const client = new EventBridgeClient();

export async function putEvents(
  Entries: PutEventsRequestEntry[],
): Promise<readonly PutEventsResultEntry[]> {
  const { Entries: results = [] } = await client.send(new PutEventsCommand({ Entries }));
  return results;
}
