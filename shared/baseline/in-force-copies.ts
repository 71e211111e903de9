import { isDeepStrictEqual } from 'node:util';
import type { Row, Rows } from '#aws/state-table.ts';
import { inForceCopyPk } from '#aws/state-table-keys.ts';
import type { TrailArn } from '#trail/trail-arn.ts';
import { type KnownTrail, withVersion } from './known-trail.ts';
import { copiedVersion, type SignedVersion, type VersionReader } from './signing/version-chain.ts';

/**
 * Copies of the versions in force, so that a version stays in force if its row is deleted. Each process keeps the ones that it last
 * verified; the state table has a row for each protected or retired trail: `{pk: "incident#in-force", sk: ARN, document, signature}`.
 * These rows also list the trails.
 */
export class InForceCopies {
  readonly #rows: Rows;
  readonly #reader: VersionReader;
  readonly #lastVerified = new Map<TrailArn, { version: SignedVersion; stored: Copy | null }>();

  constructor(rows: Rows, reader: VersionReader) {
    this.#rows = rows;
    this.#reader = reader;
  }

  /** The trails that this process has verified a version of. */
  get trails(): readonly TrailArn[] {
    return [...this.#lastVerified.keys()];
  }

  /** The trails with the versions that this process has last verified. */
  remembered(): readonly KnownTrail[] {
    return [...this.#lastVerified].map(([trail, { version }]) => withVersion(trail, version, []));
  }

  /** The version that this process last verified; null if there is none. */
  fromMemory(trail: TrailArn): SignedVersion | null {
    return this.#lastVerified.get(trail)?.version ?? null;
  }

  /** The newer one of the copies in the table and in memory; null if there is none. */
  newest(trail: TrailArn, row: Row | null): SignedVersion | null {
    const stored = row && copiedVersion(row, trail, this.#reader);
    const remembered = this.fromMemory(trail);
    if (stored === null || remembered === null) return stored ?? remembered;
    return remembered.version.version > stored.version.version ? remembered : stored;
  }

  remember(trail: TrailArn, version: SignedVersion, row: Row | null): void {
    this.#lastVerified.set(trail, { version, stored: row && copyOf(row) });
  }

  /** Adds the row of a trail that has none. */
  async register(trail: TrailArn, version: Copy): Promise<void> {
    await this.#rows.add({ pk: inForceCopyPk, sk: trail, ...copyOf(version) });
  }

  /** Writes each row that differs from the version last verified. If one fails, the others are still written. */
  async backUp(): Promise<void> {
    const writes = [...this.#lastVerified].map(async ([trail, { version, stored }]) => {
      const copy = copyOf(version);
      if (isDeepStrictEqual(stored, copy)) return;
      await this.#rows.put({ pk: inForceCopyPk, sk: trail, ...copy });
      this.#lastVerified.set(trail, { version, stored: copy });
    });
    for (const write of await Promise.allSettled(writes)) {
      if (write.status === 'rejected') throw write.reason;
    }
  }
}

type Copy = { readonly document?: unknown; readonly signature?: unknown };

const copyOf = ({ document, signature = null }: Copy): Copy => ({ document, signature });
