import { itself } from '#aws/state-table-keys.ts';
import type { KnownTrail } from '#baseline/known-trail.ts';
import type { Evidence } from '#evidence/evidence.ts';
import { type EvidenceInput, evidenceOf } from '#evidence/evidence-of.ts';
import type { Incident } from '#incident/incident.ts';
import { type StoredRecord, storedRecords } from '#incident/incident-records.ts';
import type { TimeRange } from '#text/time.ts';
import { parseTrailArn } from '#trail/trail-arn.ts';
import packageJson from '../../package.json' with { type: 'json' };
import type { Context } from '../context.ts';
import { timeRange } from '../options.ts';
import { readRecoveries } from '../recovery/read-recoveries.ts';
import { knownTrail, noneProtected } from '../trails.ts';
import { readUnswept } from './read-sweeps.ts';

/** What a report is about: one incident, by the beginning of its id, or a time range of one trail or of all. */
export type Subject =
  | { readonly incident: string }
  | { readonly window: TimeRange; readonly trail: string | undefined };

/** What arguments name. Throws an error that says which to give. */
export function subjectOf(
  trail: string | undefined,
  { incident, from, to }: { incident?: string; from?: string; to?: string },
  { now, verb }: { readonly now: Date; readonly verb: string },
): Subject {
  if (incident !== undefined) {
    if (from === undefined && to === undefined && trail === undefined) return { incident };
    throw new Error('--incident: cannot be used with a trail, --from or --to: leave these out');
  }
  if (from === undefined) throw new Error(`say what to ${verb}: --incident ID, or --from TIME`);
  return { trail, window: timeRange(from, to ?? now.toISOString()) };
}

/** Reads what is stored about a subject, and compiles the evidence. */
export async function readEvidence(context: Context, subject: Subject): Promise<Evidence> {
  const now = context.now().toISOString();
  const all = await readTrails(context, subject);
  const scope =
    'incident' in subject
      ? await scopeOfIncident(context, subject.incident, all, now)
      : { incident: null, window: subject.window, trails: all };
  return evidenceOf({
    ...{ now, window: scope.window, incident: scope.incident },
    by: await context.caller(),
    generator: packageJson.version,
    unswept: await readUnswept(context, scope.window, now),
    trails: await Promise.all(
      scope.trails.map((trail) => withDetails(trail, scope.window, context)),
    ),
    own: await storedRecords(context.rows, itself),
    recoveries: await readRecoveries(
      context,
      scope.trails.map(({ known }) => known.trail),
      scope.window,
    ),
  });
}

/** A trail and what is stored about it. */
export type ReadTrail = { readonly known: KnownTrail; readonly records: readonly StoredRecord[] };

/** The trails that a subject may be about. */
export async function readTrails(
  context: Context,
  subject: Subject,
): Promise<readonly ReadTrail[]> {
  const named = 'trail' in subject && subject.trail !== undefined;
  const trails = named
    ? [await knownTrail(context, subject.trail)]
    : await context.baselines.known();
  if (trails.length === 0) throw noneProtected();
  return Promise.all(
    trails.map(async (known) => ({
      known,
      records: await storedRecords(context.rows, known.trail),
    })),
  );
}

async function withDetails(
  { known, records }: ReadTrail,
  window: TimeRange,
  { baselines, statuses, windows, maxWindowHours }: Context,
): Promise<EvidenceInput['trails'][number]> {
  const { arn } = parseTrailArn(known.trail);
  const [history, status, stored] = await Promise.all([
    baselines.history(arn),
    statuses(arn),
    windows.list(new Date(window.from), arn),
  ]);
  return { known, records, history, status, windows: stored, maxWindowHours };
}

/** The trail and the time range of an incident. */
async function scopeOfIncident(
  context: Context,
  text: string,
  all: readonly ReadTrail[],
  now: string,
) {
  const { trail, incident } = await incidentNamed(context, text, all);
  return { incident: incident.id, window: timesOf(incident, now), trails: [trail] };
}

/** The only incident whose id begins with a text, and its trail. */
export async function incidentNamed(
  context: Context,
  text: string,
  all: readonly ReadTrail[],
): Promise<{ readonly trail: ReadTrail; readonly incident: Incident }> {
  if (text === '') {
    throw new Error('--incident: must not be empty: give the id, or its beginning');
  }
  const found = all.flatMap((trail) =>
    trail.records.flatMap(({ entry }) =>
      'incident' in entry && entry.incident.id.startsWith(text)
        ? [{ trail, incident: entry.incident }]
        : [],
    ),
  );
  const [only, ...others] = found;
  if (only === undefined) throw await noIncident(context, text, all);
  if (others.length === 0) return only;
  const ids = found.map(({ incident }) => incident.id).join(', ');
  throw new Error(`--incident: several incidents begin with ${text}, give more of the id: ${ids}`);
}

/** Why no incident has an id: other records have ids, too. */
async function noIncident(
  { rows }: Context,
  text: string,
  all: readonly ReadTrail[],
): Promise<Error> {
  const own = await storedRecords(rows, itself);
  const records = [...own, ...all.flatMap((trail) => trail.records)].map(({ entry }) => entry);
  const at = records.flatMap((entry) => {
    if ('notice' in entry && entry.notice.id.startsWith(text)) return entry.notice.startedAt;
    return 'tampering' in entry && entry.tampering.id.startsWith(text) ? entry.tampering.at : [];
  })[0];
  return new Error(
    at === undefined
      ? `--incident: no incident is named ${text}: npx --no -- trailkeeper incidents lists them`
      : `--incident: ${text} is not an incident of a trail: report the time around it with --from, it was at ${at}`,
  );
}

/** From the first thing that happened in an incident until it closed, or until now. */
function timesOf(
  { openedAt, closedAt, calls, cause, gaps, interruptions }: Incident,
  now: string,
): TimeRange {
  const times = [
    ...[openedAt, cause?.at, ...calls.map(({ call }) => call.at)],
    ...[...gaps, ...interruptions].map(({ from }) => from),
  ].flatMap((at) => (at == null ? [] : Date.parse(at)));
  return { from: new Date(Math.min(...times)).toISOString(), to: closedAt ?? now };
}
