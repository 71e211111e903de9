import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { readLagMs } from '#reconcile/read-back.ts';
import { attacks } from '#sandbox/attacks.ts';
import { type Account, startAccount } from '../support/account.ts';
import { undergo } from '../support/undergo.ts';

// Every attack with reads that lag behind writes, as their events tell of them.

let account: Account;
let asCaptured: unknown;

beforeAll(async () => {
  account = await startAccount({ readLagMs });
  asCaptured = await account.look();
});
beforeEach(() => account.reset());
afterAll(() => account.stop());

describe.each([1000, 4000])('with reads that lag by %s ms,', (lagMs) => {
  describe.each(attacks.filter(({ forPeople }) => !forPeople))('$id, Mallory $title:', (attack) => {
    test('the trail, the writes and the alerts are as without', async () => {
      const without = await undergo(account, attack, 0);
      await account.reset();

      const lagging = await undergo(account, attack, lagMs);

      expect(lagging).toEqual(without);
      expect(lagging.trail).toEqual(asCaptured);
    });
  });
});
