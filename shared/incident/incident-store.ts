import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Logger } from '@aws-lambda-powertools/logger';
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { messageOf } from '#aws/errors.ts';
import type { EventBus } from '#aws/event-bus.ts';
import { withOptimisticLock } from '#aws/state-row.ts';
import { numberIn } from '#aws/state-table.ts';
import { incidentKeys } from '#aws/state-table-keys.ts';
import { truncateForStorage } from '#text/truncate-for-storage.ts';
import type { Followed } from './follow.ts';
import type { Incident, TamperEvent } from './incident.ts';
import { nothingOpen, type OpenIncidents, type Telling } from './incident-state.ts';
import { openIncidents } from './incident-state-row.ts';

export type IncidentStore = {
  /** What is open on a trail. */
  read(trail: string): Promise<OpenIncidents>;
  /**
   * Stores what follows from a look: what is open, by condition, so that of two looks at once the later one sees what the
   * earlier one did; then the rows of incidents; then what is said on the bus. What could not be said is said at the next
   * look.
   */
  follow(trail: string, look: (open: OpenIncidents) => Followed): Promise<void>;
};

/**
 * Incidents in the state table. Rows: `{pk: "incident#" + ARN, sk: time + "#" + id, incident, revision}`, bounded, as JSON text;
 * `{pk: "incident#" + ARN, sk: "open", open, revision}`, what is open on the trail.
 */
export function incidentStore(
  client: DynamoDBDocumentClient,
  table: string,
  bus: EventBus,
  logger: Pick<Logger, 'warn'>,
): IncidentStore {
  return { read: async (trail) => (await readOpen(trail)).open, follow };

  async function follow(trail: string, look: (open: OpenIncidents) => Followed): Promise<void> {
    const { open, edits } = await withOptimisticLock(async () => {
      const { open: before, row } = await readOpen(trail);
      const followed = orAnew(openKey(trail), look, before, nothingOpen);
      if (!isDeepStrictEqual(before, followed.open)) await put(openKey(trail), followed.open, row);
      return followed;
    });
    for (const [sk, changes] of Map.groupBy(edits, ({ incident }) => incident)) {
      await editIncident({ pk: partition(trail), sk }, (stored) =>
        changes.reduce((incident: Incident | null, { edit }) => edit(incident), stored),
      );
    }
    await say(trail, open.outbox);
  }

  async function say(trail: string, outbox: readonly Telling[]): Promise<void> {
    if (outbox.length === 0) return;
    const refused = await bus.put(
      outbox.map(({ incident, event }) => ({
        event,
        detail: { incident: { pk: partition(trail), sk: incident } },
      })),
    );
    const said = outbox.filter((_, i) => !refused.has(i));
    await withOptimisticLock(async () => {
      const { open, row } = await readOpen(trail);
      const left = open.outbox.filter(
        (one) => !said.some((other) => isDeepStrictEqual(one, other)),
      );
      if (left.length < open.outbox.length)
        await put(openKey(trail), { ...open, outbox: left }, row);
    });
    const [problem] = refused.values();
    if (problem !== undefined) throw problem;
  }

  async function readOpen(trail: string): Promise<{ open: OpenIncidents; row: Row | null }> {
    const row = await get(openKey(trail));
    return { open: openIncidents.safeParse(jsonIn(row?.open)).data ?? nothingOpen, row };
  }

  async function editIncident(key: RowKey, edit: (stored: Incident | null) => Incident | null) {
    await withOptimisticLock(async () => {
      const row = await get(key);
      const stored = row && storedIncident(row.incident);
      const edited = orAnew(key, edit, stored, null);
      if (edited === null || isDeepStrictEqual(edited, stored)) return;
      await putRevised({ ...key, incident: JSON.stringify(truncateForStorage(edited)) }, row);
    });
  }

  /**
   * Whoever may write to the table may write there what can not be followed. That is as good as nothing: what is wrong now is told
   * anew. If the fault is not the row's but ours, it shows again, or in the log.
   */
  function orAnew<Stored, Made>(
    { pk, sk }: RowKey,
    follow: (stored: Stored) => Made,
    stored: Stored,
    none: Stored,
  ): Made {
    try {
      return follow(stored);
    } catch (error) {
      const made = follow(none);
      logger.warn('a row can not be used, and counts for nothing', {
        pk,
        sk,
        error: messageOf(error),
      });
      return made;
    }
  }

  function put(key: RowKey, open: OpenIncidents, row: Row | null): Promise<void> {
    return putRevised({ ...key, open: JSON.stringify(open) }, row);
  }

  /** Throws `ConditionalCheckFailedException` where another function has written the row since it was read. */
  async function putRevised(item: Row, read: Row | null): Promise<void> {
    const revision = revisionOf(read);
    await client.send(
      new PutCommand({
        TableName: table,
        Item: { ...item, revision: (revision ?? 0) + 1 },
        ...(revision !== null && unlessWritten(revision)),
      }),
    );
  }

  async function get(Key: RowKey): Promise<Row | null> {
    const { Item } = await client.send(
      new GetCommand({ TableName: table, Key, ConsistentRead: true }),
    );
    return Item ?? null;
  }
}

