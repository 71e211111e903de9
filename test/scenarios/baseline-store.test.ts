import { DeleteCommand, GetCommand } from '@aws-sdk/lib-dynamodb';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { rowsIn } from '#aws/state-table.ts';
import type { NewBaseline } from '#baseline/baseline.ts';
import { type BaselineStore, baselineStore } from '#baseline/baseline-store.ts';
import type { KnownTrail } from '#baseline/known-trail.ts';
import { kinds } from '#drift/index.ts';
import { parseTrailArn, type TrailArn } from '#trail/trail-arn.ts';
import { testAccount } from '../support/account.ts';
import { baseline } from '../support/baseline.ts';

const account = testAccount();
let store: BaselineStore;
let trail: TrailArn;
let made = 0;

beforeAll(async () => {
  store = baselineStore(rowsIn(account.table, account.tableName), kinds, account.signing);
});
beforeEach(() => {
  made += 1;
  trail = parseTrailArn(`arn:aws:cloudtrail:eu-central-1:111122223333:trail/trail-${made}`).arn;
});

test('refuses a version whose author has not read the version in force', async () => {
  await store.add(contentFor('first'), null);
  const readByBoth = await store.find(trail);
  await store.add(contentFor('by the faster one'), readByBoth);

  await expect(store.add(contentFor('by the slower one'), readByBoth)).rejects.toMatchObject({
    name: 'BaselineConflictError',
  });

  expect(await store.find(trail)).toMatchObject({ baseline: { reason: 'by the faster one' } });
  expect(await get(trail, 'baseline#000003')).toBeUndefined();
});

test('refuses a first version if another one was stored meanwhile', async () => {
  const before = await store.find(trail);
  await store.add(contentFor('by the faster one'), before);

  await expect(store.add(contentFor('by the slower one'), before)).rejects.toMatchObject({
    name: 'BaselineConflictError',
  });

  expect(await store.find(trail)).toMatchObject({ baseline: { reason: 'by the faster one' } });
});

test('keeps a version unchanged when the next one is stored', async () => {
  await store.add(contentFor('first'), null);
  await store.add(contentFor('second'), await store.find(trail));

  expect(await versionOf(trail, 1)).toMatchObject({ version: 1, reason: 'first' });
  expect(await store.find(trail)).toMatchObject({ baseline: { version: 2, reason: 'second' } });
});

test('lists a trail again if its list row was deleted', async () => {
  await store.add(contentFor('first'), null);
  await remove('incident#in-force', trail);
  const another = baselineStore(rowsIn(account.table, account.tableName), kinds, account.signing);
  expect((await another.known()).map((one) => one.trail)).not.toContain(trail);

  await another.find(trail);
  await another.backUpInForce();

  expect((await another.known()).map((one) => one.trail)).toContain(trail);
});

test('lists the newest versions first, up to a limit', async () => {
  for (const reason of ['first', 'second', 'third']) {
    await store.add(contentFor(reason), await store.find(trail));
  }

  const numbers = async (most?: number) =>
    (await store.history(trail, most)).map(({ number }) => number);
  expect(await numbers(2)).toEqual([3, 2]);
  expect(await numbers()).toEqual([3, 2, 1]);
});

test('stores nothing if the baseline is invalid', async () => {
  const states = { ...baseline.states, logging: { IsLogging: false } };

  await expect(store.add({ ...contentFor('bad'), states }, null)).rejects.toThrow(
    'states.logging.IsLogging',
  );

  expect(await store.find(trail)).toBeNull();
  expect(await store.newestValid(trail)).toBeNull();
});

describe('a retired trail', () => {
  const retirement = {
    schema: 1,
    retiredAt: '2026-11-22T12:00:00Z',
    retiredBy: 'arn:aws:iam::111122223333:user/alice',
    reason: 'replaced',
  } as const;

  test('is not listed as protected and keeps its versions', async () => {
    await store.add(contentFor('first'), null);
    const current = (await store.find(trail)) as KnownTrail;

    await store.retire({ ...retirement, trail }, current);

    expect((await store.list()).map((one) => one.trail)).not.toContain(trail);
    expect(await versionOf(trail, 1)).toMatchObject({ reason: 'first' });
    expect(await store.find(trail)).toMatchObject({
      retirement: { version: 2, reason: 'replaced' },
    });
    expect(await store.newestValid(trail)).toMatchObject({ version: 1 });
    expect((await store.history(trail)).map(({ number }) => number)).toEqual([2, 1]);
  });

  test('is protected again by the next version', async () => {
    await store.add(contentFor('first'), null);
    await store.retire({ ...retirement, trail }, (await store.find(trail)) as KnownTrail);

    await store.add(contentFor('again'), await store.find(trail));

    expect(await store.find(trail)).toMatchObject({ baseline: { version: 3, reason: 'again' } });
    expect((await store.list()).map((one) => one.trail)).toContain(trail);
  });
});

function contentFor(reason: string): NewBaseline {
  const { version: _, previous: __, ...content } = baseline;
  return { ...content, trail, reason };
}

async function versionOf(arn: string, version: number): Promise<unknown> {
  return JSON.parse((await get(arn, `baseline#${String(version).padStart(6, '0')}`))?.document);
}

async function get(pk: string, sk: string) {
  const { Item } = await account.table.send(
    new GetCommand({ TableName: account.tableName, Key: { pk, sk } }),
  );
  return Item;
}

const remove = (pk: string, sk: string) =>
  account.table.send(new DeleteCommand({ TableName: account.tableName, Key: { pk, sk } }));
