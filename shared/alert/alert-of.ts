import type { IncidentRecord } from '#incident/incident-records.ts';
import type { Alert, AlertOptions } from './alert.ts';
import { incidentAlert } from './incident-alert.ts';
import { tamperAlert, windowAlert } from './other-alerts.ts';

/** The alert of a stored record. */
export function alertOf(record: IncidentRecord, options: AlertOptions): Alert {
  if ('incident' in record) return incidentAlert(record.incident, options);
  if ('notice' in record) return windowAlert(record.notice, options);
  return tamperAlert(record.tampering, options);
}
