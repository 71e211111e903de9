import type { Rows } from '#aws/state-table.ts';
import { inForceCopyPk } from '#aws/state-table-keys.ts';
import type { TrailArn } from '#trail/trail-arn.ts';
import type { Baseline, NewBaseline } from './baseline.ts';
import { InForceCopies } from './in-force-copies.ts';
import {
  type KnownTrail,
  type ProtectedTrail,
  protectedIn,
  versionInForce,
} from './known-trail.ts';
import type { BaselineKind } from './policy.ts';
import { findTrail, listTrails, readChain, type VersionSource } from './resolve-trail.ts';
import {
  isRetirement,
  type NewRetirement,
  parseVersion,
  type Retirement,
  type Version,
} from './retirement.ts';
import { hashOf } from './signing/signature.ts';
import { type Signing, signDocument } from './signing/signer.ts';
import type { Reading } from './signing/version-chain.ts';
import { nextVersion, readVersion, versionKey, versionsOf } from './version-rows.ts';

export type BaselineStore = {
  /** Every protected trail. If a row is not valid, the trail has an error in its place. */
  list(): Promise<readonly ProtectedTrail[]>;
  /** The protected trails as this process last verified them; nothing is read. */
  remembered(): readonly ProtectedTrail[];
  /** Every trail that is or was protected. */
  known(): Promise<readonly KnownTrail[]>;
  /** One trail; null if it was never protected. */
  find(trail: TrailArn): Promise<KnownTrail | null>;
  /** The newest valid baseline of a trail, protected or not; null if there is none. */
  newestValid(trail: TrailArn): Promise<Baseline | null>;
  /** The versions of a trail, newest first; at most `most` rows. */
  history(trail: TrailArn, most?: number): Promise<readonly Reading[]>;
  /** Signs and stores the next version. Throws `BaselineConflictError` if `replaces` is no longer in force. */
  add(baseline: NewBaseline, replaces: KnownTrail | null): Promise<Baseline>;
  /** Signs and stores the version that retires a trail. Throws `BaselineConflictError`. */
  retire(retirement: NewRetirement, replaces: KnownTrail): Promise<Retirement>;
  /** Writes the copies of the versions in force that this process has verified. */
  backUpInForce(): Promise<void>;
};

/** Thrown if another version was stored since the writer read the trail. */
class BaselineConflictError extends Error {
  override readonly name = 'BaselineConflictError' as const;
}

export type BaselineStoreOptions = Signing & {
  /** Trails that must be protected, whatever the table says. */
  readonly trails?: readonly TrailArn[];
};

/**
 * Baselines in the state table. A version is an immutable row `{pk: ARN, sk: "baseline#000001", document, signature}`; the document is
 * the signed JSON text of a baseline or a retirement. `InForceCopies` describes the rows that list the trails. Signatures alone decide
 * which version is in force, because anyone who can write to the table can write all of these rows.
 */
export function baselineStore(
  rows: Rows,
  kinds: readonly BaselineKind[],
  { trust, signer, trails: named = [] }: BaselineStoreOptions,
): BaselineStore {
  const reader = { kinds, trust, verified: new Map() };
  const copies = new InForceCopies(rows, reader);
  const source = { ...reader, rows, copies, named };
  const add = (content: NewBaseline | NewRetirement, replaces: KnownTrail | null) =>
    addVersion({ ...source, signer }, content, replaces);
  return {
    list: async () => (await listTrails(source)).flatMap((one) => protectedIn(one, named)),
    remembered: () => copies.remembered().flatMap((one) => protectedIn(one, named)),
    known: () => listTrails(source),
    find: (trail) => findTrail(source, trail),
    newestValid: (trail) => newestValid(source, trail),
    history: (trail, most) =>
      Array.fromAsync(rows.each(versionsOf(trail), most), (row) => readVersion(row, trail, reader)),
    add: add as BaselineStore['add'],
    retire: add as BaselineStore['retire'],
    backUpInForce: () => copies.backUp(),
  };
}

async function newestValid(source: VersionSource, trail: TrailArn): Promise<Baseline | null> {
  const { inForce } = await readChain(source, trail, await source.rows.get(inForceCopyPk, trail));
  if (inForce !== null && !isRetirement(inForce.version)) return inForce.version;
  for await (const row of source.rows.each(versionsOf(trail))) {
    const reading = readVersion(row, trail, source);
    if ('version' in reading && !isRetirement(reading.version)) return reading.version;
  }
  return null;
}

async function addVersion(
  source: VersionSource & Pick<Signing, 'signer'>,
  { schema, trail, ...content }: NewBaseline | NewRetirement,
  replaces: KnownTrail | null,
): Promise<Version> {
  const { rows, copies, kinds } = source;
  const row = await rows.get(inForceCopyPk, trail);
  const { inForce, highest } = await readChain(source, trail, row);
  if ((inForce?.version.version ?? 0) !== versionInForce(replaces)) throw conflict();
  const version = await nextVersion(rows, trail, highest);
  const previous = inForce === null ? null : hashOf(inForce.document);
  const document = JSON.stringify({ schema, trail, version, previous, ...content });
  const added = parseVersion(document, kinds);
  const signature = await signDocument('version', document, source);
  const isAdded = await rows.add({ pk: trail, sk: versionKey(version), document, signature });
  if (!isAdded) throw conflict();
  if (row === null) await copies.register(trail, { document, signature });
  return added;
}

const conflict = (): BaselineConflictError =>
  new BaselineConflictError(
    'another version of this baseline was stored meanwhile: review it, then capture again',
  );
