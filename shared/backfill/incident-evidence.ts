import { type DynamoDBDocumentClient, paginateQuery, QueryCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { incidentKeys } from '#aws/state-table-keys.ts';
import type { Look, TimeRange } from '#gaps/history.ts';
import type { LoggingInterruption } from '#gaps/logging-interruption.ts';
import type { Finding } from '#reconcile/plan.ts';
import { jsonText } from '#text/json-text.ts';
import type { ApiCall } from '#trail/api-call.ts';

/** What incidents tell of a trail in a window: what was seen of it, and which calls were heard of. */
export type IncidentEvidence = {
  readonly looks: readonly Look[];
  /** What was found before the window, and not put right by its beginning, with the call that led to it. */
  readonly before: readonly {
    readonly findings: readonly Finding[];
    readonly cause: ApiCall | null;
  }[];
  readonly causes: readonly ApiCall[];
  /** Times in which nothing was recorded, as the trail's status told them. */
  readonly flips: readonly LoggingInterruption[];
  /** The keys of those that can not be read. */
  readonly unreadable: readonly string[];
};

export type EvidenceReader = (trail: string, window: TimeRange) => Promise<IncidentEvidence>;

/** Reads the incidents of a trail off the state table, as far as they tell what was seen when. */
export const evidenceReader =
  (client: DynamoDBDocumentClient, table: string): EvidenceReader =>
  async (trail, { from, to }) => {
    const seen: IncidentEvidence[] = [];
    // Behind the time is the id, which is greater than nothing and less than this.
    const within = query('pk = :pk AND sk BETWEEN :from AND :to', {
      ':from': from,
      ':to': `${to}~`,
    });
    for await (const { Items = [] } of paginateQuery({ client }, within)) {
      seen.push(...Items.map((item) => seenIn(item)));
    }
    const earlier = query('pk = :pk AND sk < :from', { ':from': from });
    const lately = new QueryCommand({ ...earlier, ScanIndexForward: false, Limit: mostEarlier });
    const { Items = [] } = await client.send(lately);
    seen.push(...Items.map((item) => seenIn(item, from)));
    return {
      looks: seen.flatMap(({ looks }) => looks),
      before: seen.flatMap(({ before }) => before),
      causes: seen.flatMap(({ causes }) => causes),
      flips: seen.flatMap(({ flips }) => flips),
      unreadable: seen.flatMap(({ unreadable }) => unreadable),
    };

    function query(KeyConditionExpression: string, times: Readonly<Record<string, string>>) {
      return {
        TableName: table,
        ConsistentRead: true,
        KeyConditionExpression,
        ExpressionAttributeValues: { ':pk': `${incidentKeys}${trail}`, ...times },
      };
    }
  };

/** How many incidents are looked at that began before a window, the latest: whether they lasted into it. */
const mostEarlier = 100;

const nothing: IncidentEvidence = { looks: [], before: [], causes: [], flips: [], unreadable: [] };

/** What an incident tells of a window that it began in, or before the given beginning of. */
function seenIn(
  { sk, incident: text }: Record<string, unknown>,
  windowFrom?: string,
): IncidentEvidence {
  const result = row.safeParse(text);
  const isEarlier = windowFrom !== undefined;
  if (!result.success) return isEarlier ? nothing : { ...nothing, unreadable: [String(sk)] };
  const { status, startedAt, endedAt, cause, also, outcome, flip } = result.data;
  // The engine writes when it was over to the millisecond; what ended before the window is no part of it.
  if (isEarlier && endedAt !== null && endedAt < windowFrom) return nothing;
  const causes = [cause, ...also].filter((one) => one !== null) as unknown as readonly ApiCall[];
  const looks: Look[] = [];
  const before: IncidentEvidence['before'][number][] = [];
  if (outcome !== null && isEarlier && tellsOfALook(status)) {
    const { findings } = status in endings ? outcome.plan : outcome.verified;
    before.push({ findings, cause: causes[0] ?? null });
  } else if (outcome !== null && tellsOfALook(status)) {
    looks.push({ ...span(startedAt), isAfterRepair: false, findings: outcome.plan.findings });
  }
  if (outcome !== null && endedAt !== null && status in endings) {
    const findings = endings[status as keyof typeof endings](outcome);
    looks.push({ ...span(endedAt), isAfterRepair: true, findings });
  }
  return { ...nothing, looks, before, causes, flips: flip === null || isEarlier ? [] : [flip] };
}

/** What was seen at the end of an incident: what was read back, or that what was found was gone. */
const endings = {
  restored: ({ verified }: Outcome): readonly Finding[] => verified.findings,
  recovered: ({ plan }: Outcome): readonly Finding[] =>
    plan.findings.map(({ kind, status, ...finding }) =>
      status === 'drifted' || status === 'in-sync'
        ? { kind, status: 'in-sync' }
        : ({ kind, status, ...finding } as Finding),
    ),
};

/** A digest stands for many incidents, and a truce for none. */
const tellsOfALook = (status: string): boolean =>
  !['digest', 'war', 'hold-began', 'hold-ended', 'broken'].includes(status);

/** A look takes its time: it saw what it saw about then. */
const span = (at: string): Pick<Look, 'at' | 'since' | 'until'> => ({
  at,
  since: new Date(Date.parse(at) - lookTakes).toISOString(),
  until: new Date(Date.parse(at) + lookTakes).toISOString(),
});

/** In milliseconds. */
const lookTakes = 10_000;

type Outcome = Readonly<Record<'plan' | 'verified', { readonly findings: readonly Finding[] }>>;

/** What is kept may be cut, for room: what is left of its findings still counts. */
const findings = z
  .array(z.unknown())
  .transform((all) => all.filter(isFinding).map(withWholeChanges));

const isFinding = (value: unknown): value is Finding =>
  typeof value === 'object' && value !== null && 'kind' in value && 'status' in value;

const withWholeChanges = (finding: Finding): Finding =>
  finding.status === 'drifted'
    ? { ...finding, changes: finding.changes.filter((change) => typeof change === 'object') }
    : finding;

const time = z.iso.datetime();

const row = jsonText(
  z.object({
    status: z.string(),
    startedAt: time,
    endedAt: time.nullable(),
    cause: z.looseObject({ eventName: z.string() }).nullable(),
    also: z.array(z.looseObject({ eventName: z.string() })).catch([]),
    flip: z
      .object({
        how: z.enum(['stopped', 'made-again']),
        from: time,
        isFromKnown: z.boolean(),
        to: time,
      })
      .nullish()
      .transform((flip): LoggingInterruption | null => flip ?? null),
    outcome: z
      .object({
        plan: z.object({ findings }),
        verified: z.object({ findings }),
      })
      .nullable(),
  }),
);
