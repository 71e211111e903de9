import { isDeepStrictEqual } from 'node:util';
import type { Logger } from '@aws-lambda-powertools/logger';
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { messageOf } from '#aws/errors.ts';
import type { BusEvent, EventBus } from '#aws/event-bus.ts';
import { withOptimisticLock } from '#aws/optimistic-lock.ts';
import { numberIn } from '#aws/state-table.ts';
import { incidentKeys, type RowKey } from '#aws/state-table-keys.ts';
import { truncateForStorage } from '#text/truncate-for-storage.ts';
import { type BusEventType, incidentEvents } from './incident.ts';
import { emptyStatus, type OutboxEntry, type TrailStatus } from './trail-status.ts';
import { trailStatusSchema } from './trail-status-schema.ts';

export type StatusStore = { of(trail: string): TrailStatusRow };
export type StatusReader = (trail: string) => Promise<TrailStatus>;

/** A status as it was read or written, with the revision of its row: null if the row is corrupt, which is then overwritten. */
type Stored = { readonly status: TrailStatus; readonly revision: number | null };

type Connection = {
  readonly client: DynamoDBDocumentClient;
  readonly table: string;
  readonly bus: EventBus;
  readonly logger: Pick<Logger, 'warn'>;
};

/** Reads the status of a trail, without the right to write it. */
export const statusReader =
  (client: DynamoDBDocumentClient, table: string): StatusReader =>
  async (trail) =>
    (await readStatus(client, table, `${incidentKeys}${trail}`)).status;

export const statusStore = (connection: Connection): StatusStore => ({
  of: (trail) => new TrailStatusRow(connection, trail),
});

/**
 * The status row of one trail, for the length of one run: read once, and written by condition, so that of two runs at a time the
 * later one sees what the earlier one recorded.
 *
 * Rows: `{pk: "incident#" + ARN, sk: "status", status, revision}`, and for each incident and maintenance window
 * `{pk: "incident#" + ARN, sk: time + "#" + id, incident | notice, at}`, each as JSON text. Malformed content counts as
 * empty: anyone who can write the row could as well delete it.
 */
export class TrailStatusRow {
  readonly #connection: Connection;
  readonly #pk: string;
  #stored: Stored | null = null;
  #atStart: TrailStatus | null = null;

  constructor(connection: Connection, trail: string) {
    this.#connection = connection;
    this.#pk = `${incidentKeys}${trail}`;
  }

  /** The status as it was last read or written; null before the first time. */
  get status(): TrailStatus | null {
    return this.#stored?.status ?? null;
  }

  /** The status as the run found it; null until it is read. */
  get atStart(): TrailStatus | null {
    return this.#atStart;
  }

  async load(): Promise<TrailStatus> {
    const { client, table } = this.#connection;
    this.#stored = await readStatus(client, table, this.#pk);
    this.#atStart ??= this.#stored.status;
    return this.#stored.status;
  }

  /** Saves what follows from the status; nothing if that is the same. If another run wrote meanwhile, it is read again first. */
  async save(next: (status: TrailStatus) => TrailStatus): Promise<void> {
    await withOptimisticLock(async () => {
      if (this.#stored === null) await this.load();
      const { status, revision } = this.#stored ?? { status: emptyStatus, revision: null };
      this.#stored = null;
      const changed = this.#following(next, status);
      this.#stored = isDeepStrictEqual(changed, status)
        ? { status, revision }
        : await this.#put(changed, revision);
    });
  }

  /**
   * Writes the rows of the outbox, puts its events on the bus, and empties it. Throws if the bus refused an event: it stays in the
   * outbox, and the next run publishes it.
   */
  async publish(): Promise<void> {
    const status = this.#stored?.status ?? (await this.load());
    const entries = Object.entries(status.outbox);
    if (entries.length === 0) return;
    await Promise.all(entries.map(([sk, entry]) => this.#putRecord(sk, entry)));
    const events = entries.map(([sk, entry]): BusEvent => {
      return { event: eventOf(entry), detail: { incident: { pk: this.#pk, sk } } };
    });
    const refused = await this.#connection.bus.put(events);
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

  async #put(status: TrailStatus, read: number | null): Promise<Stored> {
    const { client, table: TableName } = this.#connection;
    const revision = (read ?? 0) + 1;
    const Item = {
      pk: this.#pk,
      sk: statusSk,
      status: JSON.stringify(truncated(status)),
      revision,
    };
    await client.send(new PutCommand({ TableName, Item, ...unlessWritten(read) }));
    return { status, revision };
  }

  /** Writes an incident or a notice, unless it was written as it is later. */
  async #putRecord(sk: string, entry: OutboxEntry): Promise<void> {
    if ('event' in entry) return;
    const at =
      'incident' in entry
        ? entry.incident.updatedAt
        : (entry.notice.endedAt ?? entry.notice.startedAt);
    const { client, table: TableName } = this.#connection;
    const record = Object.entries(entry).map(([name, content]) => [
      name,
      JSON.stringify(truncateForStorage(content)),
    ]);
    const Item = { pk: this.#pk, sk, ...Object.fromEntries(record), at };
    try {
      await client.send(new PutCommand({ TableName, Item, ...unlessLater(at) }));
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
    }
  }
}

const statusSk = 'status';

async function readStatus(
  client: DynamoDBDocumentClient,
  TableName: string,
  pk: string,
): Promise<Stored> {
  const Key: RowKey = { pk, sk: statusSk };
  const { Item } = await client.send(new GetCommand({ TableName, Key, ConsistentRead: true }));
  const status = trailStatusSchema.safeParse(Item?.status).data ?? emptyStatus;
  return { status, revision: Item === undefined ? 0 : numberIn(Item.revision) };
}

const unlessWritten = (revision: number | null) => {
  if (revision === null) return {};
  if (revision === 0) return { ConditionExpression: 'attribute_not_exists(revision)' };
  const values = { ':read': revision };
  return { ConditionExpression: 'revision = :read', ExpressionAttributeValues: values };
};

const unlessLater = (at: string) => ({
  ConditionExpression: 'attribute_not_exists(#at) OR #at <= :at',
  ExpressionAttributeNames: { '#at': 'at' },
  ExpressionAttributeValues: { ':at': at },
});

function eventOf(entry: OutboxEntry): BusEventType {
  if ('event' in entry) return entry.event;
  return 'notice' in entry ? 'Maintenance Window Changed' : incidentEvents[entry.incident.state];
}

/** A status row holds 400 KB, and an attacker may write megabytes of selectors. */
const truncated = (status: TrailStatus): TrailStatus => ({
  ...status,
  open: status.open && { ...status.open, incident: truncateForStorage(status.open.incident) },
  outbox: Object.fromEntries(
    Object.entries(status.outbox).map(([sk, entry]) => [sk, truncateForStorage(entry)]),
  ),
});

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
