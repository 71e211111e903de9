import type { Baseline } from '#baseline/baseline.ts';
import { hashOf } from '#baseline/signing/signature.ts';
import { kinds } from '#drift/index.ts';
import type { Evidence, Recoveries } from '#evidence/evidence.ts';
import { evidenceOf } from '#evidence/evidence-of.ts';
import type { Incident } from '#incident/incident.ts';
import { incidentGaps } from '#incident/incident-gaps.ts';
import type { StoredRecord } from '#incident/incident-records.ts';
import { later, type TimeRange } from '#text/time.ts';
import { alice, trail } from './sample-parts.ts';
import { sampleStates, sampleWindow } from './sample-trail.ts';

/** The evidence that made-up incidents of a trail make, as a deployment would store them. */
export function sampleEvidence(
  incidents: readonly Incident[],
  window: TimeRange,
  more: { readonly incident?: string } = {},
): Evidence {
  const lastInSyncAt = later(window.to, { minutes: -4 });
  return evidenceOf({
    ...{ now: window.to, window, incident: more.incident ?? null },
    by: String(alice.arn),
    generator: '0.1.0',
    unswept: [],
    trails: [
      {
        known: { trail, baseline, signedBy: keyId, faults: [] },
        history: [{ number: 7, version: baseline, document, signedBy: keyId, signature }],
        records: incidents.map(recordOf),
        status: { lastInSyncAt, open: null },
        windows: [{ window: sampleWindow, signedBy: keyId, ended: null }],
        maxWindowHours: 4,
      },
    ],
    own: [],
    recoveries: sampleRecoveries(incidents),
  });
}

/** An incident as it is stored, with the gaps that it left. */
function recordOf(incident: Incident): StoredRecord {
  const known = { trail, baseline, signedBy: keyId, faults: [] };
  const gaps = incidentGaps(known, kinds)(incident, incident.updatedAt);
  const stored = { ...incident, gaps };
  return {
    sk: `${incident.openedAt}#${incident.id}`,
    entry: { at: incident.updatedAt, incident: stored },
    row: { text: JSON.stringify(stored), isTruncated: false },
  };
}

const keyId = hashOf('the key of an approver');
const signature = { keyId, algorithm: 'ECDSA_SHA_256', signature: 'AAAA' } as const;

const baseline: Baseline = {
  ...{ schema: 1, trail, version: 7, previous: hashOf('version 6') },
  capturedAt: '2026-09-01T08:30:00.000Z',
  capturedBy: String(alice.arn),
  reason: 'adds the Frankfurt data events',
  states: sampleStates,
  policy: {},
};
const document = JSON.stringify(baseline);

/** What was lost while logging was off was recovered. */
function sampleRecoveries(incidents: readonly Incident[]): Recoveries {
  const stopped = incidents.find(({ cause }) => cause?.eventName === 'StopLogging');
  if (stopped === undefined) return { found: [], unread: [] };
  const from = later(stopped.openedAt, { minutes: -10 });
  const place = 's3://recovered-events/recovered';
  return {
    found: [
      {
        ...{ trail, intervals: [{ from, to: later(from, { minutes: 20 }) }] },
        ...{ accounts: 3, regions: 17, recovered: 1217, files: 6 },
        folder: `${place}/AWSLogs/`,
        finishedAt: later(from, { hours: 2 }),
        manifest: `${place}/recoveries/c248780c0d9a2dd8/manifest.json`,
        ...{ sha256: hashOf('manifest'), signedBy: keyId, signatureProblem: null },
        missing: [],
        notCompared: [],
        unrecoverable: ['data events: event history has management events only'],
        excludedByTrail: ['management events where eventSource is kms.amazonaws.com'],
      },
    ],
    unread: [],
  };
}
