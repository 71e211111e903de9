import { createHash } from 'node:crypto';
import * as z from 'zod';
import { jsonText } from '#text/json-text.ts';
import { count, type Of, text, time } from '#text/schema-parts.ts';

/** A record as it was when it was copied: an incident, a version of a baseline, a maintenance window, or what the watchtower found. */
const evidenceRecord = z.object({
  /** Where it is from: the key of its row. */
  source: z.string(),
  document: z.string(),
});
export type EvidenceRecord = z.infer<typeof evidenceRecord>;

/** One file of the evidence. Each names the hash of the one before, so no file can be changed, left out or put between. */
const link = z.object({
  schema: z.literal(1),
  number: z.int().min(1),
  /** The SHA-256 of the text of the link before, in hex; null for the first. */
  previous: z.string().nullable(),
  at: z.iso.datetime(),
  account: z.string(),
  records: z.array(evidenceRecord),
});
export type EvidenceLink = z.infer<typeof link>;

/** The last link: its number and the hash of its text. */
export type ChainHead = { readonly number: number; readonly hash: string };

export const linkPrefix = 'evidence/';

/** The names sort in the order of the numbers. */
export const linkKey = (number: number): string =>
  `${linkPrefix}${String(number).padStart(12, '0')}.json`;

export const linkHash = (text: string): string => createHash('sha256').update(text).digest('hex');

/** The text of the link that follows a head. */
export const linkAfter = (
  head: ChainHead | null,
  { at, account, records }: Pick<EvidenceLink, 'at' | 'account' | 'records'>,
): { readonly number: number; readonly text: string } => {
  const number = (head?.number ?? 0) + 1;
  const next: EvidenceLink = {
    ...{ schema: 1, number, previous: head?.hash ?? null, at, account, records },
  };
  return { number, text: JSON.stringify(next) };
};

/** A file as it was read. */
export type EvidenceFile = { readonly key: string; readonly text: string };

/** A link that cannot be trusted, and why. */
export const badLink = z.strictObject({ key: text, problem: text });

export const chainCheck = z.strictObject({
  links: count.describe('The links before the first broken one.'),
  records: count,
  from: time.nullable(),
  to: time.nullable(),
  /** Keep it, and a later check proves that nothing was replaced since. */
  hash: text.nullable().describe('The SHA-256 of the last of these links.'),
  broken: badLink.nullable().describe('The first link that does not follow.'),
});

export type ChainCheck = Of<typeof chainCheck>;

/** Follows a chain from its first link to the first one that does not follow. */
export async function checkChain(
  files: Iterable<EvidenceFile> | AsyncIterable<EvidenceFile>,
): Promise<ChainCheck> {
  let head = null as ChainHead | null;
  let records = 0;
  let from: string | null = null;
  let to: string | null = null;
  let broken: ChainCheck['broken'] = null;
  for await (const { key, text } of files) {
    const due = linkKey((head?.number ?? 0) + 1);
    const read = jsonText(link).safeParse(text).data;
    const problem = problemOf(key, due, read, head);
    if (problem !== null) {
      broken = { key: key > due ? due : key, problem };
      break;
    }
    head = { number: (head?.number ?? 0) + 1, hash: linkHash(text) };
    records += read?.records.length ?? 0;
    from ??= read?.at ?? null;
    to = read?.at ?? to;
  }
  return { links: head?.number ?? 0, records, from, to, hash: head?.hash ?? null, broken };
}

function problemOf(
  key: string,
  due: string,
  read: EvidenceLink | undefined,
  head: ChainHead | null,
): string | null {
  if (key > due) return 'is missing';
  if (key < due) return 'does not belong to the chain';
  if (read === undefined) return 'is no link of evidence';
  if (read.number !== (head?.number ?? 0) + 1) return `has the number ${read.number}`;
  if (read.previous === (head?.hash ?? null)) return null;
  return 'does not follow the link before, which was changed, or it was changed itself';
}
