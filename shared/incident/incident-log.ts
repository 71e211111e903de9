import { type DynamoDBDocumentClient, paginateQuery } from '@aws-sdk/lib-dynamodb';
import { incidentKeys } from '#aws/state-table-keys.ts';
import type { Incident, TamperEvent } from './incident.ts';
import { jsonIn, storedIncident } from './incident-store.ts';

/** What is kept of incidents, for people who ask; a row that can not be read is told in its place. */
export type LogEntry = { readonly at: string } & (
  | { readonly incident: Incident }
  | { readonly tampering: TamperEvent }
  | { readonly problem: string }
);

/** What incidents are of, beside trails: trailkeeper itself. */
export const itself = 'trailkeeper';

/** The incidents of a trail, or those of trailkeeper itself, the newest first: at most `limit`, and none before `since`. */
export async function incidentLog(
  client: DynamoDBDocumentClient,
  table: string,
  { of, since, limit }: { readonly of: string; readonly since: string; readonly limit: number },
): Promise<readonly LogEntry[]> {
  // What is told once a day has the day in its key.
  const from = of === itself ? since.slice(0, 'YYYY-MM-DD'.length) : since;
  const pages = paginateQuery(
    { client },
    {
      TableName: table,
      // What does not begin with a time is no incident.
      KeyConditionExpression: 'pk = :pk AND sk BETWEEN :since AND :end',
      ExpressionAttributeValues: { ':pk': `${incidentKeys}${of}`, ':since': from, ':end': ':' },
      ScanIndexForward: false,
      Limit: limit,
    },
  );
  const entries: LogEntry[] = [];
  for await (const { Items = [] } of pages) {
    entries.push(...Items.map(entryIn).filter(({ at }) => at >= since));
    if (entries.length >= limit) break;
  }
  return entries.slice(0, limit);
}

/** The functions alone write these rows: what is in them is not checked field by field. */
function entryIn({ sk, incident, tampering }: Record<string, unknown>): LogEntry {
  const at = String(sk).split('#')[0] ?? '';
  const stored = storedIncident(incident);
  if (stored !== null) return { at, incident: stored };
  const done = jsonIn(tampering) as TamperEvent | null;
  if (done !== null) return { at: done.foundAt ?? at, tampering: done };
  return { at, problem: `the row ${sk} holds neither an incident nor a tampering` };
}
