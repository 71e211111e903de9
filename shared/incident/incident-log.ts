import { type DynamoDBDocumentClient, paginateQuery } from '@aws-sdk/lib-dynamodb';
import { incidentKeys } from '#aws/state-table-keys.ts';
import type { IncidentRecord } from './incident.ts';
import { recordIn } from './incident-record.ts';
import { itself } from './tamper-event-store.ts';

/** A stored record, or why its row cannot be read. */
export type LogEntry = { readonly at: string } & (IncidentRecord | { readonly problem: string });

/** The records of a trail or of trailkeeper itself, newest first: at most `limit`, and none before `since`. */
export async function incidentLog(
  client: DynamoDBDocumentClient,
  table: string,
  { of, since, limit }: { readonly of: string; readonly since: string; readonly limit: number },
): Promise<readonly LogEntry[]> {
  // Faults that are reported once a day have the day in their key.
  const from = of === itself ? since.slice(0, 'YYYY-MM-DD'.length) : since;
  const pages = paginateQuery(
    { client },
    {
      TableName: table,
      // A sort key that does not begin with a time is that of another row.
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

function entryIn(row: Record<string, unknown>): LogEntry {
  const at = String(row.sk).split('#')[0] ?? '';
  const record = recordIn(row);
  if (record === null) {
    return {
      at,
      problem: `the row ${row.sk} holds no incident, maintenance window or tamper event`,
    };
  }
  return 'tampering' in record
    ? { at: record.tampering.foundAt ?? at, ...record }
    : { at, ...record };
}
