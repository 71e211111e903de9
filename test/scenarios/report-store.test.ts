import { PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { beforeAll, describe, expect, test } from 'vitest';
import { rowsIn } from '#aws/state-table.ts';
import type { BackfillReport, BackfillState } from '#backfill/job-state.ts';
import { lookupRateLimiter } from '#backfill/lookup-rate-limiter.ts';
import { type ReportStore, reportStore } from '#backfill/report-store.ts';
import { testAccount } from '../support/account.ts';

const account = testAccount();
let store: ReportStore;
beforeAll(async () => {
  store = reportStore(rowsIn(account.table, account.tableName));
});

const state = (key: string): Omit<BackfillState, 'version'> => ({
  key,
  request: {
    from: '2026-11-22T10:00:00.000Z',
    to: '2026-11-22T11:00:00.000Z',
    trails: null,
    mode: 'observe',
  },
  status: 'running',
  problem: null,
  trails: [],
  run: 1,
  startedAt: '2026-11-22T10:00:00.000Z',
  updatedAt: '2026-11-22T10:00:00.000Z',
  lookups: [],
  lookupsDone: 0,
  pages: 0,
  calls: 0,
  token: null,
  failures: 0,
  parts: 0,
  mayGrow: false,
});
const report = (text: readonly string[]): BackfillReport => ({
  from: '2026-11-22T10:00:00.000Z',
  to: '2026-11-22T11:00:00.000Z',
  mode: 'observe',
  mayGrow: false,
  trails: [],
  text,
});

test('a report of any length and alphabet is read as it was written, in valid rows', async () => {
  const long = report(
    Array.from({ length: 9000 }, (_, i) => `${i} 🔑é\ud800\u202e${'x'.repeat(90)}`),
  );

  const parts = await store.write('long', 1, long);

  expect(parts).toBeGreaterThan(2);
  expect(await store.read({ ...state('long'), version: 1, parts })).toEqual(long);
  for (const row of await rows('long#report#')) {
    expect(new TextEncoder().encode(JSON.stringify(row)).length).toBeLessThan(400_000);
  }
});

test('a shorter report is read without the rest of a longer one of the same run', async () => {
  await store.write('twice', 1, report(['x'.repeat(800_000)]));
  const parts = await store.write('twice', 1, report(['short']));

  expect(await store.read({ ...state('twice'), version: 1, parts })).toEqual(report(['short']));
});

test('of two concurrent updates of one version, one is refused', async () => {
  const first = await store.save(state('raced'), null);
  const writes = await Promise.allSettled([
    store.save({ ...first, problem: 'one' }, first),
    store.save({ ...first, problem: 'other' }, first),
  ]);

  expect(writes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
  expect(writes.find((write) => write.status === 'rejected')).toMatchObject({
    reason: { name: 'StaleStateError' },
  });
  await expect(store.save(state('raced'), null)).rejects.toMatchObject({
    name: 'StaleStateError',
  });
  expect(await store.state('raced')).toMatchObject({ version: 2 });
});

test('a call is stored once, and a call that is too large without its large fields', async () => {
  const small = { at: '2026-11-22T10:00:00Z', eventId: 'a', record: { eventName: 'StopLogging' } };
  const large = {
    at: '2026-11-22T10:00:01Z',
    eventId: 'b',
    record: { eventName: 'PutEventSelectors', requestParameters: { x: 'é'.repeat(200_000) } },
  };
  await store.keepCalls('calls', [small, large]);
  await store.keepCalls('calls', [small]);

  const kept: unknown[] = [];
  for await (const record of store.calls('calls')) kept.push(record);

  expect(kept).toEqual([
    { eventName: 'StopLogging' },
    {
      eventName: 'PutEventSelectors',
      requestParameters: { omitted: true },
      responseElements: null,
    },
  ]);
});

test('the calls on a trail are stored for their run', async () => {
  const now = { ...nothing, verdict: 'restored', applied: ['StartLogging'] } as const;
  await store.keepRepair('repaired', 1, 'arn:one', { findings: [], now });

  expect(await store.repair('repaired', 1, 'arn:one')).toEqual({ findings: [], now });
  expect(await store.repair('repaired', 2, 'arn:one')).toBeNull();
  expect(await store.repair('repaired', 1, 'arn:other')).toBeNull();
});

describe('the next turn to look up events', () => {
  const at = new Date('2026-11-22T12:00:00Z');
  const later = (seconds: number) => new Date(at.getTime() + seconds * 1000);

  test('is one interval after the last, for each of several concurrent callers', async () => {
    const turns = lookupRateLimiter(rowsIn(account.table, account.tableName));

    const taken = await Promise.all([1, 2, 3, 4, 5].map(() => turns.acquire(at, 1000)));

    expect(taken.toSorted((one, other) => one.getTime() - other.getTime())).toEqual(
      [0, 1, 2, 3, 4].map(later),
    );
    expect(await turns.acquire(later(60), 1000)).toEqual(later(60));
  });

  test('is not delayed by forged rows', async () => {
    const turns = lookupRateLimiter(rowsIn(account.table, account.tableName));
    for (const lookupAt of ['2030-01-01T00:00:00Z', 'never', 7, undefined]) {
      const Item = { pk: 'incident#backfill', sk: 'lookups', ...(lookupAt && { lookupAt }) };
      await account.table.send(new PutCommand({ TableName: account.tableName, Item }));

      expect(await turns.acquire(later(90), 1000)).toEqual(later(90));
    }
  });
});

const nothing = { found: [], left: [], applied: [], incident: null, problem: null };

async function rows(prefix: string): Promise<Record<string, unknown>[]> {
  const { Items = [] } = await account.table.send(
    new QueryCommand({
      TableName: account.tableName,
      KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
      ExpressionAttributeValues: { ':pk': 'incident#backfill', ':prefix': prefix },
    }),
  );
  return Items;
}
