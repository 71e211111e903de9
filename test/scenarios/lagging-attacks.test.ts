import { StopLoggingCommand } from '@aws-sdk/client-cloudtrail';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { readLagMs } from '#reconcile/read-back.ts';
import { attacks } from '#sandbox/attacks.ts';
import { type Account, startAccount } from '../support/account.ts';
import { undergo } from '../support/undergo.ts';

// Some attacks with reads that lag behind writes, as their events describe them.

let account: Account;
let asCaptured: unknown;

beforeAll(async () => {
  account = await startAccount({ readLagMs });
  asCaptured = await account.look();
});
beforeEach(() => account.reset());
afterAll(() => account.stop());

describe.each([
  [1000, ['A1', 'A2', 'A3', 'A13', 'A20b']],
  [4000, ['A2', 'A14a']],
] as const)('with reads that lag by %s ms,', (lagMs, tried) => {
  describe.each(attacks.filter(({ id }) => tried.some((one) => one === id)))(
    '$id, Mallory $title:',
    (attack) => {
      test('the trail, the writes and the alerts are as without', async () => {
        const without = await undergo(account, attack, 0);
        await account.reset();

        const lagging = await undergo(account, attack, lagMs);

        expect(lagging).toEqual(without);
        expect(lagging.trail).toEqual(asCaptured);
      });
    },
  );
});

test('with reads that lag, an attack and the event of our own write cost few reads', async () => {
  await account.admin('consistency', { lagMs: 1000 });
  account.deliver({ drop: false });
  await account.outsider.send(new StopLoggingCommand({ Name: account.trail }));
  await account.settled();

  const reads = account.calls.filter(
    ({ service, operation, principal }) =>
      service === 'cloudtrail' &&
      principal.includes('Trailkeeper-') &&
      /^(Get|List)/.test(operation),
  );
  expect(reads.length).toBeLessThan(50);
});
