import type { Row, Rows } from '#aws/state-table.ts';
import { inForceCopyPk } from '#aws/state-table-keys.ts';
import { type TrailArn, trailArn } from '#trail/trail-arn.ts';
import { InvalidBaselineError } from './baseline.ts';
import type { InForceCopies } from './in-force-copies.ts';
import {
  fromMemory,
  type KnownTrail,
  neverStored,
  withoutVersion,
  withVersion,
} from './known-trail.ts';
import { type Chain, resolveChain, type VersionReader } from './signing/version-chain.ts';
import { newestRows, readVersions } from './version-rows.ts';

/** What resolving a trail needs. */
export type VersionSource = VersionReader & {
  readonly rows: Rows;
  readonly copies: InForceCopies;
  /** Trails that must be protected, whatever the table says. */
  readonly named: readonly TrailArn[];
};

/** The most rows to read of the list of trails. An account has at most five trails in a Region. */
const maxTrails = 100;

/**
 * Every trail that is or was protected. The versions of the trails that this process knows are read beside the list. If the table
 * cannot be read, the versions that this process last verified are used.
 */
export async function listTrails(source: VersionSource): Promise<readonly KnownTrail[]> {
  const { rows, copies, named } = source;
  const ahead = new Map(copies.trails.map((trail) => [trail as string, newestRows(rows, trail)]));
  // The failure of a read that no one waits for is not an error.
  for (const read of ahead.values()) read.catch(() => {});
  let listed: readonly Row[];
  try {
    listed = await Array.fromAsync(rows.each({ pk: inForceCopyPk }, maxTrails));
  } catch (error) {
    const remembered = copies.trails.flatMap((trail) => recall(source, trail, error));
    if (remembered.length === 0) throw error;
    return remembered;
  }
  const isListed = (trail: TrailArn) => listed.some(({ sk }) => sk === trail);
  const others = new Set([...copies.trails, ...named].filter((trail) => !isListed(trail)));
  const isComplete = listed.length < maxTrails;
  const resolved = await Promise.all([
    ...listed.map((row) => resolveTrail(source, row.sk, row, ahead.get(String(row.sk)))),
    ...[...others].map((trail) =>
      isComplete ? resolveTrail(source, trail, null, ahead.get(trail)) : findTrail(source, trail),
    ),
  ]);
  return resolved.filter((one) => one !== null);
}

/** One trail; null if it was never protected. */
export const findTrail = async (
  source: VersionSource,
  trail: TrailArn,
): Promise<KnownTrail | null> =>
  resolveTrail(source, trail, await source.rows.get(inForceCopyPk, trail));

/** The version in force of one listed trail. A failure is part of the answer, so that it affects no other trail. */
async function resolveTrail(
  source: VersionSource,
  sk: unknown,
  row: Row | null,
  ahead?: Promise<Row[]>,
): Promise<KnownTrail | null> {
  const identity = trailArn.safeParse(sk);
  if (!identity.success) {
    const problem = `sk: ${JSON.stringify(sk)} is not a trail ARN`;
    return withoutVersion(String(sk), new InvalidBaselineError(problem));
  }
  const trail = identity.data;
  try {
    const { inForce, faults } = await readChain(source, trail, row, ahead);
    if (inForce !== null) return withVersion(trail, inForce, faults);
    const isNamed = source.named.includes(trail);
    if (row === null && faults.length === 0) return isNamed ? neverStored(trail) : null;
    const reasons = [
      ...faults,
      ...(isNamed ? ['trails in cdk.json names it'] : []),
      'there is no valid version of its baseline',
    ];
    return withoutVersion(trail, new InvalidBaselineError(reasons.join('; ')));
  } catch (error) {
    return recall(source, trail, error)[0] ?? withoutVersion(trail, error);
  }
}

function recall({ copies }: VersionSource, trail: TrailArn, error: unknown): KnownTrail[] {
  const last = copies.fromMemory(trail);
  return last === null ? [] : [fromMemory(trail, last, error)];
}

/**
 * Reads the versions of a trail, and remembers the one in force. `row` is its row in the list of trails, `ahead` a read of its newest
 * versions that has begun.
 */
export async function readChain(
  source: VersionSource,
  trail: TrailArn,
  row: Row | null,
  ahead?: Promise<Row[]>,
): Promise<Chain> {
  const { rows, copies, named } = source;
  const copy = copies.newest(trail, row);
  const onePage = copy === null && !named.includes(trail);
  // If only a row without a valid version names the trail, one page is read.
  const newest = await (ahead ?? newestRows(rows, trail, onePage));
  const readings = await readVersions(rows, trail, copy, { ...source, newest });
  const chain = resolveChain(readings, copy);
  if (chain.inForce !== null) copies.remember(trail, chain.inForce, row);
  return chain;
}
