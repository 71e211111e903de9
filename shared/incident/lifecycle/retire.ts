import { incidentSk } from '../incident.ts';
import type { TrailStatus } from '../trail-status.ts';

/** The status of a trail that is no longer protected: its incident is closed, and says who retired it and why. */
export function closeRetired(
  status: TrailStatus,
  { at, by, reason }: { readonly at: string; readonly by: string; readonly reason: string },
): TrailStatus {
  if (status.open === null) return status;
  const incident = {
    ...status.open.incident,
    closedAt: at,
    updatedAt: at,
    retired: { by, reason },
  };
  return {
    ...status,
    open: null,
    outbox: { ...status.outbox, [incidentSk(incident)]: { incident } },
  };
}
