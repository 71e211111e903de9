import { incidentKeys } from '#aws/state-table-keys.ts';
import { hashOf } from '#baseline/signing/signature.ts';
import type { StoredRecord } from '#incident/incident-records.ts';
import type { RecordRef } from './evidence.ts';

/** Where a record of a trail, or of trailkeeper itself, is stored, and its hash. */
export const recordRef = (of: string, { sk, row }: StoredRecord): RecordRef => ({
  pk: `${incidentKeys}${of}`,
  sk,
  sha256: hashOf(row.text),
});
