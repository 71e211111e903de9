import { expect, test } from 'vitest';
import { attacks } from '#sandbox/attacks.ts';
import { testAccount } from '../support/account.ts';

const account = testAccount();

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
