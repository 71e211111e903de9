import { afterAll, beforeAll, expect, test } from 'vitest';
import { attacks } from '#sandbox/attacks.ts';
import { type Account, startAccount } from '../support/account.ts';

let account: Account;

beforeAll(async () => {
  account = await startAccount();
});
afterAll(() => account.stop());

test('no attack causes a duplicate write', async () => {
  for (const attack of attacks) {
    await account.reset();
    account.deliver({ drop: true });
    await attack.call(account.clientsOf(attack.as), account.trail);
    await account.swept();
    const start = account.calls.length;

    await account.swept();

    expect(account.writesSince(start), attack.id).toEqual([]);
  }
});
