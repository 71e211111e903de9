import { setTimeout } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { Logger } from '@aws-lambda-powertools/logger';
import { messageOf } from '#aws/errors.ts';
import type { EventBus } from '#aws/event-bus.ts';
import { numberIn, type Rows } from '#aws/state-table.ts';
import { incidentKeys } from '#aws/state-table-keys.ts';
import { truncateForStorage } from '#text/truncate-for-storage.ts';
import { type BusEventType, incidentEvents } from './incident.ts';
import {
  emptyStatus,
  type OutboxEntry,
  parseStatus,
  storedStatus,
  type TrailStatus,
} from './trail-status.ts';

export type StatusStore = { of(trail: string): TrailStatusRow };
export type StatusReader = (trail: string) => Promise<TrailStatus>;

type Connection = {
  readonly rows: Rows;
  readonly bus: EventBus;
  readonly logger: Pick<Logger, 'warn'>;
};

/** Reads the status of a trail, without the right to write it. */
export const statusReader =
  (rows: Rows): StatusReader =>
  async (trail) =>
    (await read(rows, `${incidentKeys}${trail}`)).status;

export const statusStore = (connection: Connection): StatusStore => ({
  of: (trail) => new TrailStatusRow(connection, trail),
});

/** A status as it was read or written, with the revision of its row: null if the row is corrupt, which is then overwritten. */
type Stored = { readonly status: TrailStatus; readonly revision: number | null };

/**
 * The status row of one trail, for the length of one run: read once, and written by condition, so that of two runs at a time the
 * later one sees what the earlier one recorded.
 *
 * Rows: `{pk: "incident#" + ARN, sk: "status", status, revision}`, and for each incident and maintenance window
 * `{pk: "incident#" + ARN, sk: time + "#" + id, incident | notice, updatedAt}`, each as JSON text.
 */
export class TrailStatusRow {
  readonly #connection: Connection;
  readonly #pk: string;
  #stored: Stored | null = null;

  constructor(connection: Connection, trail: string) {
    this.#connection = connection;
    this.#pk = `${incidentKeys}${trail}`;
  }

  /** The status as it was last read or written; null before the first time. */
  get status(): TrailStatus | null {
    return this.#stored?.status ?? null;
  }

  async load(): Promise<TrailStatus> {
    this.#stored = await read(this.#connection.rows, this.#pk);
    return this.#stored.status;
  }

  /** Saves what follows from the status; nothing if that is the same. If another run wrote meanwhile, it is read again first. */
  async save(next: (status: TrailStatus) => TrailStatus): Promise<void> {
    for (let tries = 1; tries <= mostTries; tries += 1) {
      const status = this.status ?? (await this.load());
      const changed = this.#following(next, status);
      if (isDeepStrictEqual(changed, status) || (await this.#put(changed))) return;
      await setTimeout(5 * tries);
    }
    throw new Error(`the row ${this.#pk} ${statusSk} was written by other runs each time`);
  }

  /**
   * Writes the rows of the outbox, puts its events on the bus, and empties it. Throws if the bus refused an event: it stays in the
   * outbox, and the next run publishes it.
   */
  async publish(): Promise<void> {
    const entries = Object.entries((this.status ?? (await this.load())).outbox);
    if (entries.length === 0) return;
    await Promise.all(entries.map(([sk, entry]) => this.#putRecord(sk, entry)));
    const refused = await this.#connection.bus.put(
      entries.map(([sk, entry]) => ({
        event: eventOf(entry),
        detail: { incident: { pk: this.#pk, sk } },
      })),
    );
    await this.save((latest) => withoutPublished(latest, entries, refused));
    const [error] = refused.values();
    if (error !== undefined) throw error;
  }

  /** Content that passed the schema but cannot be followed is as good as none: problems that are left are reported again. */
  #following(next: (status: TrailStatus) => TrailStatus, status: TrailStatus): TrailStatus {
    try {
      return next(status);
    } catch (error) {
      const fromNothing = next(emptyStatus);
      const details = { pk: this.#pk, sk: statusSk, error: messageOf(error) };
      this.#connection.logger.warn('the status row is malformed and is overwritten', details);
      return fromNothing;
    }
  }

  /** Whether the row was still as it was read. If not, it is read again. */
  async #put(status: TrailStatus): Promise<boolean> {
    const read = this.#stored?.revision ?? null;
    this.#stored = null;
    const revision = (read ?? 0) + 1;
    const row = { pk: this.#pk, sk: statusSk, status: storedStatus(status), revision };
    const { rows } = this.#connection;
    if (read === null) await rows.put(row);
    else if (!(await rows.putIf(row, revisionIs(read)))) return false;
    this.#stored = { status, revision };
    return true;
  }

  /** Writes an incident or a notice, unless it was written as it is later. */
  async #putRecord(sk: string, entry: OutboxEntry): Promise<void> {
    if ('event' in entry) return;
    const [updatedAt, record] =
      'incident' in entry
        ? [entry.incident.updatedAt, { incident: stored(entry.incident) }]
        : [entry.notice.endedAt ?? entry.notice.startedAt, { notice: stored(entry.notice) }];
    await this.#connection.rows.putIf(
      { pk: this.#pk, sk, ...record, updatedAt },
      {
        expression: 'attribute_not_exists(updatedAt) OR updatedAt <= :updatedAt',
        values: { ':updatedAt': updatedAt },
      },
    );
  }
}

const statusSk = 'status';
const mostTries = 20;

async function read(rows: Rows, pk: string): Promise<Stored> {
  const row = await rows.get(pk, statusSk);
  return { status: parseStatus(row?.status), revision: row === null ? 0 : numberIn(row.revision) };
}

const revisionIs = (revision: number) =>
  revision === 0
    ? { expression: 'attribute_not_exists(revision)' }
    : { expression: 'revision = :read', values: { ':read': revision } };

const stored = (record: object): string => JSON.stringify(truncateForStorage(record));

function eventOf(entry: OutboxEntry): BusEventType {
  if ('event' in entry) return entry.event;
  return 'notice' in entry ? 'Maintenance Window Changed' : incidentEvents[entry.incident.state];
}

/** What changed after it was published stays in the outbox; what the bus refused stays as an event, as its row was written. */
function withoutPublished(
  status: TrailStatus,
  published: readonly (readonly [string, OutboxEntry])[],
  refused: ReadonlyMap<number, Error>,
): TrailStatus {
  const outbox = { ...status.outbox };
  for (const [place, [sk, entry]] of published.entries()) {
    if (!isDeepStrictEqual(outbox[sk], entry)) continue;
    delete outbox[sk];
    if (refused.has(place)) outbox[sk] = { event: eventOf(entry) };
  }
  return { ...status, outbox };
}
