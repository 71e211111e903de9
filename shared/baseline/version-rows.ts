import type { Row, Rows } from '#aws/state-table.ts';
import type { TrailArn } from '#trail/trail-arn.ts';
import { InvalidBaselineError } from './baseline.ts';
import {
  parseSignedVersion,
  type Reading,
  type SignedVersion,
  type VersionReader,
} from './signing/version-chain.ts';

/** The most rows to read, because anyone who can write to the table could add any number. */
const maxRows = 100;

const prefix = 'baseline#';

export const versionKey = (version: number): string =>
  `${prefix}${String(version).padStart(6, '0')}`;

export const isVersionKey = (sk: string): boolean => sk.startsWith(prefix);

/** All versions of a trail, newest first. */
export const versionsOf = (pk: TrailArn) => ({ pk, prefix, newestFirst: true }) as const;

/** Reads a row as a version. A row whose key is malformed has no number, so 0. */
export function readVersion(row: Row, trail: TrailArn, reader: VersionReader): Reading {
  const number = numberInKey(row.sk);
  try {
    if (number === null) {
      throw new InvalidBaselineError(
        `the row with sk ${JSON.stringify(row.sk)} is not a version: its key is malformed. Delete it from the state table, and find out who wrote it`,
      );
    }
    return { number, ...parseSignedVersion(row, { trail, number }, reader) };
  } catch (error) {
    if (!(error instanceof InvalidBaselineError)) throw error;
    return { number: number ?? 0, error };
  }
}

function numberInKey(sk: unknown): number | null {
  const number = Number(String(sk).slice(prefix.length));
  return sk === versionKey(number) ? number : null;
}

/** The newest versions of a trail, as rows; `onePage`: those of one page. */
export const newestRows = (rows: Rows, trail: TrailArn, onePage = false): Promise<Row[]> =>
  Array.fromAsync(
    rows.each({ ...versionsOf(trail), ...(onePage && { onePage: true as const }) }, maxRows),
  );

/**
 * The rows that decide which version is in force, newest first: the newest ones, and those that follow the copy, because an attacker may
 * have added rows above them.
 */
export async function readVersions(
  rows: Rows,
  trail: TrailArn,
  copy: SignedVersion | null,
  { newest, ...reader }: VersionReader & { readonly newest: readonly Row[] },
): Promise<readonly Reading[]> {
  const after =
    copy === null || newest.length < maxRows
      ? []
      : await rowsFrom(rows, trail, copy.version.version);
  const keys = new Set(newest.map(({ sk }) => sk));
  return [...newest, ...after.filter(({ sk }) => !keys.has(sk))].map((row) =>
    readVersion(row, trail, reader),
  );
}

/** The rows of a version and of the numbers after it, newest first. */
async function rowsFrom(rows: Rows, trail: TrailArn, version: number): Promise<readonly Row[]> {
  const numbers = Array.from({ length: maxRows + 1 }, (_, i) => version + maxRows - i);
  const found = await Promise.all(numbers.map((number) => rows.get(trail, versionKey(number))));
  return found.filter((row) => row !== null);
}

/** The first number after `highest` that no row has. */
export async function nextVersion(rows: Rows, trail: TrailArn, highest: number): Promise<number> {
  for (let number = highest + 1; number <= highest + maxRows; number += 1) {
    if ((await rows.get(trail, versionKey(number))) === null) return number;
  }
  throw new InvalidBaselineError(
    `${maxRows} unsigned rows follow version ${highest}: delete those with pk ${JSON.stringify(trail)} and sk ${JSON.stringify(versionKey(highest + 1))} or above from the state table, and find out who wrote them`,
  );
}
