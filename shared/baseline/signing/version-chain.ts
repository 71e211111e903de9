import * as z from 'zod';
import { jsonText } from '#text/json-text.ts';
import { describeIssues } from '#text/schema-messages.ts';
import type { TrailArn } from '#trail/trail-arn.ts';
import { InvalidBaselineError } from '../baseline.ts';
import type { BaselineKind } from '../policy.ts';
import { parseVersion, type Version } from '../retirement.ts';
import { hashOf, type Signature, type Trust, verifySignature } from './signature.ts';

/** A stored version whose signature was verified. */
export type SignedVersion = {
  readonly version: Version;
  readonly document: string;
  readonly signature: Signature | null;
  /** The id of the approver key that signed it; null if no keys are pinned. */
  readonly signedBy: string | null;
};

/** A row as it was read: a version, or why it is not one. */
export type Reading = { readonly number: number } & (SignedVersion | { readonly error: Error });

/** The versions of a trail. */
export type Chain = {
  /** The version in force; null if there is none. */
  readonly inForce: SignedVersion | null;
  /** The highest number of a valid version; 0 if there is none. */
  readonly highest: number;
  /** What was changed in the table without a valid signature, one sentence each. */
  readonly faults: readonly string[];
};

/**
 * The version in force is the newest valid one. If there is a copy of the version that was in force before, only that version or one
 * that follows it can be in force. So deleting versions, or storing old ones again, has no effect.
 *
 * @param readings newest first
 */
export function resolveChain(readings: readonly Reading[], copy: SignedVersion | null): Chain {
  const valid = readings.flatMap((one) => ('version' in one ? [one] : []));
  const newest = valid[0] ?? null;
  const usesNewest = copy === null || isKnownOrFollowed(copy, valid);
  const inForce = usesNewest ? newest : copy;
  return {
    inForce,
    highest: Math.max(numberOf(newest), numberOf(inForce)),
    faults: [
      // First, because a message is truncated and an attacker can add any number of rows.
      ...(usesNewest ? [] : [displaced(copy, newest)]),
      ...(inForce === null ? [] : brokenLink(inForce, valid, copy)),
      ...readings.flatMap((one) =>
        'error' in one && one.number > numberOf(newest)
          ? [`${one.error.message}: it is ignored`]
          : [],
      ),
    ],
  };
}

const numberOf = (one: SignedVersion | null): number => one?.version.version ?? 0;

/** Whether the versions have the copied one, or the one after it. Whatever is newer follows from that: numbers only grow. */
function isKnownOrFollowed(copy: SignedVersion, valid: readonly SignedVersion[]): boolean {
  const hash = hashOf(copy.document);
  return valid.some(
    ({ version, document }) => version.previous === hash || document === copy.document,
  );
}

const displaced = (copy: SignedVersion, newest: SignedVersion | null): string =>
  newest === null
    ? `version ${numberOf(copy)}, which is in force, was deleted or changed in the table: its copy is used`
    : `version ${numberOf(newest)} in the table does not follow version ${numberOf(copy)}, which is in force: the copy of version ${numberOf(copy)} is used`;

function brokenLink(
  { version: { version, previous } }: SignedVersion,
  valid: readonly SignedVersion[],
  copy: SignedVersion | null,
): readonly string[] {
  const known = copy === null ? valid : [...valid, copy];
  if (previous === null || known.some(({ document }) => hashOf(document) === previous)) return [];
  return [`the version before ${version} was deleted or changed in the table`];
}

/** What it takes to read a version from its row. */
export type VersionReader = {
  readonly kinds: readonly BaselineKind[];
  readonly trust: Trust;
  /** The valid versions that were read, by document and signature: every check reads the same ones again. */
  readonly verified: Map<string, SignedVersion>;
};

/** Reads a version from its row. Throws `InvalidBaselineError` if it is malformed or no approver signed it. */
export function parseSignedVersion(
  row: unknown,
  { trail, number }: { readonly trail: TrailArn; readonly number: number },
  reader: VersionReader,
): SignedVersion {
  const parsed = versionRow.safeParse(row);
  if (!parsed.success) {
    throw new InvalidBaselineError(`version ${number}: ${describeIssues(parsed.error)}`);
  }
  const key = JSON.stringify(parsed.data);
  const read = reader.verified.get(key) ?? verifiedVersion(parsed.data, number, reader);
  const { version } = read;
  if (version.trail !== trail) {
    throw new InvalidBaselineError(`version ${number}: trail: is ${version.trail}, not ${trail}`);
  }
  if (version.version !== number) {
    throw new InvalidBaselineError(`version: must be ${number}, the number in its row`);
  }
  if (reader.verified.size === mostVerified) reader.verified.clear();
  reader.verified.set(key, read);
  return read;
}

const mostVerified = 1000;

function verifiedVersion(
  { document, signature = null }: z.infer<typeof versionRow>,
  number: number,
  { kinds, trust }: VersionReader,
): SignedVersion {
  const verified = verifySignature('version', document, signature, trust);
  if ('problem' in verified) {
    throw new InvalidBaselineError(
      `version ${number} is not signed by an approver: ${verified.problem}`,
    );
  }
  const version = parseVersion(document, kinds);
  return { version, document, signature: signature as Signature | null, ...verified };
}

/** The version of which a row holds a copy; null if the row holds no valid version of the trail. */
export function copiedVersion(
  row: { readonly document?: unknown },
  trail: TrailArn,
  reader: VersionReader,
): SignedVersion | null {
  const numbered = jsonText(z.object({ version: z.number() })).safeParse(row.document);
  if (!numbered.success) return null;
  try {
    return parseSignedVersion(row, { trail, number: numbered.data.version }, reader);
  } catch (error) {
    if (error instanceof InvalidBaselineError) return null;
    throw error;
  }
}

const versionRow = z.object({ document: z.string(), signature: z.unknown().optional() });
