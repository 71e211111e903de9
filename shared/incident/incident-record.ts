import * as z from 'zod';
import { jsonText } from '#text/json-text.ts';
import type { IncidentRecord, TamperEvent } from './incident.ts';
import { incidentSchema, noticeSchema } from './trail-status-schema.ts';

/** The record in a row of the state table; null if it holds none. */
export function recordIn(row: Readonly<Record<string, unknown>>): IncidentRecord | null {
  const incident = jsonText(incidentSchema).safeParse(row.incident).data;
  if (incident !== undefined) return { incident };
  const notice = jsonText(noticeSchema).safeParse(row.notice).data;
  if (notice !== undefined) return { notice };
  const tampering = tamperEventIn(row.tampering);
  return tampering === null ? null : { tampering };
}

/** Only functions write these rows: their fields are not checked one by one. */
function tamperEventIn(text: unknown): TamperEvent | null {
  const parsed = jsonText(z.looseObject({})).safeParse(text).data;
  return parsed === undefined ? null : (parsed as unknown as TamperEvent);
}
