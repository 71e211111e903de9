import { alertOf } from '#alert/alert-of.ts';
import type { TamperEvent } from '#incident/tamper-event.ts';
import { callEvidence } from './call-evidence.ts';
import type { RecordRef, TamperEvidence } from './evidence.ts';

/** The evidence of a change of trailkeeper itself. */
export function tamperEvidence(event: TamperEvent, record: RecordRef): TamperEvidence {
  const options = {
    logs: { region: '', groups: [] },
    omitActors: false,
    maxWindowHours: 0,
    runbook: null,
  };
  const { title, severity, sections } = alertOf({ tampering: event }, options);
  return {
    id: event.id,
    at: event.foundAt ?? event.at,
    ...{ severity, title },
    cause: event.cause && callEvidence(event.cause, null),
    details: sections.flatMap(({ heading, lines }) => lines.map((line) => `${heading}: ${line}`)),
    record,
  };
}
