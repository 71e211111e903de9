import type { S3Client } from '@aws-sdk/client-s3';
import * as z from 'zod';
import { messageOf, nameOf } from '#aws/errors.ts';
import type { Row, Rows } from '#aws/state-table.ts';
import { incidentKeys, itself, windowEndPk, windowPk } from '#aws/state-table-keys.ts';
import { later } from '#text/time.ts';
import type { Alarm } from './alarm.ts';
import { appendLink } from './evidence-bucket.ts';
import { type EvidenceRecord, linkHash } from './evidence-chain.ts';
import { inTime } from './in-time.ts';

/** What was copied: the head of the chain, and a hash of each record as it was copied last, by a hash of its source. */
export const evidenceMemory = z.object({
  head: z.object({ number: z.number(), hash: z.string() }).nullable(),
  copied: z.record(z.string(), z.string()),
});
export type EvidenceMemory = z.infer<typeof evidenceMemory>;
export const nothingCopied: EvidenceMemory = { head: null, copied: {} };

export type EvidenceDeps = {
  readonly s3: S3Client;
  /** Null if no evidence is kept. */
  readonly bucket: string | null;
  /** The state table of the account that is watched. Its failures are thrown. */
  readonly watched: Rows;
};

/** Incidents that began in so many hours are read at each check; older ones do not change, unless they are still open. */
const readHours = 14 * 24;
/** A link has at most so many records, of at most 400 KB each. */
const mostRecords = 50;
/** Of each kind of rows so many characters are read at a check, the newest first, and so many are copied: someone may flood the table. */
const mostRead = 4_000_000;
const mostCopied = 5_000_000;
/** For the state table, and for the bucket. */
const patienceSeconds = 15;
/** The row of what was copied holds so many records at most. */
const mostRemembered = 3000;

/** Copies what is new or has changed. What cannot be copied raises an alarm, and is copied later. */
export async function copyEvidence(
  before: EvidenceMemory,
  {
    trails,
    found,
  }: { readonly trails: readonly string[] | null; readonly found: readonly Alarm[] },
  { s3, bucket, watched }: EvidenceDeps,
  { account, now }: { readonly account: string; readonly now: Date },
): Promise<{ readonly memory: EvidenceMemory; readonly alarms: readonly Alarm[] }> {
  if (bucket === null) return { memory: nothingCopied, alarms: [] };
  const at = now.toISOString();
  const problems: string[] = [];
  const attempt = async <Result>(
    what: string,
    work: () => Promise<Result>,
    otherwise: Result,
  ): Promise<Result> => {
    try {
      return await inTime(patienceSeconds, 'it was not done', work());
    } catch (error) {
      problems.push(`${what}: ${nameOf(error)}: ${messageOf(error)}`);
      return otherwise;
    }
  };
  const own = found.map(({ key, title }) => ({ source: `watchtower ${key}`, document: title }));
  const stored =
    trails === null
      ? nothingRead
      : await attempt<Stored>('the state table', () => recordsOf(trails, watched, at), nothingRead);
  const due = [...own, ...stored.records].filter(
    ({ source, document }) => before.copied[shortHash(source)] !== shortHash(document),
  );
  const links = linksOf(due);
  let { head, copied } = before;
  await attempt(
    `the bucket ${bucket}`,
    async () => {
      for (const records of links) {
        head = await appendLink(s3, bucket, head, { at, account, records: [...records] });
        copied = { ...copied, ...hashesOf(records) };
      }
    },
    undefined,
  );
  // The oldest are forgotten first: what is copied once more is only longer.
  const memory = {
    head,
    copied: Object.fromEntries(Object.entries(copied).slice(-mostRemembered)),
  };
  const waiting = due.length - links.flat().length;
  return {
    memory,
    alarms: [
      ...(problems.length === 0 ? [] : [notCopied(problems)]),
      ...(waiting > 0 || stored.cut.length > 0 ? [waits(waiting, stored.cut)] : []),
    ],
  };
}

/** What is copied at this check. */
function linksOf(due: readonly EvidenceRecord[]): readonly (readonly EvidenceRecord[])[] {
  let room = mostCopied;
  const copied = due.filter(({ document }) => {
    room -= document.length;
    return room > 0;
  });
  return Array.from({ length: Math.ceil(copied.length / mostRecords) }, (_, i) =>
    copied.slice(i * mostRecords, (i + 1) * mostRecords),
  );
}

const hashesOf = (records: readonly EvidenceRecord[]) =>
  Object.fromEntries(records.map((one) => [shortHash(one.source), shortHash(one.document)]));

const shortHash = (text: string): string => linkHash(text).slice(0, 16);

type Stored = {
  readonly records: readonly EvidenceRecord[];
  /** Of which rows not all were read. */
  readonly cut: readonly string[];
};
const nothingRead: Stored = { records: [], cut: [] };

/** Incidents with their decisions, versions of baselines, and maintenance windows, as their rows hold them. */
async function recordsOf(trails: readonly string[], rows: Rows, at: string): Promise<Stored> {
  const since = later(at, { hours: -readHours });
  const ranges = [
    ...trails.map((pk) => ({ pk, prefix: 'baseline#' })),
    ...[windowPk, windowEndPk].map((pk) => ({ pk })),
    ...[...trails, itself].map((of) => ({
      pk: `${incidentKeys}${of}`,
      between: [since, ':'] as const,
    })),
  ];
  const read = await Promise.all(
    ranges.map(async (range) => {
      const records: EvidenceRecord[] = [];
      let room = mostRead;
      for await (const row of rows.each({ ...range, newestFirst: true })) {
        const record = recordIn(row);
        room -= record.document.length;
        if (room < 0) return { records, cut: [range.pk] };
        records.push(record);
      }
      return { records, cut: [] };
    }),
  );
  return {
    records: read.flatMap(({ records }) => records.toReversed()),
    cut: read.flatMap(({ cut }) => cut),
  };
}

/** A row with its fields in the order of their names. */
function recordIn({ pk, sk, ...fields }: Row): EvidenceRecord {
  const sorted = Object.entries(fields).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return { source: `${pk} ${sk}`, document: JSON.stringify(Object.fromEntries(sorted)) };
}

const notCopied = (problems: readonly string[]): Alarm => ({
  key: 'evidence',
  severity: 'critical',
  title: `evidence is not copied: ${problems.join('; ')}`,
  remedy:
    'Incidents and decisions of this time can be changed by anyone who may write to the state table. Check the bucket, its policy and the role Trailkeeper-Watchtower',
});

const waits = (waiting: number, cut: readonly string[]): Alarm => ({
  key: 'evidence waits',
  severity: 'high',
  title: `the state table has more than is copied at a check: ${[
    ...(waiting > 0 ? [`${waiting} records wait for the next ones`] : []),
    ...cut.map((pk) => `not all rows of ${pk} are read`),
  ].join('; ')}`,
  remedy:
    'Find out who writes to the table: someone may flood it so that what matters is not copied',
});
