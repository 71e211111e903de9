import * as z from 'zod';
import type { Row, Rows } from '#aws/state-table.ts';
import { incidentKeys, itself, type RowKey } from '#aws/state-table-keys.ts';
import { jsonText } from '#text/json-text.ts';
import { isNotTruncated } from '#text/truncate-for-storage.ts';
import { trailArn } from '#trail/trail-arn.ts';
import {
  type Incident,
  incidentSchema,
  lastActivityAt,
  noticeSchema,
  type WindowNotice,
} from './incident.ts';
import type { TamperEvent } from './tamper-event.ts';

/** What the state table holds about a trail or about trailkeeper itself, and what people are notified of. */
export type IncidentRecord =
  | { readonly incident: Incident }
  | { readonly notice: WindowNotice }
  | { readonly tampering: TamperEvent };

/** The record in a row of the state table; null if it holds none. Only functions write tamper events: their fields are not checked. */
export function recordIn(row: Row): IncidentRecord | null {
  const incident = jsonText(incidentSchema).safeParse(row.incident).data;
  if (incident !== undefined) return { incident };
  const notice = jsonText(noticeSchema).safeParse(row.notice).data;
  if (notice !== undefined) return { notice };
  const tampering = jsonText(z.looseObject({})).safeParse(row.tampering).data;
  return tampering === undefined ? null : { tampering: tampering as unknown as TamperEvent };
}

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
  sk: z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z#[\w:#.-]{1,200}$/),
});

/** Reads a record as it is now; null if there is none. */
export type RecordReader = (key: RowKey) => Promise<IncidentRecord | null>;

export const recordReader =
  (rows: Pick<Rows, 'get'>): RecordReader =>
  async ({ pk, sk }) => {
    const row = await rows.get(pk, sk);
    const record = row === null ? null : recordIn(row);
    if (record !== null && pk !== `${incidentKeys}${subjectOf(record)}`) {
      throw new Error(`the row ${pk} ${sk} holds an incident of another trail`);
    }
    return record;
  };

const subjectOf = (record: IncidentRecord): string => {
  if ('incident' in record) return record.incident.trail;
  return 'notice' in record ? record.notice.trail : itself;
};

/** A stored record with the time of its last activity, or why its row cannot be read. */
export type LogEntry = { readonly at: string } & (IncidentRecord | { readonly problem: string });

/** A record with its row. */
export type StoredRecord = {
  readonly sk: string;
  readonly entry: LogEntry;
  readonly row: StoredText;
};

type StoredText = {
  /** The JSON text of the record; empty if the row holds none. */
  readonly text: string;
  /** Whether lists of it were truncated to fit into the row. */
  readonly isTruncated: boolean;
};

/** Every record of a trail or of trailkeeper itself, in the order in which they began. */
export const incidentLog = async (rows: Rows, of: string): Promise<readonly LogEntry[]> =>
  (await storedRecords(rows, of)).map(({ entry }) => entry);

/** The same with the text of each record as it is stored. */
export function storedRecords(rows: Rows, of: string): Promise<readonly StoredRecord[]> {
  // A sort key that does not begin with a time is that of another row.
  const range = { pk: `${incidentKeys}${of}`, between: ['0', ':'] } as const;
  return Array.fromAsync(rows.each(range), (row) => ({
    sk: String(row.sk),
    entry: entryIn(row),
    row: textIn(row),
  }));
}

function textIn({ incident, notice, tampering }: Row): StoredText {
  const text = [incident, notice, tampering].find((one) => typeof one === 'string') ?? '';
  const lists = jsonText(z.looseObject({})).safeParse(text).data ?? {};
  const isTruncated = Object.values(lists).some(
    (list) => Array.isArray(list) && !list.every(isNotTruncated),
  );
  return { text: String(text), isTruncated };
}

function entryIn(row: Row): LogEntry {
  const record = recordIn(row);
  if (record !== null) return { at: activityOf(record), ...record };
  return {
    at: String(row.sk).split('#')[0] ?? '',
    problem: `the row ${row.sk} holds no incident, maintenance window or tamper event`,
  };
}

function activityOf(record: IncidentRecord): string {
  if ('incident' in record) return lastActivityAt(record.incident);
  if ('notice' in record) return record.notice.endedAt ?? record.notice.startedAt;
  const { at, foundAt = at, updatedAt = foundAt } = record.tampering;
  return updatedAt;
}
