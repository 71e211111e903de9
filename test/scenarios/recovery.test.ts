import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Account, startAccount } from '../support/account.ts';
import { recoveryAccount } from '../support/recovery-account.ts';

let account: Account;
beforeAll(async () => {
  account = await startAccount();
});
beforeEach(async () => {
  await account.reset();
  account.deliver({ drop: true, workflowSecondMs: 10 });
});
afterAll(() => account.stop());

const byId = (records: readonly { readonly eventID: unknown }[]) =>
  records.toSorted((one, other) => (String(one.eventID) < String(other.eventID) ? -1 : 1));

test('the lost events of every account and Region are written as the trail would have', async () => {
  const gap = recoveryAccount(account);
  await gap.lose(200);
  await gap.letReadLog();

  const ended = await gap.ended(await gap.start());

  expect(ended).toMatchObject({ status: 'SUCCEEDED' });
  expect(byId(await gap.recovered())).toEqual(byId(await gap.lost()));
  expect(await gap.manifest()).toMatchObject({ recovered: 200, missing: [], notCompared: [] });
});
