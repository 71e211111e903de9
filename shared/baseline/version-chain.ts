import * as z from 'zod';
import { describeIssues } from '#text/schema-messages.ts';
import type { TrailArn } from '#trail/trail-arn.ts';
import { InvalidBaselineError, type StateSchema } from './baseline.ts';
import { parseVersion, type Version } from './retirement.ts';
import { hashOf, type Signature, type Trust, verifySignatures } from './signature.ts';

/** A version as it is stored, with what its signatures are worth. */
export type Signed = {
  readonly version: Version;
  readonly document: string;
  readonly signatures: readonly Signature[];
  /** The ids of the pinned keys that have signed it. */
  readonly signers: readonly string[];
  /** How many signatures it still needs. */
  readonly missing: number;
};

/** What a row says to be a version: that version, or why it is none. */
export type Reading = { readonly number: number } & (Signed | { readonly error: Error });

/** What is known of a trail's versions. */
export type Chain = {
  /** The newest version that enough pinned keys have signed; null where there is none. */
  readonly inForce: Signed | null;
  /** Versions after it that wait for more signatures, the newest first. */
  readonly pending: readonly Signed[];
  /** What is not as those who signed left it, a sentence each. */
  readonly faults: readonly string[];
};

/**
 * Which of a trail's versions is in force. It is the newest that verifies, whatever else is written above it; but a version that was
 * seen in force before, of which there is a copy, gives way to none but one that follows it, directly or by others. So to take
 * versions away, or to put old ones back, changes nothing.
 */
export function chainOf(
  readings: readonly Reading[],
  copy: Signed | null,
  { keys }: Pick<Trust, 'keys'>,
): Chain {
  const at = readings.findIndex((one) => 'version' in one && one.missing === 0);
  const above = at === -1 ? readings : readings.slice(0, at);
  const stored = readings.flatMap((one) => ('version' in one ? [one] : []));
  const newest = stored.find(({ missing }) => missing === 0) ?? null;
  const isOvertaken = copy === null || (newest !== null && follows(newest, copy, stored));
  const inForce = isOvertaken ? newest : copy;
  return {
    inForce,
    pending: stored.filter(({ missing }) => missing > 0).filter((one) => above.includes(one)),
    faults: [
      // What is gone comes first: somebody may have written any number of rows, and a message is cut.
      ...(isOvertaken ? [] : [displaced(copy, newest)]),
      ...(keys.length === 0 || inForce === null ? [] : brokenLink(inForce, stored, copy)),
      ...above.flatMap((one) => ('error' in one ? [`${one.error.message}: it is not used`] : [])),
    ],
  };
}

/** Whether a version is the one of a copy, or comes after it in one chain. */
function follows(one: Signed, copy: Signed, stored: readonly Signed[]): boolean {
  if (one.document === copy.document) return true;
  if (one.version.version <= copy.version.version) return false;
  const hash = hashOf(copy.document);
  return stored
    .filter(({ version }) => version.version <= one.version.version)
    .some(({ version, document }) => version.previous === hash || document === copy.document);
}

/** The copy to go by, of two: the later one. */
export const newerCopy = (one: Signed | null, other: Signed | null): Signed | null =>
  one === null || (other !== null && other.version.version > one.version.version) ? other : one;

const displaced = ({ version: { version } }: Signed, newest: Signed | null): string =>
  newest === null
    ? `version ${version}, which is in force, is gone from the table or was changed there: a copy of it is used`
    : `version ${newest.version.version} of the table does not follow version ${version}, which is in force: a copy of that is used`;

function brokenLink(
  { version: { version, previous } }: Signed,
  stored: readonly Signed[],
  copy: Signed | null,
): readonly string[] {
  const isThere = [...stored, ...(copy === null ? [] : [copy])].some(
    ({ document }) => hashOf(document) === previous,
  );
  if (previous === null || isThere) return [];
  return [`the version before ${version} is gone from the table or was changed there`];
}

/** Reads a version off its row. Throws `InvalidBaselineError` for what is none, or nobody's who is believed. */
export function signedVersion(
  row: unknown,
  { trail, number }: { readonly trail: TrailArn; readonly number: number },
  { kinds, trust }: { readonly kinds: readonly StateSchema[]; readonly trust: Trust },
): Signed {
  const parsed = versionRow.safeParse(row);
  if (!parsed.success) throw invalid(`version ${number}: ${describeIssues(parsed.error)}`);
  const { document, signatures } = parsed.data;
  const { signers, missing, problems } = verifySignatures('version', document, signatures, trust);
  if (missing > 0 && signers.length === 0) {
    throw invalid(`version ${number} is not signed by anybody who may approve${because(problems)}`);
  }
  const version = parseVersion(document, kinds);
  if (version.trail !== trail) {
    throw invalid(`version ${number}: trail: is another trail, ${version.trail}`);
  }
  if (version.version !== number) {
    throw invalid(`version: must be ${number}, as in its row`);
  }
  // Whoever counted as a signer wrote a signature.
  return { version, document, signatures: signatures as readonly Signature[], signers, missing };
}

/** The number that the document of a row has for itself. Throws `InvalidBaselineError`. */
export function versionNumber({ document }: { readonly document?: unknown }): number {
  try {
    return z.object({ version: z.number() }).parse(JSON.parse(String(document))).version;
  } catch (cause) {
    throw new InvalidBaselineError('the document says no version', { cause });
  }
}

const because = (problems: readonly string[]): string =>
  problems.length === 0 ? '' : `: ${problems.join(', ')}`;

const versionRow = z.object({ document: z.string(), signatures: z.unknown().optional() });

const invalid = (message: string): InvalidBaselineError => new InvalidBaselineError(message);
