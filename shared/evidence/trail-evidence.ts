import { messageOf } from '#aws/errors.ts';
import { incidentKeys } from '#aws/state-table-keys.ts';
import type { KnownTrail } from '#baseline/known-trail.ts';
import { isRetirement } from '#baseline/retirement.ts';
import { hashOf } from '#baseline/signing/signature.ts';
import type { Reading } from '#baseline/signing/version-chain.ts';
import type { Incident } from '#incident/incident.ts';
import type { StoredRecord } from '#incident/incident-records.ts';
import type { TrailStatus } from '#incident/trail-status.ts';
import type { StoredWindow } from '#reconcile/maintenance-window-store.ts';
import type { TimeRange } from '#text/time.ts';
import {
  type CoverageShares,
  coverageShares,
  recordsManagement,
  type UnknownRange,
  withoutShares,
} from './coverage.ts';
import type { IncidentEvidence, RecordRef, Recoveries, TrailEvidence } from './evidence.ts';
import { incidentEvidence } from './incident-evidence.ts';
import { unknownInIncident, unprotectedRanges } from './unknown-ranges.ts';
import { baselineEvidence, versionsIn } from './version-evidence.ts';
import { windowsIn } from './window-evidence.ts';

/** What was read about one trail. */
export type TrailInput = {
  readonly known: KnownTrail;
  /** Its versions, newest first. */
  readonly history: readonly Reading[];
  readonly records: readonly StoredRecord[];
  readonly status: Pick<TrailStatus, 'lastInSyncAt' | 'open'>;
  readonly windows: readonly StoredWindow[];
  readonly maxWindowHours: number;
  readonly scope: Scope;
};

export type Scope = {
  readonly now: string;
  readonly window: TimeRange;
  /** The id of the only incident to list; null for all. */
  readonly incident: string | null;
  /** When no sweep finished, or why that is not known. */
  readonly unswept: readonly TimeRange[] | { readonly problem: string };
  readonly recoveries: Recoveries;
};

/** The evidence about one trail in a window. */
export function trailEvidence(input: TrailInput): TrailEvidence {
  const { known, history, records, windows, maxWindowHours, scope } = input;
  const { window, incident } = scope;
  const read = records.flatMap((record) => readIncident(record, input));
  const found = read
    .filter((one) => 'evidence' in one)
    .filter(({ evidence }) => isIn(evidence, scope));
  const unread = read.filter((one) => 'problem' in one);
  return {
    trail: known.trail,
    baseline: baselineEvidence(known, history),
    versions: versionsIn(history, window),
    coverage: sharesOf(found, unread, input),
    incidents: found
      .map(({ evidence }) => evidence)
      .filter(({ id }) => incident === null || id === incident),
    windows: windowsIn(windows, window, maxWindowHours),
    unreadable: unread.map(({ problem }) => problem),
  };
}

type Found = {
  readonly incident: Incident;
  readonly evidence: IncidentEvidence;
  readonly isTruncated: boolean;
};

type Unread = { readonly at: string; readonly problem: string };

/** The incident in a record; why it cannot be read; nothing if it is a maintenance window. */
function readIncident(
  record: StoredRecord,
  { known, scope }: TrailInput,
): readonly (Found | Unread)[] {
  const { entry, row, sk } = record;
  if ('problem' in entry) return [entry];
  if (!('incident' in entry)) return [];
  const { incident } = entry;
  try {
    const evidence = incidentEvidence(incident, recordRef(known.trail, record), scope);
    return [{ incident, evidence, isTruncated: row.isTruncated }];
  } catch (error) {
    // Anyone who can write to the table may have written it.
    const problem = `the incident in the row ${sk} cannot be read: ${messageOf(error)}`;
    return [{ at: incident.openedAt, problem }];
  }
}

/** Whether an incident and its gaps are, at least in part, in the window. */
function isIn({ openedAt, closedAt, gaps }: IncidentEvidence, { window, now }: Scope): boolean {
  const begins = [openedAt, ...gaps.map(({ from }) => from)].map((at) => Date.parse(at));
  const end = Date.parse(closedAt ?? now);
  return Math.min(...begins) <= Date.parse(window.to) && end >= Date.parse(window.from);
}

/** The shares of what was recorded. Without a baseline it is not known what should be. */
function sharesOf(
  found: readonly Found[],
  unread: readonly Unread[],
  input: TrailInput,
): CoverageShares {
  const { known, scope } = input;
  const states = statesIn(input);
  if (states === null) {
    return withoutShares(
      'error' in known ? 'the baseline cannot be used' : 'the trail has no baseline',
    );
  }
  if (!recordsManagement(states)) return withoutShares('the baseline records no management events');
  const { unswept } = scope;
  if ('problem' in unswept) return withoutShares(unswept.problem);
  const gaps = found.flatMap(({ evidence }) => evidence.gaps);
  return coverageShares(scope.window, gaps, [
    ...unknownRanges(found, unread, input),
    ...unswept.map((range) => ({ ...range, reason: 'no sweep finished' })),
  ]);
}

/** The states of the baseline in force; for a trail that was retired, of the last baseline. */
function statesIn({ known, history }: TrailInput): Readonly<Record<string, object>> | null {
  if ('baseline' in known) return known.baseline.states;
  if ('error' in known) return null;
  const baselines = history.flatMap((one) =>
    'version' in one && !isRetirement(one.version) ? [one.version] : [],
  );
  return baselines.at(0)?.states ?? null;
}

function unknownRanges(
  found: readonly Found[],
  unread: readonly Unread[],
  input: TrailInput,
): readonly UnknownRange[] {
  const { history, scope } = input;
  const { window, now } = scope;
  return [
    ...unprotectedRanges(history, window),
    ...found.flatMap(({ incident, evidence: { gaps, closedAt }, isTruncated }) =>
      unknownInIncident({ incident, gaps, isTruncated, end: closedAt ?? now }, window),
    ),
    ...unread.map(({ at }) => ({
      from: Number.isNaN(Date.parse(at)) ? window.from : at,
      to: window.to,
      reason: 'a record of an incident cannot be read',
    })),
    { from: lastCheck(input), to: window.to, reason: 'no check of the trail is stored since' },
  ];
}

/**
 * When the trail was last checked, as far as it is stored: trailkeeper stores that a trail is in sync every ten minutes. If it never
 * was, the window begins with what is not known.
 */
function lastCheck({ status, records, scope }: TrailInput): string {
  const { open, lastInSyncAt } = status;
  const closed = records.flatMap(({ entry }) =>
    'incident' in entry ? (entry.incident.closedAt ?? entry.incident.updatedAt) : [],
  );
  const times = [lastInSyncAt, open?.incident.updatedAt, ...closed].filter((at) => at != null);
  return (
    times.toSorted((one, other) => Date.parse(one) - Date.parse(other)).at(-1) ?? scope.window.from
  );
}

/** Where a record of a trail, or of trailkeeper itself, is stored, and its hash. */
export const recordRef = (of: string, { sk, row }: StoredRecord): RecordRef => ({
  pk: `${incidentKeys}${of}`,
  sk,
  sha256: hashOf(row.text),
});
