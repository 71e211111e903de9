import type { Baseline } from '#baseline/baseline.ts';
import type { KnownTrail } from '#baseline/known-trail.ts';
import { kinds } from '#drift/index.ts';
import type { TrailEvidence } from '#evidence/evidence.ts';
import { type TrailInput, trailEvidence } from '#evidence/trail-evidence.ts';
import type { Incident } from '#incident/incident.ts';
import { incidentGaps } from '#incident/incident-gaps.ts';
import { states, trail } from './baseline.ts';

export const noRecoveries = { found: [], unread: [] };

export const window = { from: '2026-11-22T11:00:00.000Z', to: '2026-11-22T13:00:00.000Z' };

export const baseline: Baseline = {
  ...{ schema: 1, trail: trail.arn, version: 7, previous: null },
  ...{ capturedAt: '2026-11-01T00:00:00.000Z', capturedBy: 'alice', reason: 'first' },
  ...{ states, policy: {} },
};
export const protectedTrail: KnownTrail & { baseline: Baseline } = {
  ...{ trail: trail.arn, baseline, signedBy: null, faults: [] },
};
const document = JSON.stringify(baseline);
export const version = { number: 7, version: baseline, document, signature: null, signedBy: null };

/** An incident with the gaps that the product finds in it. */
export const withGaps = (one: Incident, at = one.updatedAt): Incident => ({
  ...one,
  gaps: incidentGaps(protectedTrail, kinds)(one, at),
});

/** An incident as it is stored. */
export const recordOf = (incident: Incident) => ({
  sk: `${incident.openedAt}#${incident.id}`,
  entry: { at: incident.updatedAt, incident },
  row: { text: JSON.stringify(incident), isTruncated: false },
});

/** The evidence about the trail of these tests with the given incidents. */
export function evidence(
  incidents: readonly Incident[],
  more: Partial<TrailInput> = {},
): TrailEvidence {
  return trailEvidence({
    ...{ known: protectedTrail, history: [version], windows: [], maxWindowHours: 4 },
    records: incidents.map(recordOf),
    status: { lastInSyncAt: window.to, open: null },
    scope: { now: window.to, window, incident: null, unswept: [], recoveries: noRecoveries },
    ...more,
  });
}