/** How often functions have written a row; null where it says what none of them writes, so that it is written over. */
const revisionOf = (row: Row | null): number | null =>
  row?.revision === undefined ? 0 : numberIn(row.revision);

const unlessWritten = (revision: number) =>
  revision === 0
    ? { ConditionExpression: 'attribute_not_exists(revision)' }
    : {
        ConditionExpression: 'revision = :read',
        ExpressionAttributeValues: { ':read': revision },
      };

/** The incident in the text of a row; null where it is none. An older trailkeeper may have written it. */
export function storedIncident(text: unknown): Incident | null {
  const stored = jsonIn(text);
  const added = { flip: null, problem: null, gaps: [] };
  return stored && { ...added, ...(stored as Incident) };
}

/** The object in a text; null where it is none. */
export function jsonIn(text: unknown): object | null {
  try {
    const json: unknown = JSON.parse(String(text));
    return typeof json === 'object' ? json : null;
  } catch {
    return null;
  }
}

/** The fingerprint of what two looks may both find. */
export const fingerprint = (text: string): string =>
  createHash('sha256').update(text).digest('hex').slice(0, 32);

const partition = (trail: string): string => `${incidentKeys}${trail}`;
const openKey = (trail: string): RowKey => ({ pk: partition(trail), sk: 'open' });
type Row = Record<string, unknown>;

/** The key of a row of the state table. */
export type RowKey = { readonly pk: string; readonly sk: string };

export type TamperEventStore = {
  keyOf(tampering: TamperEvent): RowKey;
  isKept(tampering: TamperEvent): Promise<boolean>;
  /** Keeps what was done to trailkeeper; what is kept stays as it is. */
  keep(tampering: TamperEvent): Promise<RowKey>;
};

/** What was done to trailkeeper itself: `{pk: "incident#trailkeeper", sk: time + "#" + id, tampering}`, as JSON text. */
export function tamperEventStore(client: DynamoDBDocumentClient, table: string): TamperEventStore {
  const keyOf = ({ at, id }: TamperEvent): RowKey => ({
    pk: `${incidentKeys}trailkeeper`,
    sk: `${new Date(at).toISOString()}#${id}`,
  });
  return {
    keyOf,
    async isKept(tampering) {
      const Key = keyOf(tampering);
      const { Item } = await client.send(
        new GetCommand({ TableName: table, Key, ConsistentRead: true }),
      );
      return Item !== undefined;
    },
    async keep(tampering) {
      const key = keyOf(tampering);
      const item = { ...key, tampering: JSON.stringify(truncateForStorage(tampering)) };
      const ConditionExpression = 'attribute_not_exists(pk)';
      try {
        await client.send(new PutCommand({ TableName: table, Item: item, ConditionExpression }));
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
      }
      return key;
    },
  };
}
