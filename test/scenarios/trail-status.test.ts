import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { beforeEach, expect, test } from 'vitest';
import type { BusEvent } from '#aws/event-bus.ts';
import { rowsIn } from '#aws/state-table.ts';
import type { Incident } from '#incident/incident.ts';
import { emptyStatus, type TrailStatus } from '#incident/trail-status.ts';
import { statusStore } from '#incident/trail-status-store.ts';
import { testAccount } from '../support/account.ts';

const account = testAccount();
beforeEach(() => account.reset());

/** A store with its own client, like a function's, and the events that it published. */
function store() {
  const { tableName: table } = account;
  const client = DynamoDBDocumentClient.from(new DynamoDBClient(account.configOf('alice')), {
    unmarshallOptions: { wrapNumbers: true },
  });
  const events: BusEvent[] = [];
  const bus = {
    async put(put: readonly BusEvent[]) {
      events.push(...put);
      return new Map();
    },
  };
  return { events, ...statusStore({ rows: rowsIn(client, table), bus, logger: { warn() {} } }) };
}

const withRequest =
  (id: string) =>
  (status: TrailStatus): TrailStatus => ({ ...status, ownRequests: [...status.ownRequests, id] });

test('concurrent runs do not overwrite each other’s status', async () => {
  const ids = Array.from({ length: 6 }, (_, i) => `request-${i}`);
  const rows = ids.map(() => store().of(account.trail));
  await Promise.all(rows.map((row) => row.load()));
  await Promise.all(rows.map((row, i) => row.save(withRequest(ids[i] ?? ''))));
  await Promise.all(rows.map((row, i) => row.save(withRequest(`${ids[i]}-again`))));

  const { ownRequests } = await store().of(account.trail).load();
  expect(ownRequests.toSorted()).toEqual([...ids, ...ids.map((id) => `${id}-again`)].toSorted());
});

test('a status that does not change is not written', async () => {
  const row = store().of(account.trail);
  await row.save((status) => ({ ...status }));

  expect(await account.row({ pk: `incident#${account.trail}`, sk: 'status' })).toBeUndefined();
});

test('the outbox is published once', async () => {
  const key = '2026-11-22T10:00:00.000Z#a-run';
  const { of, events } = store();
  const row = of(account.trail);
  await row.save(() => ({ ...emptyStatus, outbox: { [key]: { event: 'Trail Restored' } } }));
  await row.publish();
  await row.publish();

  expect(events).toMatchObject([{ event: 'Trail Restored', detail: { incident: { sk: key } } }]);
  expect((await of(account.trail).load()).outbox).toEqual({});
});

test('a status with many large incidents that the bus refused fits into its row', async () => {
  const name = 'x'.repeat(4000);
  const incident: Incident = {
    ...({ id: 'a-run', trail: account.trail, state: 'failed', severity: 'critical' } as const),
    ...{ openedAt: '2026-11-22T10:00:00Z', updatedAt: '2026-11-22T10:00:00Z', closedAt: null },
    ...{ lastInSyncAt: null, cause: null, callCount: 0, calls: [], episodeCount: 0, episodes: [] },
    approvals: [],
    actions: [],
    ...{ interruptions: [], problemCount: 1, flapping: false, reminders: 0, baselineError: null },
    gaps: Array.from({ length: 20 }, () => ({ kind: name })) as unknown as Incident['gaps'],
  };
  const refused = Array.from({ length: 20 }, (_, i) => [
    `2026-11-22T10:${i + 10}:00Z#run`,
    { incident },
  ]);
  const open = {
    incident,
    known: [],
    unresolved: ['a'],
    approvals: [],
    quietUntil: null,
    remindAt: '2026-11-23T10:00:00Z',
  };

  await store()
    .of(account.trail)
    .save((status) => ({ ...status, open, outbox: Object.fromEntries(refused) }));

  const saved = await store().of(account.trail).load();
  expect(saved.open?.unresolved).toEqual(['a']);
  expect(Object.keys(saved.outbox)).toContain('2026-11-22T10:29:00Z#run');
});
