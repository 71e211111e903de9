import { generateKeyPairSync } from 'node:crypto';
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { NewBaseline } from '#baseline/baseline.ts';
import { type BaselineStore, baselineStore, type KnownTrail } from '#baseline/baseline-store.ts';
import { pemSigner } from '#baseline/signer.ts';
import { kinds } from '#drift/index.ts';
import { parseTrailArn, type TrailArn } from '#trail/trail-arn.ts';
import { type Account, startAccount } from '../support/account.ts';
import { baseline } from '../support/baseline.ts';

let account: Account;
let store: BaselineStore;
let trail: TrailArn;
let made = 0;

beforeAll(async () => {
  account = await startAccount();
  store = baselineStore(account.table, account.tableName, kinds, account.signing);
});
beforeEach(() => {
  made += 1;
  trail = parseTrailArn(`arn:aws:cloudtrail:eu-central-1:111122223333:trail/trail-${made}`).arn;
});
afterAll(() => account.stop());

test('whoever looked before the current version moved can not move it', async () => {
  await store.add(contentFor('first'), null);
  const seenByBoth = await store.find(trail);
  await store.add(contentFor('by the faster one'), seenByBoth);

  await expect(store.add(contentFor('by the slower one'), seenByBoth)).rejects.toMatchObject({
    name: 'BaselineConflictError',
  });

  expect(await currentOf(trail)).toMatchObject({ reason: 'by the faster one' });
  expect(await get(trail, 'baseline#000003')).toBeUndefined();
});

test('a trail that was guarded meanwhile is not guarded anew', async () => {
  const nobody = await store.find(trail);
  await store.add(contentFor('by the faster one'), nobody);

  await expect(store.add(contentFor('by the slower one'), nobody)).rejects.toMatchObject({
    name: 'BaselineConflictError',
  });

  expect(await currentOf(trail)).toMatchObject({ reason: 'by the faster one' });
});

test('a version stays as it was written when the next one is current', async () => {
  await store.add(contentFor('first'), null);
  await store.add(contentFor('second'), await store.find(trail));

  expect(await versionOf(trail, 1)).toMatchObject({ version: 1, reason: 'first' });
  expect(await currentOf(trail)).toMatchObject({ version: 2, reason: 'second' });
});

test('where two have to sign from now on, the version that one has signed is in force once another one has', async () => {
  const [one, other] = [newSigner(), newSigner()];
  const keys = await Promise.all([one.publicKey(), other.publicKey()]);
  const storeOf = (signer: typeof one, required: number) =>
    baselineStore(account.table, account.tableName, kinds, { trust: { keys, required }, signer });
  const before = storeOf(one, 1);
  await before.add(contentFor('first'), null);
  await before.add(contentFor('second'), await before.find(trail));

  const after = storeOf(other, 2);
  expect(await after.find(trail)).toMatchObject({ error: expect.any(Error) });
  const pending = await after.pending(trail);
  expect(pending?.version).toMatchObject({ version: 2 });
  await after.cosign(trail, pending as NonNullable<typeof pending>);

  expect(await storeOf(one, 2).find(trail)).toMatchObject({ baseline: { reason: 'second' } });
});

test('the history of a trail is read no further than asked, the newest first', async () => {
  for (const reason of ['first', 'second', 'third']) {
    await store.add(contentFor(reason), await store.find(trail));
  }

  const numbers = async (most?: number) =>
    (await store.history(trail, most)).map(({ number }) => number);
  expect(await numbers(2)).toEqual([3, 2]);
  expect(await numbers()).toEqual([3, 2, 1]);
});

test('nothing is stored of a baseline that could not be read again', async () => {
  const states = { ...baseline.states, logging: { IsLogging: false } };

  await expect(store.add({ ...contentFor('bad'), states }, null)).rejects.toThrow(
    'states.logging.IsLogging',
  );

  expect(await store.find(trail)).toBeNull();
  expect(await store.newestValid(trail)).toBeNull();
});

describe('a trail that was retired', () => {
  const retirement = {
    schema: 1,
    retiredAt: '2026-11-22T12:00:00Z',
    retiredBy: 'arn:aws:iam::111122223333:user/alice',
    reason: 'replaced',
  } as const;

  test('is not among the guarded, and its versions stay', async () => {
    await store.add(contentFor('first'), null);
    const current = (await store.find(trail)) as KnownTrail;

    await store.retire({ ...retirement, trail }, current);

    expect((await store.list()).map((one) => one.trail)).not.toContain(trail);
    expect(await versionOf(trail, 1)).toMatchObject({ reason: 'first' });
    expect(await currentOf(trail)).toMatchObject({ version: 2, reason: 'replaced' });
    expect(await store.newestValid(trail)).toMatchObject({ version: 1 });
    expect((await store.history(trail)).map(({ number }) => number)).toEqual([2, 1]);
  });

  test('is guarded again by the version after that', async () => {
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

/** What the table itself says is current. */
async function currentOf(arn: string): Promise<unknown> {
  const row = await get('current', arn);
  return versionOf(arn, row?.version);
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

const newSigner = () =>
  pemSigner(
    generateKeyPairSync('ec', { namedCurve: 'P-256' })
      .privateKey.export({ format: 'pem', type: 'pkcs8' })
      .toString(),
  );
