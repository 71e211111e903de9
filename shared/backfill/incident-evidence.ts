import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { type Row, rowsIn } from '#aws/state-table.ts';
import { incidentKeys } from '#aws/state-table-keys.ts';
import type { Snapshot, TimeRange } from '#gaps/history.ts';
import type { LoggingInterruption } from '#gaps/logging-interruption.ts';
import type { Episode, Incident } from '#incident/incident.ts';
import { recordIn } from '#incident/incident-records.ts';
import type { Finding } from '#reconcile/plan.ts';
import { isNotTruncated } from '#text/truncate-for-storage.ts';
import type { ApiCall } from '#trail/api-call.ts';

/** What incidents contain about a trail in a time range. */
export type IncidentEvidence = {
  readonly snapshots: readonly Snapshot[];
  /** Drift from before the window that lasted into it, with the call that led to it. */
  readonly before: readonly {
    readonly findings: readonly Finding[];
    readonly cause: ApiCall | null;
  }[];
  readonly causes: readonly ApiCall[];
  /** Interruptions of logging, from the trail's status. */
  readonly interruptions: readonly LoggingInterruption[];
  /** The keys of rows that cannot be read. */
  readonly unreadable: readonly string[];
};

export type EvidenceReader = (trail: string, window: TimeRange) => Promise<IncidentEvidence>;

/** Reads the incidents of a trail from the state table: those that opened in a window, and earlier ones that lasted into it. */
export const evidenceReader =
  (client: DynamoDBDocumentClient, table: string): EvidenceReader =>
  async (trail, window) => {
    const rows = rowsIn(client, table);
    const pk = `${incidentKeys}${trail}`;
    // A sort key is a time and an id. The id is greater than nothing, and less than `~`.
    const opened = await Array.fromAsync(
      rows.each({ pk, between: [window.from, `${window.to}~`] }),
    );
    const earlier = await Array.fromAsync(
      rows.each({ pk, between: ['0', window.from], newestFirst: true }, mostEarlier),
    );
    const incidents = [...opened, ...earlier].flatMap(incidentsIn);
    return {
      snapshots: incidents.flatMap(({ episodes }) =>
        episodes.flatMap((one) => snapshotsIn(one, window)),
      ),
      before: incidents.flatMap((incident) => driftBefore(incident, window)),
      causes: incidents.flatMap((incident) => callsIn(incident, window)),
      interruptions: incidents
        .flatMap(({ interruptions }) => interruptions)
        .filter(({ from, to }) => to >= window.from && from <= window.to),
      unreadable: opened.filter((row) => recordIn(row) === null).map(({ sk }) => String(sk)),
    };
  };

/** How many incidents from before a window are read, latest first. */
const mostEarlier = 100;

/** The incident in a row, without what was truncated. */
function incidentsIn(row: Row): readonly Incident[] {
  const record = recordIn(row);
  if (record === null || !('incident' in record)) return [];
  const { incident } = record;
  const episodes = incident.episodes.map((episode): Episode => {
    const { plan, verified } = episode.outcome;
    const outcome = { ...episode.outcome, plan: whole(plan), verified: whole(verified) };
    return { ...episode, outcome };
  });
  return [{ ...incident, episodes }];
}

const whole = <Plan extends { readonly findings: readonly Finding[] }>(plan: Plan): Plan => ({
  ...plan,
  findings: plan.findings.map((finding) =>
    finding.status === 'drifted'
      ? { ...finding, changes: finding.changes.filter(isNotTruncated) }
      : finding,
  ),
});

/** What was observed when a drift was detected, and when it was resolved. */
function snapshotsIn(
  { detectedAt, resolvedAt, ...episode }: Episode,
  window: TimeRange,
): Snapshot[] {
  const { plan } = episode.outcome;
  const isIn = (at: string): boolean => at >= window.from && at <= window.to;
  const snapshots: Snapshot[] = [];
  if (isIn(detectedAt)) {
    snapshots.push({ ...around(detectedAt), isAfterRepair: false, findings: plan.findings });
  }
  if (resolvedAt !== null && isIn(resolvedAt)) {
    const findings = findingsAtEnd(episode);
    snapshots.push({ ...around(resolvedAt), isAfterRepair: true, findings });
  }
  return snapshots;
}

/** What was read back after our repair, or what was found without its drift. */
const findingsAtEnd = ({ resolution, outcome }: Pick<Episode, 'resolution' | 'outcome'>) =>
  resolution === 'restored'
    ? outcome.verified.findings
    : outcome.plan.findings.map(
        (finding): Finding =>
          finding.status === 'drifted' ? { kind: finding.kind, status: 'in-sync' } : finding,
      );

/** The drift that lasted into a window. */
function driftBefore(
  { episodes, cause, calls }: Incident,
  { from }: TimeRange,
): IncidentEvidence['before'] {
  return episodes
    .filter(({ detectedAt, resolvedAt }) => detectedAt < from && !isBefore(resolvedAt, from))
    .map(({ outcome: { plan, verified }, resolvedAt }) => ({
      findings: (resolvedAt === null ? verified : plan).findings,
      cause: cause ?? calls[0]?.call ?? null,
    }));
}

/** The calls of an incident that lasted into a window, or opened in it. */
function callsIn({ cause, calls, closedAt }: Incident, { from }: TimeRange): readonly ApiCall[] {
  if (isBefore(closedAt, from)) return [];
  const others = calls.map(({ call }) => call);
  const isListed = others.some(({ eventId }) => eventId === cause?.eventId);
  return cause === null || isListed ? others : [cause, ...others];
}

const isBefore = (at: string | null, time: string): boolean => at !== null && at < time;

/** Observation times are accurate to ten seconds. */
const around = (at: string): Pick<Snapshot, 'at' | 'since' | 'until'> => ({
  at,
  since: new Date(Date.parse(at) - accuracyMs).toISOString(),
  until: new Date(Date.parse(at) + accuracyMs).toISOString(),
});

const accuracyMs = 10_000;
