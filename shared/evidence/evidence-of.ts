import { itself } from '#aws/state-table-keys.ts';
import type { StoredRecord } from '#incident/incident-records.ts';
import { isWithin, type TimeRange } from '#text/time.ts';
import type { Evidence, Recoveries, TamperEvidence } from './evidence.ts';
import { tamperEvidence } from './tamper-evidence.ts';
import { recordRef, type Scope, type TrailInput, trailEvidence } from './trail-evidence.ts';

/** What a report is about, and what was read for it. */
export type EvidenceInput = {
  readonly now: string;
  readonly by: string;
  readonly generator: string;
  readonly window: TimeRange;
  /** The id of the incident that the report is about; null for all of them. */
  readonly incident: string | null;
  readonly unswept: Scope['unswept'];
  readonly trails: readonly Omit<TrailInput, 'scope'>[];
  /** The records of trailkeeper itself. */
  readonly own: readonly StoredRecord[];
  readonly recoveries: Recoveries;
};

/** The evidence about trails in a window. Pure: it is compiled from what was read. */
export function evidenceOf(input: EvidenceInput): Evidence {
  const { now, by, generator, window, incident, unswept, trails, own, recoveries } = input;
  const scope = { now, window, incident, unswept, recoveries };
  return {
    schema: 1,
    ...{ generatedAt: now, generatedBy: by, generator, window, incident },
    trails: trails.map((trail) => trailEvidence({ ...trail, scope })),
    tampering: own.flatMap((record) => tamperingIn(record, window)),
    recoveries,
  };
}

function tamperingIn(record: StoredRecord, window: TimeRange): readonly TamperEvidence[] {
  const { entry } = record;
  if (!('tampering' in entry)) return [];
  const evidence = tamperEvidence(entry.tampering, recordRef(itself, record));
  return isWithin(evidence.at, window) ? [evidence] : [];
}
