import type { S3Client } from '@aws-sdk/client-s3';
import * as z from 'zod';
import { messageOf, nameOf } from '#aws/errors.ts';
import type { Row, Rows } from '#aws/state-table.ts';
import { incidentKeys, itself, windowEndPk, windowPk } from '#aws/state-table-keys.ts';
import { later } from '#text/time.ts';
import type { Alarm } from './alarm.ts';
import { appendLink } from './evidence-bucket.ts';
import { type EvidenceRecord, linkHash } from './evidence-chain.ts';

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
  const attempt = async <Result>(what: string, work: () => Promise<Result>, otherwise: Result) => {
    try {
      return await work();
    } catch (error) {
      problems.push(`${what}: ${nameOf(error)}: ${messageOf(error)}`);
      return otherwise;
    }
  };
  const own = found.map(({ key, title }) => ({ source: `watchtower ${key}`, document: title }));
  const stored =
    trails === null
      ? []
      : await attempt('the state table', () => recordsOf(trails, watched, at), []);
  const due = [...own, ...stored].filter(
    ({ source, document }) => before.copied[shortHash(source)] !== shortHash(document),
  );
  let { head, copied } = before;
  for (let from = 0; from < due.length; from += mostRecords) {
    const records = due.slice(from, from + mostRecords);
    const next = await attempt(
      `the bucket ${bucket}`,
      () => appendLink(s3, bucket, head, { at, account, records }),
      null,
    );
    if (next === null) break;
    head = next;
    copied = {
      ...copied,
      ...Object.fromEntries(records.map((one) => [shortHash(one.source), shortHash(one.document)])),
    };
  }
  // The oldest are forgotten first: what is copied once more is only longer.
  const memory = {
    head,
    copied: Object.fromEntries(Object.entries(copied).slice(-mostRemembered)),
  };
  return { memory, alarms: problems.length === 0 ? [] : [notCopied(problems)] };
}

const shortHash = (text: string): string => linkHash(text).slice(0, 16);

/** Incidents with their decisions, versions of baselines, and maintenance windows, as their rows hold them. */
async function recordsOf(
  trails: readonly string[],
  rows: Rows,
  at: string,
): Promise<readonly EvidenceRecord[]> {
  const since = later(at, { hours: -readHours });
  const ranges = [
    ...[...trails, itself].map((of) => ({
      pk: `${incidentKeys}${of}`,
      between: [since, ':'] as const,
    })),
    ...trails.map((pk) => ({ pk, prefix: 'baseline#' })),
    ...[windowPk, windowEndPk].map((pk) => ({ pk })),
  ];
  const read = await Promise.all(
    ranges.map((range) => Array.fromAsync(rows.each(range), recordIn)),
  );
  return read.flat();
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
